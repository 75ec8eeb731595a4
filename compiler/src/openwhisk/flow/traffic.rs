//! What travels: on OpenWhisk whatever there is, here what the types say. So what one side is known to send, the other
//! side is given a field for.

use super::actions::Functions;
use super::chain::Callable;
use super::fields::{Field, Record};
use super::sources::{From, Sources};
use crate::openwhisk::deployment::{Deployment, Kind};

/// More rounds than a sequence has actions change nothing more.
const ROUNDS_MAX: usize = 50;

/// Gives all types the fields that what is known says.
pub(super) fn settle(deployment: &Deployment, functions: &mut Functions<'_>, sources: &mut Sources<'_>) {
    let callable = Callable::new(deployment, functions, &[]);
    let rules: Vec<(usize, Vec<usize>)> = deployment
        .rules
        .iter()
        .filter_map(|rule| {
            let trigger = sources.find(&rule.trigger)?;
            let chain = callable
                .chain(functions, &rule.action, rule.package.as_deref())
                .ok()?;
            Some((trigger, chain))
        })
        .collect();
    let sequences = deployment.sequences.iter().filter_map(|sequence| {
        let package = sequence.name.package.as_deref();
        callable.chain(functions, &sequence.name.name, package).ok()
    });
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for chain in sequences.chain(rules.iter().map(|(_, chain)| chain.clone())) {
        pairs.extend(chain.windows(2).map(|pair| (pair[0], pair[1])));
    }
    pairs.sort_unstable();
    pairs.dedup();

    for (trigger, chain) in &rules {
        let event = &mut sources.triggers[*trigger];
        let first = &mut functions.all[chain[0]];
        if matches!(event.from, From::People) {
            // What the function is described to take is what people send.
            for (name, field) in &first.input.fields {
                event.event.add(name, received(field));
            }
        }
    }
    for (trigger, chain) in &rules {
        let event = &sources.triggers[*trigger].event;
        let first = &mut functions.all[chain[0]];
        for (name, field) in event.fields.iter().filter(|(_, field)| !field.arrived) {
            if !first.has_secret(name) {
                first.input.add(name, arriving(field));
            }
        }
    }
    for _ in 0..ROUNDS_MAX {
        let before = size(functions);
        for (giver, taker) in &pairs {
            hand_on(functions, *giver, *taker);
        }
        if size(functions) == before {
            break;
        }
    }
    for _ in 0..ROUNDS_MAX {
        let mut changed = false;
        for (trigger, chain) in &rules {
            let event = &mut sources.triggers[*trigger].event;
            changed |= agree(event, &mut functions.all[chain[0]].input);
        }
        for (giver, taker) in &pairs {
            let mut given = std::mem::take(&mut functions.all[*giver].output);
            changed |= agree(&mut given, &mut functions.all[*taker].input);
            functions.all[*giver].output = given;
        }
        if !changed {
            break;
        }
    }
}

fn size(functions: &Functions<'_>) -> usize {
    let fields = |record: &Record| record.fields.len();
    functions
        .all
        .iter()
        .map(|function| fields(&function.input) + fields(&function.output))
        .sum()
}

/// A field of an event for a field that a function takes.
fn received(field: &Field) -> Field {
    Field {
        optional: !field.must_be_given(),
        default: None,
        arrived: true,
        ..field.clone()
    }
}

/// A field of an input for a field that comes in anyway.
fn arriving(field: &Field) -> Field {
    Field {
        default: None,
        arrived: true,
        ..field.clone()
    }
}

/// All of a result goes into the next action.
fn hand_on(functions: &mut Functions<'_>, giver: usize, taker: usize) {
    let given = functions.all[giver].output.fields.clone();
    for (name, field) in &given {
        if !functions.all[taker].has_secret(name) {
            functions.all[taker].input.add(name, arriving(field));
        }
    }
    // What the next action is described to take may be in the result.
    let taken = functions.all[taker].input.fields.clone();
    for (name, field) in taken.iter().filter(|(_, field)| !field.arrived) {
        let may_be = Field {
            optional: true,
            default: None,
            arrived: true,
            ..field.clone()
        };
        functions.all[giver].output.add(name, may_be);
    }
}

/// Lets both sides have the same types, and lets absent what may not come. Says whether anything changed.
fn agree(given: &mut Record, taken: &mut Record) -> bool {
    let mut changed = false;
    let (given_exact, taken_exact) = (given.exact, taken.exact);
    for (name, field) in &mut taken.fields {
        let from = given.get_mut(name);
        let comes = from.as_ref().is_some_and(|from| !from.may_be_absent());
        if !taken_exact && field.must_be_given() && !comes {
            field.optional = true;
            changed = true;
        }
        let Some(from) = from else { continue };
        let fits = from.kind == field.kind || (from.kind == Kind::Int && field.kind == Kind::Float);
        if fits || (given_exact && taken_exact) {
            continue;
        }
        match (given_exact, taken_exact) {
            (false, true) => from.kind = field.kind.clone(),
            (true, false) => field.kind = from.kind.clone(),
            _ => (from.kind, field.kind) = (Kind::Json, Kind::Json),
        }
        changed = true;
    }
    changed
}
