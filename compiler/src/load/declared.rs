//! What `flow.toml` configures must be declared: a misspelt name would otherwise be ignored in silence.

use super::LoadError;
use super::place::Place;
use flow_lang::ast::File;
use flow_lang::suggest::nearest;

pub(super) fn check(place: &Place, files: &[File]) -> Result<(), LoadError> {
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
            let declared: Vec<_> = decls
                .filter(|decl| decl.kind.keyword() == what)
                .map(|decl| decl.name.name.as_str())
                .collect();
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
