//! What holds for any text, also for those that the fuzzer finds (`compiler/fuzz`).

use crate::project::compile;
use flow_lang::format::format;
use flow_lang::report::human::{Style, render};
use flow_lang::span::SourceId;

/// Parsing, checking and showing end; a text in one style stays in it, and says the same.
pub(crate) fn survive(text: &str) {
    let (project, checked) = compile(text);
    let style = Style {
        colour: false,
        width: 80,
    };
    render(&checked.report, &project.sources, style);
    if let Ok(once) = format(SourceId(0), text) {
        assert_eq!(format(SourceId(0), &once).as_ref(), Ok(&once), "{text}");
        let (_, again) = compile(&once);
        let digest = |plan: &Option<flow_lang::plan::Plan>| plan.as_ref().map(flow_lang::plan::Plan::digest);
        assert_eq!(digest(&again.plan), digest(&checked.plan), "{text}");
    }
}
