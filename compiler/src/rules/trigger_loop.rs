//! `graph/trigger-loop`: rules that start each other in a ring with nothing that ends it.
//!
//! A loop ends when one of its rules has a `rate`; when it waits for more rows (`grew`) than a round of it appends;
//! or when a condition on the event does not let pass what the loop itself writes. A throttle on a source
//! (`at most`) only slows it down.

mod countdown;
mod drawing;
mod effects;
mod gain;
mod place;
mod ring;
mod web;

use super::Subject;
use flow_lang::report::Report;
use ring::{Cuts, rings};
use web::Web;

pub(super) fn trigger_loop(subject: &Subject<'_>, report: &mut Report) {
    let web = Web::of(subject.plan);
    let mut cuts = Cuts::new();
    let mut open = vec![(0..web.runs.len()).collect()];
    while let Some(runs) = open.pop() {
        for ring in rings(&web, &runs, &cuts) {
            if !ring.is_bounded(&web, &cuts) {
                drawing::add(subject, &web, &ring, &cuts, report);
                continue;
            }
            let counted = countdown::ending(&web, &ring, &cuts);
            if !counted.is_empty() {
                cuts.extend(counted);
                open.push(ring.runs);
            } else if !gain::dies_out(&web, &ring, &cuts) {
                drawing::add(subject, &web, &ring, &cuts, report);
            }
        }
    }
}
