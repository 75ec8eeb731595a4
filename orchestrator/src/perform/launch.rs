//! Jobs: launched under a name that is the same every time, waited for without holding a function.

use super::{Parts, crashed, refused};
use crate::jobs::task::{self, JobRequest};
use crate::jobs::{JobError, JobName, JobState};
use crate::packages;
use crate::worker::{Answer, News, Order};
use flow_engine::StepError;
use flow_lang::plan::Job;
use serde_json::Value;
use std::os::unix::fs::symlink;
use tokio_util::sync::CancellationToken;

impl Parts {
    pub(super) async fn launch(
        &self,
        order: &Order,
        job: &str,
        args: Value,
        stop: CancellationToken,
    ) -> Result<Answer, StepError> {
        let declared = order
            .plan
            .jobs
            .get(job)
            .ok_or_else(|| refused(format!("no job `{job}`")))?;
        let name = self.job_name(order);
        self.link_log(order, &name).await;
        let tell = |line: Value| {
            self.newsroom.tell(News::Progress {
                run: order.run.clone(),
                step: order.step.clone(),
                job: job.to_owned(),
                line,
            })
        };
        let (jobs, artifacts, clock) = (&*self.jobs, &*self.artifacts, &*self.clock);
        let outcome = match jobs.poll(&name).await {
            // It was launched before: nothing that has changed since, such as a missing secret, is in its way.
            Ok(JobState::Running { .. } | JobState::Exited(_) | JobState::Lost) => {
                task::finish(jobs, artifacts, clock, &name, (job, declared), &tell, stop).await?
            }
            Ok(JobState::Pending) | Err(_) => {
                let request = self.request(order, job, declared, args).await?;
                task::run(jobs, artifacts, clock, request, &tell, stop).await?
            }
        };
        Ok(Answer::Job {
            model: outcome.model.map(|stored| (stored.digest, stored.size)),
            reports: outcome.reports,
        })
    }

    /// Ends a job for whose result nobody waits any more.
    pub(super) async fn cancel_job(&self, order: &Order) {
        match self.jobs.cancel(&self.job_name(order)).await {
            Ok(()) | Err(JobError::Unknown { .. }) => {}
            Err(error) => {
                tracing::error!(%error, run = order.run, step = order.step, "a job cannot be cancelled")
            }
        }
    }

    fn job_name(&self, order: &Order) -> JobName {
        JobName::new(&self.install, &order.run, &order.step, order.token.attempt)
    }

    async fn request(
        &self,
        order: &Order,
        job: &str,
        declared: &Job,
        args: Value,
    ) -> Result<JobRequest, StepError> {
        let plan = &order.plan;
        let quiet = |_: &str| {};
        let interpreter = self
            .environments
            .python(declared.code.requirements.as_deref(), &quiet)
            .await
            .map_err(|error| crashed(format!("environment of `{job}`: {error}")))?;
        let folder = |name: &String| {
            let path = packages::folder(plan, name);
            let path = path.ok_or_else(|| refused(format!("`{name}` has no local folder")))?;
            Ok((name.clone(), path))
        };
        Ok(JobRequest {
            install: self.install.clone(),
            run: order.run.clone(),
            step: order.step.clone(),
            generation: order.token.attempt,
            name: job.to_owned(),
            job: declared.clone(),
            args,
            code_dir: self.data.code(&declared.code.digest),
            interpreter: Some(interpreter),
            packages: declared
                .writes
                .iter()
                .map(folder)
                .collect::<Result<_, StepError>>()?,
            secrets: self.secrets_of(plan, &declared.secrets)?,
        })
    }

    /// Lets `flowd logs` find what the job prints, from its first line on. Without the link the log stays where
    /// the job is.
    async fn link_log(&self, order: &Order, name: &JobName) {
        let place = self.data.step_log(&order.run, &order.step, order.token.attempt);
        let log = match self.jobs.log(name).await {
            Ok(log) => log,
            Err(error) => {
                tracing::warn!(%error, run = order.run, "the log of a job cannot be found");
                return;
            }
        };
        let linked =
            std::fs::create_dir_all(self.data.run_logs(&order.run)).and_then(|()| symlink(log, &place));
        match linked {
            Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
                tracing::warn!(%error, run = order.run, "the log of a job cannot be linked");
            }
            Ok(()) | Err(_) => {}
        }
    }
}
