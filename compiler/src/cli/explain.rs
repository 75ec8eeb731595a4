//! `flowc explain`: the page of a rule, or the table of all.

use super::{Console, Exit, Failure};
use flow_lang::report::{CODES, Code, plain};
use flow_lang::suggest::nearest;

/// Say what a rule means, with a bad and a good example
#[derive(clap::Args)]
pub(super) struct Args {
    /// The rule, such as `limits/timeout`; all of them without it
    id: Option<String>,
}

pub(super) fn run(args: &Args, console: &mut Console<'_>) -> Result<Exit, Failure> {
    match &args.id {
        None => table(console)?,
        Some(id) => match Code::from_id(id) {
            // An example may have what must not reach a terminal.
            Some(code) => write!(console.out, "{}", plain(code.info().page))?,
            None => return Err(unknown(id)),
        },
    }
    Ok(Exit::Clean)
}

fn table(console: &mut Console<'_>) -> Result<(), Failure> {
    let ids = CODES.iter().map(|(_, info)| info.id.len());
    let width = ids.max().unwrap_or(0);
    for (_, info) in CODES {
        let severity = info.severity.word();
        writeln!(console.out, "{:width$}  {severity:7}  {}", info.id, info.title)?;
    }
    Ok(())
}

fn unknown(id: &str) -> Failure {
    let ids = || CODES.iter().map(|(_, info)| info.id);
    // People remember the name and not the group.
    let by_name = ids().find(|known| known.split_once('/').is_some_and(|(_, name)| name == id));
    let help = match by_name.or_else(|| nearest(id, ids())) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`flowc explain` lists all".into(),
    };
    Failure::Usage(format!("no rule `{id}`; {help}"))
}
