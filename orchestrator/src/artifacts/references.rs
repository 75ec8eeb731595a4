//! References in values, exchanged for local paths before user code runs, and back when it has run.
//!
//! What the daemon passes around is `{ "$blob": "<digest>", … }`; what user code sees is a path. The type of
//! the value says which texts are meant.

use super::{ArtifactError, Artifacts, Stored, paths};
use flow_lang::plan::{BlobRef, DatasetRef, ModelRef, Type};
use futures::future::{BoxFuture, FutureExt};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::path::{Path, PathBuf};

/// Replaces each reference by a local path as text: of a file for a blob, of a JSONL file for a dataset, of a
/// directory for a model. Everything else stays as it is.
///
/// # Errors
/// If something else stands where the type has a reference, or the artifact is not there.
pub async fn localise(artifacts: &Artifacts, ty: &Type, value: Value) -> Result<Value, ArtifactError> {
    walk(Way::In { artifacts }, ty, value, "value".to_owned()).await
}

/// Stores the files that a result names and replaces their paths (below `out_dir`, absolute or relative to
/// it) by blob references.
///
/// # Errors
/// If a path leaves `out_dir`, leads through a symbolic link or names no plain file; if a file is larger than
/// its type allows; if the result holds a dataset or a model, which no function can make.
pub async fn collect(
    artifacts: &Artifacts,
    ty: &Type,
    value: Value,
    out_dir: &Path,
) -> Result<Value, ArtifactError> {
    walk(Way::Out { artifacts, out_dir }, ty, value, "value".to_owned()).await
}

#[derive(Clone, Copy)]
enum Way<'a> {
    In {
        artifacts: &'a Artifacts,
    },
    Out {
        artifacts: &'a Artifacts,
        out_dir: &'a Path,
    },
}

/// The recursion follows the type, whose depth the parser bounds.
fn walk<'a>(
    way: Way<'a>,
    ty: &'a Type,
    value: Value,
    path: String,
) -> BoxFuture<'a, Result<Value, ArtifactError>> {
    async move {
        match (ty, value) {
            (Type::Optional(_), Value::Null) => Ok(Value::Null),
            // A private part holds no reference; what is sealed stays so.
            (Type::Private(_), value) => Ok(value),
            (Type::Optional(inner), value) => walk(way, inner, value, path).await,
            (Type::Record(fields), Value::Object(mut record)) => {
                for (name, field) in fields {
                    if let Some(value) = record.get_mut(name) {
                        let at = format!("{path}.{name}");
                        *value = walk(way, &field.ty, value.take(), at).await?;
                    }
                }
                Ok(Value::Object(record))
            }
            (Type::List { item, .. }, Value::Array(mut items)) => {
                for (index, value) in items.iter_mut().enumerate() {
                    *value = walk(way, item, value.take(), format!("{path}[{index}]")).await?;
                }
                Ok(Value::Array(items))
            }
            (Type::Blob { mime, max }, value) => match way {
                Way::In { artifacts } => {
                    let BlobRef { digest, .. } = parse(value, path, "a blob")?;
                    text(artifacts.path(&digest).await?)
                }
                Way::Out { artifacts, out_dir } => {
                    let named: String = parse(value, path.clone(), "the path of a file below FLOW_OUT")?;
                    let blob = store(artifacts, out_dir, &named, mime, *max, path).await?;
                    Ok(serde_json::to_value(blob).expect("a reference is plain JSON"))
                }
            },
            (Type::Dataset(_), value) => {
                let artifacts = way.inward(&path, "no dataset in a result")?;
                let DatasetRef { digest, .. } = parse(value, path, "a dataset")?;
                text(artifacts.path(&digest).await?)
            }
            (Type::Model { .. }, value) => {
                let artifacts = way.inward(&path, "no model in a result")?;
                let ModelRef { digest, .. } = parse(value, path, "a model")?;
                text(artifacts.dir(&digest).await?)
            }
            (
                Type::Bool
                | Type::Int { .. }
                | Type::Float { .. }
                | Type::Text { .. }
                | Type::Bytes { .. }
                | Type::Json { .. }
                | Type::Time
                | Type::Duration
                | Type::List { .. }
                | Type::Record(_)
                | Type::Union(_),
                value,
            ) => Ok(value),
        }
    }
    .boxed()
}

impl<'a> Way<'a> {
    fn inward(self, path: &str, expected: &'static str) -> Result<&'a Artifacts, ArtifactError> {
        match self {
            Way::In { artifacts } => Ok(artifacts),
            Way::Out { .. } => Err(ArtifactError::NotAReference {
                path: path.to_owned(),
                expected,
            }),
        }
    }
}

fn text(local: PathBuf) -> Result<Value, ArtifactError> {
    let text = local.into_os_string().into_string();
    text.map(Value::String)
        .map_err(|path| ArtifactError::refused(path.display(), "the data directory's path is not UTF-8"))
}

fn parse<T: DeserializeOwned>(
    value: Value,
    path: String,
    expected: &'static str,
) -> Result<T, ArtifactError> {
    serde_json::from_value(value).map_err(|_| ArtifactError::NotAReference { path, expected })
}

async fn store(
    artifacts: &Artifacts,
    out_dir: &Path,
    named: &str,
    mime: &str,
    max: u64,
    path: String,
) -> Result<BlobRef, ArtifactError> {
    let inside = Path::new(named).strip_prefix(out_dir).ok().and_then(Path::to_str);
    let relative = inside.unwrap_or(named);
    let whole = out_dir.join(relative);
    let file = paths::open_beneath(out_dir, relative)?;
    let about = file.metadata();
    let size = about.map_err(|source| ArtifactError::io(&whole, source))?.len();
    if size > max {
        let what = format!("{path}: `{relative}`");
        return Err(ArtifactError::TooLarge { what, size, max });
    }
    let Stored { digest, size } = artifacts.put_open(file, &whole).await?;
    Ok(BlobRef {
        digest,
        mime: mime.to_owned(),
        size,
    })
}
