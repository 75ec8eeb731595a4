//! The actions of a package, typed by its item.

use super::item::is_blob;
use flow_lang::catalog::{ActionInput, ActionOutput, PackageKind};
use flow_lang::plan::{Field, PackageAction, Type};
use std::collections::BTreeMap;

/// Tries of one action: with the waits between them, some two minutes without a server.
const ATTEMPTS: u32 = 8;
/// The longest that one try may take.
const TIMEOUT_MS: u64 = 60_000;
/// The most bytes of the name of a revision.
const REV_MAX: u64 = 256;

pub(super) fn of(kind: &PackageKind, item: &Type) -> BTreeMap<String, PackageAction> {
    let id = kind.item.id.as_deref().unwrap_or_default();
    let typed = |(name, action): (&String, &flow_lang::catalog::PackageAction)| {
        let input = match action.writes {
            true => input(action.input, id, &written(item))?,
            false => input(action.input, id, item)?,
        };
        let action = PackageAction {
            input,
            output: output(action.output, id, item)?,
            attempts: ATTEMPTS,
            timeout_ms: TIMEOUT_MS,
        };
        Some((name.clone(), action))
    };
    kind.actions.iter().filter_map(typed).collect()
}

/// An item as it is written: in the clear, so that a private field which may be absent is left out. With one that
/// may not, no whole item can be written, which is told where somebody tries.
fn written(item: &Type) -> Type {
    let fields = item.fields().into_iter().flatten();
    let kept =
        fields.filter(|(_, field)| !matches!(field.ty, Type::Optional(_)) || !field.ty.holds_private());
    let kept = kept.map(|(name, field)| (name.clone(), field.clone()));
    Type::Record(kept.collect())
}

/// What an action is given; nothing if no item has it.
fn input(shape: ActionInput, id: &str, item: &Type) -> Option<Type> {
    let fields = item.fields()?;
    let name = fields.get(id)?;
    let with_name = |others: BTreeMap<String, Field>| {
        let mut fields = others;
        fields.insert(id.to_owned(), name.clone());
        Type::Record(fields)
    };
    let others = fields.iter().filter(|(field, _)| *field != id);
    match shape {
        ActionInput::Id => Some(with_name(BTreeMap::new())),
        ActionInput::Item => Some(item.clone()),
        ActionInput::Part => {
            let clear = others.filter(|(_, field)| !field.ty.holds_private());
            Some(with_name(clear.map(if_any).collect()))
        }
        ActionInput::Blobs => {
            let blobs: BTreeMap<_, _> = others
                .filter(|(_, field)| is_blob(&field.ty))
                .map(if_any)
                .collect();
            (!blobs.is_empty()).then(|| with_name(blobs))
        }
    }
}

/// A field that may be left out, and then is left as it is.
fn if_any((name, field): (&String, &Field)) -> (String, Field) {
    let ty = Type::Optional(Box::new(field.ty.present().clone()));
    (name.clone(), Field { ty, default: None })
}

fn output(shape: ActionOutput, id: &str, item: &Type) -> Option<Type> {
    match shape {
        ActionOutput::ItemIfAny => Some(Type::Optional(Box::new(item.clone()))),
        ActionOutput::Revision => {
            let name = item.fields()?.get(id)?.ty.clone();
            let rev = Type::Text { max: Some(REV_MAX) };
            let field = |name: &str, ty| (name.to_owned(), Field { ty, default: None });
            Some(Type::Record([field("id", name), field("rev", rev)].into()))
        }
    }
}
