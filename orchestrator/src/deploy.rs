//! Making a plan the active one: it is held against itself, its code is staged and its environments are built
//! first, so that nothing that can fail is left for the moment when it goes live.
//!
//! One plan at a time, in the order in which they came: a slow one does not overwrite a newer one, and no two
//! flows get one route.

pub mod staging;

use crate::config::DataDir;
use crate::functions::Functions;
use crate::functions::environment::{EnvironmentError, Environments};
use crate::packages;
use crate::upload::Upload;
use crate::worker::{Handle, IntakeError, Served};
use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flow_engine::StepError;
use flow_lang::plan::{Code, Flaw, Function, PLAN_VERSION, Plan};
use staging::StageError;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use tokio::sync::{Mutex, watch};

/// Why a plan did not become active. The one before stays.
#[derive(Debug, thiserror::Error)]
pub enum DeployError {
    /// A plan of another format.
    #[error("the plan has format {found}, and this flowd reads {PLAN_VERSION}")]
    Version {
        /// The format.
        found: u32,
    },
    /// A plan that would not run, or not stay in its place.
    #[error(transparent)]
    Flaw(#[from] Flaw),
    /// Another flow has the same route.
    #[error("`{method} {path}` is a route of flow `{flow}` already")]
    Route {
        /// The method.
        method: String,
        /// The path.
        path: String,
        /// The flow that has it.
        flow: String,
    },
    /// Code is not what the plan says.
    #[error("code `{folder}` cannot be staged: {source}")]
    Staging {
        /// The folder.
        folder: String,
        /// Why.
        source: StageError,
    },
    /// A file is not base64.
    #[error("a file of code `{0}` is not base64")]
    Encoding(String),
    /// An environment cannot be built.
    #[error("the Python environment cannot be built: {0}")]
    Environment(#[from] EnvironmentError),
    /// A function cannot run here.
    #[error("{}", .0.message)]
    Function(StepError),
    /// The daemon did not take it.
    #[error(transparent)]
    Intake(#[from] IntakeError),
}

/// Deploys plans.
pub struct Deployer {
    /// Where code is staged.
    pub data: DataDir,
    /// Who runs the functions.
    pub functions: Arc<dyn Functions>,
    /// Who builds the environments of jobs.
    pub environments: Arc<Environments>,
    /// The owner of the runs.
    pub handle: Handle,
    /// What is active now.
    pub served: watch::Receiver<Arc<Served>>,
    /// Held by the plan that is being deployed.
    pub turn: Mutex<()>,
}

impl Deployer {
    /// Deploys a plan whose code stands below `root`, telling `progress` what takes its time.
    ///
    /// # Errors
    /// See [`DeployError`].
    pub async fn deploy_project(
        &self,
        root: &Path,
        plan: Plan,
        progress: &(dyn Fn(&str) + Sync),
    ) -> Result<String, DeployError> {
        let _turn = self.turn.lock().await;
        self.check(&plan)?;
        let (data, folder) = (self.data.clone(), root.to_owned());
        let parts: Vec<Code> = codes(&plan).cloned().collect();
        aside(move || {
            parts
                .iter()
                .try_for_each(|code| match staging::stage(&data, &folder, code) {
                    Ok(_) => Ok(()),
                    Err(source) => Err(staged(code, source)),
                })
        })
        .await?;
        self.activate(packages::rooted(plan, root), progress).await
    }

    /// Deploys what a client has sent.
    ///
    /// # Errors
    /// See [`DeployError`].
    pub async fn deploy_upload(&self, upload: Upload) -> Result<String, DeployError> {
        let _turn = self.turn.lock().await;
        self.check(&upload.plan)?;
        let data = self.data.clone();
        let plan = aside(move || {
            let Upload { plan, code: sent } = upload;
            for code in codes(&plan) {
                let files = decoded(code, sent.get(&code.digest))?;
                staging::stage_files(&data, code, files).map_err(|source| staged(code, source))?;
            }
            Ok(plan)
        })
        .await?;
        self.activate(plan, &|line| tracing::info!("{line}")).await
    }

    /// Before anything is written.
    fn check(&self, plan: &Plan) -> Result<(), DeployError> {
        if plan.version != PLAN_VERSION {
            return Err(DeployError::Version { found: plan.version });
        }
        plan.validate()?;
        self.check_routes(plan)
    }

    async fn activate(&self, plan: Plan, progress: &(dyn Fn(&str) + Sync)) -> Result<String, DeployError> {
        for job in plan.jobs.values() {
            self.environments
                .python(job.code.requirements.as_deref(), progress)
                .await?;
        }
        for function in functions(&plan) {
            self.functions
                .ready(function, progress)
                .await
                .map_err(DeployError::Function)?;
        }
        Ok(self.handle.deploy(Arc::new(plan)).await?)
    }

    fn check_routes(&self, plan: &Plan) -> Result<(), DeployError> {
        let served = Arc::clone(&self.served.borrow());
        let others = served.plans.values().filter(|other| other.flow != plan.flow);
        for (other, infer) in others.flat_map(|other| other.infers.values().map(move |infer| (other, infer)))
        {
            if plan
                .infers
                .values()
                .any(|own| own.method == infer.method && own.path == infer.path)
            {
                return Err(DeployError::Route {
                    method: infer.method.clone(),
                    path: infer.path.clone(),
                    flow: other.flow.clone(),
                });
            }
        }
        Ok(())
    }
}

/// What a client sends for a plan whose code stands below `root`.
///
/// # Errors
/// When code cannot be read or is not what the plan says.
pub fn upload(root: &Path, plan: Plan) -> Result<Upload, DeployError> {
    let mut code = BTreeMap::new();
    for part in codes(&plan) {
        let files = staging::read(root, part).map_err(|source| staged(part, source))?;
        let files = files
            .into_iter()
            .map(|(path, bytes)| (path, BASE64_STANDARD.encode(bytes)))
            .collect();
        code.insert(part.digest.clone(), files);
    }
    Ok(Upload {
        plan: packages::rooted(plan, root),
        code,
    })
}

/// Up to 512 MB of files are read and written, which would hold up whoever else has this thread.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, DeployError> + Send + 'static,
) -> Result<T, DeployError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.expect("staging does not panic and is not aborted")
}

fn decoded(
    code: &Code,
    sent: Option<&BTreeMap<String, String>>,
) -> Result<BTreeMap<String, Vec<u8>>, DeployError> {
    let decode = |(path, text): (&String, &String)| match BASE64_STANDARD.decode(text) {
        Ok(bytes) => Ok((path.clone(), bytes)),
        Err(_) => Err(DeployError::Encoding(code.folder.clone())),
    };
    sent.into_iter().flatten().map(decode).collect()
}

fn staged(code: &Code, source: StageError) -> DeployError {
    DeployError::Staging {
        folder: code.folder.clone(),
        source,
    }
}

fn functions(plan: &Plan) -> impl Iterator<Item = &Function> {
    let actions = plan.actions.values().map(|action| &action.function);
    actions.chain(plan.models.values().map(|model| &model.function))
}

fn codes(plan: &Plan) -> impl Iterator<Item = &Code> {
    functions(plan)
        .map(|function| &function.code)
        .chain(plan.jobs.values().map(|job| &job.code))
}

#[cfg(test)]
mod tests;
