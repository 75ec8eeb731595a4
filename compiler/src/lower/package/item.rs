//! What an item of a package must look like, by the kind of the package.

use crate::types::show::show;
use crate::unit::Unit;
use flow_lang::ast;
use flow_lang::catalog::{Blobs, PackageKind};
use flow_lang::plan::Type;
use flow_lang::report::{Code, Finding};
use std::collections::BTreeMap;

/// Whether an item has the blobs and the name that its kind asks for; what is missing is reported.
pub(super) fn fits(unit: &mut Unit<'_>, package: &ast::Package, kind: &PackageKind, item: &Type) -> bool {
    let finding = blobs(package, kind, item).or_else(|| id(package, kind, item));
    match finding {
        None => true,
        Some(finding) => {
            unit.report.add(finding);
            false
        }
    }
}

fn blobs(package: &ast::Package, kind: &PackageKind, item: &Type) -> Option<Finding> {
    let fields = item.fields().into_iter().flat_map(BTreeMap::values);
    let blobs = fields.filter(|field| is_blob(&field.ty)).count();
    match kind.item.blobs {
        Blobs::Any => None,
        Blobs::One if blobs == 1 => None,
        Blobs::One => {
            let message = format!(
                "an item of `{}` has exactly 1 blob field, this one has {blobs}: `{}`",
                package.kind.name,
                show(item)
            );
            let finding = Finding::new(Code::TypesMismatch, package.item.span, message);
            Some(finding.help("the content of a file is its blob; the other fields are read from its path"))
        }
    }
}

fn id(package: &ast::Package, kind: &PackageKind, item: &Type) -> Option<Finding> {
    let id = kind.item.id.as_ref()?;
    let field = item.fields().and_then(|fields| fields.get(id));
    if field.is_some_and(|field| matches!(field.ty, Type::Text { .. })) {
        return None;
    }
    let message = format!(
        "an item of `{}` has a text field `{id}`, its name there; this one is `{}`",
        package.kind.name,
        show(item)
    );
    let finding = Finding::new(Code::TypesMismatch, package.item.span, message);
    Some(finding.help(format!("add `{id}: text<256B>`")))
}

pub(super) fn is_blob(ty: &Type) -> bool {
    matches!(ty.present(), Type::Blob { .. })
}
