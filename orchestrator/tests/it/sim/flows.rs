//! Random flows, as texts that the compiler accepts: all kinds of steps, several rules that hear each other.
//!
//! Whatever differs, the declarations are the same: so each flow can be deployed over each other one.

use super::seen::Seen;
use flow_lang::parse::parse;
use flow_lang::plan::{Graph, Plan};
use flow_lang::report::Report;
use flow_lang::span::Sources;
use flowc::project::{CodeFile, CodeFolder, Environment, Project};
use flowd::sim::Dice;
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

mod text;

/// Flows that are compiled once and lived with by many seeds.
pub(super) const FLOWS: usize = 400;
/// Steps that a flow has.
const STEPS: std::ops::RangeInclusive<usize> = 2..=40;

/// By number, with their digests.
static PLANS: [OnceLock<(String, Arc<Plan>)>; FLOWS] = [const { OnceLock::new() }; FLOWS];

/// The flow with this number, modulo [`FLOWS`].
pub(super) fn plan(number: u64) -> Arc<Plan> {
    let at = usize::try_from(number % FLOWS as u64).expect("it is below a length");
    let made = PLANS[at].get_or_init(|| {
        let plan = compiled(at as u64);
        (plan.digest(), Arc::new(plan))
    });
    Arc::clone(&made.1)
}

/// The flow with this digest, among those that were used.
pub(super) fn by_digest(digest: &str) -> Arc<Plan> {
    let mut made = PLANS.iter().filter_map(OnceLock::get);
    let (_, plan) = made
        .find(|(of, _)| of == digest)
        .expect("a run has one of our plans");
    Arc::clone(plan)
}

/// The text of the flow with this number.
pub(super) fn text(number: u64) -> String {
    (0..)
        .map(|again| text::random(&mut Dice::new(number % FLOWS as u64 + (again << 32))))
        .find(|text| fits(text).is_some())
        .expect("the numbers do not end")
}

fn compiled(number: u64) -> Plan {
    fits(&text(number)).expect("it was chosen because it does")
}

fn fits(text: &str) -> Option<Plan> {
    let plan = check(text).ok()?;
    let graphs = plan.rules.values().map(|rule| &rule.graph);
    let steps: usize = graphs.map(|graph: &Graph| graph.steps.len()).sum();
    STEPS.contains(&steps).then_some(plan)
}

/// A plan, or what the compiler says against it.
pub(super) fn check(text: &str) -> Result<Plan, String> {
    let mut sources = Sources::default();
    let id = sources.add("main.flow", text);
    let (file, findings) = parse(id, text);
    let python = [
        ("act.py", "def act(args):\n    return {}\n"),
        (
            "predict.py",
            "def load(dir):\n    return 1\n\ndef predict(m, rows):\n    return []\n",
        ),
    ];
    let project = Project {
        root: "/project".into(),
        name: None,
        files: vec![file],
        syntax: Report { findings },
        imports: BTreeMap::new(),
        installed: BTreeMap::new(),
        modules: BTreeMap::new(),
        sources,
        envs: BTreeMap::from([("dev".to_owned(), dev())]),
        code: BTreeMap::from([
            ("functions".to_owned(), folder(&python)),
            ("jobs".to_owned(), folder(&[("job.py", "")])),
        ]),
    };
    let checked = flowc::check(&project, "dev");
    checked.plan.ok_or_else(|| {
        let findings = checked.report.findings.iter();
        let told = findings.map(|finding| format!("{}: {}", finding.code.info().id, finding.message));
        told.collect::<Vec<_>>().join("\n")
    })
}

fn dev() -> Environment {
    Environment {
        functions: "process".to_owned(),
        jobs: "process".to_owned(),
        artifacts: "file:.flow/artifacts".to_owned(),
        database: "sqlite:.flow/flow.db".to_owned(),
        packages: BTreeMap::new(),
        secrets: BTreeMap::new(),
        params: BTreeMap::new(),
        groups: BTreeMap::from([("leads".to_owned(), vec!["ana".to_owned()])]),
        limits: BTreeMap::new(),
    }
}

fn folder(files: &[(&str, &str)]) -> CodeFolder {
    let files = files.iter().map(|(path, text)| {
        let file = CodeFile {
            size: text.len() as u64,
            text: Some((*text).to_owned()),
        };
        ((*path).to_owned(), file)
    });
    CodeFolder {
        files: files.collect(),
        exists: true,
        requirements: None,
        manifest: None,
        digest: "0".repeat(64),
    }
}

#[test]
fn most_made_up_flows_are_accepted_and_have_steps_of_all_kinds() {
    const TRIED: u64 = 150;
    let (mut refused, mut seen) = (Vec::new(), Seen::default());
    for number in 0..TRIED {
        let text = text::random(&mut Dice::new(number));
        match check(&text) {
            Ok(plan) => seen.plan(&plan),
            Err(why) => refused.push(why),
        }
    }
    assert!(
        refused.len() as u64 * 3 < TRIED,
        "{} refused: {refused:#?}",
        refused.len()
    );
    seen.all_kinds_of_steps();
}
