//! Actions: short functions.

use super::function;
use crate::types::properties::ACTION;
use crate::unit::Unit;
use flow_lang::ast::{self, EffectWord, Ident};
use flow_lang::plan::{Action, Effects, Type};
use flow_lang::report::{Code, Finding};

/// Tries of an action that may be repeated, when nothing is written.
const REPEATABLE_ATTEMPTS: u32 = 3;

pub(super) fn lower<'a>(unit: &mut Unit<'a>, name: &'a Ident, action: &'a ast::Action) {
    let key = format!("action/{}", name.name);
    unit.marks.set(format!("{key}/input"), action.input.span);
    let input = unit.resolve_record(&action.input, "the input of an action");
    let output = match &action.output {
        Some(output) => {
            unit.marks.set(format!("{key}/output"), output.span);
            unit.resolve_record(output, "the output of an action")
        }
        None => Some(Type::nothing()),
    };
    if let (Some(input), Some(output)) = (&input, &output) {
        mask(unit, name, action, input, output);
    }
    if let Some((_, word)) = action.effect {
        unit.marks.set(format!("{key}/effect"), word);
    }
    let effects = match action.effect {
        Some((EffectWord::Pure, _)) => Effects::Pure,
        Some((EffectWord::Idempotent, _)) => Effects::Idempotent,
        Some((EffectWord::Once, _)) => Effects::Once,
        None => Effects::AtLeastOnce,
    };
    let settings = unit.settings(&ACTION, &key, name, &action.properties);
    let attempts = match effects {
        Effects::Pure | Effects::Idempotent => REPEATABLE_ATTEMPTS,
        Effects::AtLeastOnce | Effects::Once => 1,
    };
    let attempts = attempts_of(settings.number("attempts"), attempts);
    if effects == Effects::Once && attempts > 1 {
        let place = unit.marks.get(&format!("{key}/attempts")).unwrap_or(name.span);
        unit.report.add(
            Finding::new(
                Code::TypesProperty,
                place,
                format!("`{}` is `once`, so `attempts` is 1 and not {attempts}", name.name),
            )
            .help("take `attempts` away, or make the action `idempotent`"),
        );
    }
    let function = function::lower(unit, name, &settings, input.as_ref());
    if let (Some(input), Some(output)) = (input, output) {
        let lowered = Action {
            input,
            output,
            effects,
            mask: action.mask.is_some(),
            attempts,
            function,
        };
        unit.plan.actions.insert(name.name.clone(), lowered);
    }
}

/// Only a mask makes something public of what is private, and a mask that does not is a mistake: who looks for the
/// places where private data ends looks at masks.
fn mask(unit: &mut Unit<'_>, name: &Ident, action: &ast::Action, input: &Type, output: &Type) {
    let takes = input.holds_private();
    let gives = output.holds_public();
    let name = &name.name;
    let finding = match (action.mask, &action.output) {
        (None, Some(written)) if takes && gives => {
            let message = format!("`{name}` takes private data, and not all of its result is private");
            Finding::new(Code::TypesMismatch, written.span, message).help(
                "make it a `mask action` if everybody may know its result, or declare the result `private`",
            )
        }
        (Some(word), _) if !takes || !gives => {
            let message = match takes {
                true => format!("`{name}` masks nothing: its result has no part that is not private"),
                false => format!("`{name}` masks nothing: it takes no private data"),
            };
            Finding::new(Code::TypesMismatch, word, message)
                .help("remove `mask`: it marks the actions that make private data public")
                .becomes("")
        }
        (None | Some(_), _) => return,
    };
    unit.report.add(finding);
}

/// What is written, else the default.
pub(super) fn attempts_of(written: Option<u64>, default: u32) -> u32 {
    written.map_or(default, |written| u32::try_from(written).unwrap_or(u32::MAX))
}
