//! What `flow.toml` configures must be declared: a misspelt name would otherwise be ignored in silence.

use super::LoadError;
use super::place::Place;
use crate::project::Modules;
use flow_lang::ast::{DeclKind, File};
use flow_lang::suggest::nearest;

pub(super) fn check(place: &Place, files: &[File], modules: &Modules) -> Result<(), LoadError> {
    // What is imported may need secrets: they are found in the environments of this flow.
    let mut shared = Vec::new();
    secrets(modules, &mut shared);
    for (env, environment) in &place.config.envs {
        for (what, table, names) in [
            (
                "package",
                "packages",
                environment.packages.keys().collect::<Vec<_>>(),
            ),
            ("secret", "secrets", environment.secrets.keys().collect()),
        ] {
            let decls = files.iter().flat_map(|file| &file.decls);
            let own = decls
                .filter(|decl| decl.kind.keyword() == what)
                .map(|decl| decl.name.name.as_str());
            let shared = shared.iter().copied().filter(|_| what == "secret");
            let declared: Vec<_> = own.chain(shared).collect();
            if let Some(name) = names.into_iter().find(|name| !declared.contains(&name.as_str())) {
                let near = nearest(name, declared);
                return Err(LoadError::Undeclared {
                    path: place.root.join("flow.toml"),
                    key: format!("env.{env}.{table}.{name}"),
                    what,
                    help: near.map_or(String::new(), |near| format!("; did you mean `{near}`?")),
                });
            }
        }
    }
    Ok(())
}

fn secrets<'m>(modules: &'m Modules, found: &mut Vec<&'m str>) {
    for module in modules.values().flatten() {
        let decls = module.files.iter().flat_map(|file| &file.decls);
        let named = decls.filter(|decl| matches!(decl.kind, DeclKind::Secret));
        found.extend(named.map(|decl| decl.name.name.as_str()));
        self::secrets(&module.modules, found);
    }
}
