//! Plans, model versions, and which of them are live.

use super::{put, put_returning, text, whole};
use crate::store::dialect::rows;
use crate::store::{Change, StoreError};
use flow_engine::Millis;
use flow_lang::plan::ModelRef;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, HashSet};

#[derive(Default)]
pub(super) struct Registry<'b> {
    plans: Vec<(&'b str, &'b str, &'b str, Millis)>,
    active: BTreeMap<&'b str, (&'b str, Millis)>,
    versions: Vec<Version<'b>>,
    lives: Vec<Live<'b>>,
}

struct Version<'b> {
    flow: &'b str,
    model: &'b ModelRef,
    run: &'b str,
    step: &'b str,
    at: Millis,
}

struct Live<'b> {
    name: &'b str,
    number: u64,
    version: Version<'b>,
}

impl<'b> Registry<'b> {
    pub(super) fn add(&mut self, change: &'b Change) {
        if let Change::Deployed {
            flow,
            digest,
            plan,
            at,
        } = change
        {
            self.plans.push((flow, digest, plan, *at));
            self.active.insert(flow, (digest, *at));
        }
        if let Change::Version {
            flow,
            model,
            run,
            step,
            at,
        } = change
        {
            self.versions.push(Version {
                flow,
                model,
                run,
                step,
                at: *at,
            });
        }
        if let Change::Live {
            flow,
            name,
            number,
            model,
            run,
            step,
            at,
        } = change
        {
            let version = Version {
                flow,
                model,
                run,
                step,
                at: *at,
            };
            self.lives.push(Live {
                name,
                number: *number,
                version,
            });
        }
    }

    pub(super) async fn write_plans(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        put(tx, PLANS, &self.plans).await?;
        let active: Vec<_> = self
            .active
            .iter()
            .map(|(flow, (digest, at))| (flow, digest, at))
            .collect();
        put(tx, FLOWS, &active).await
    }

    pub(super) async fn write_models(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        self.write_versions(tx).await?;
        for live in &self.lives {
            write_live(tx, live).await?;
        }
        Ok(())
    }

    async fn write_versions(&self, tx: &mut SqliteConnection) -> Result<(), StoreError> {
        let row = |v: &Version<'b>| {
            (
                v.flow,
                v.model.train.clone(),
                v.model.version,
                text(v.model),
                v.run,
                v.step,
                v.at,
            )
        };
        let rows: Vec<_> = self.versions.iter().map(row).collect();
        let written = put_returning(tx, VERSIONS, &rows).await?;
        let written = written
            .iter()
            .map(|row| Ok((row.try_get(0)?, row.try_get(1)?, row.try_get(2)?)));
        let written = written.collect::<Result<HashSet<(&str, &str, i64)>, sqlx::Error>>()?;
        let taken = rows
            .iter()
            .find(|v| !written.contains(&(v.0, v.1.as_str(), whole(v.2))));
        match taken {
            _ if written.len() == rows.len() => Ok(()),
            Some(v) => Err(StoreError::Taken {
                table: "versions",
                row: format!("{}/{}/{}", v.0, v.1, v.2),
            }),
            None => Err(StoreError::Taken {
                table: "versions",
                row: "two of this batch under one number".to_owned(),
            }),
        }
    }
}

// A plan that comes back is the same plan.
const PLANS: &str = concat!(
    "insert into plans (flow, digest, plan, at) ",
    rows!(0, 1, 2, 3),
    "on conflict (flow, digest) do nothing"
);

const FLOWS: &str = concat!(
    "insert into flows (flow, plan, at) ",
    rows!(0, 1, 2),
    "on conflict (flow) do update set plan = excluded.plan, at = excluded.at"
);

const VERSIONS: &str = concat!(
    "insert into versions (flow, train, version, model, run, step, at) ",
    rows!(0, 1, 2, 3, 4, 5, 6),
    "on conflict do nothing returning flow, train, version"
);

// INVARIANT: `number` is one more than the last one, so no deployment overlooks another. Deployments are rare
// and each depends on the one before, so they are written one by one.
const LIVE: &str = "insert into deployments (flow, name, number, model, run, step, at) \
     select $1, $2, $3, $4, $5, $6, $7 where $3 = \
     (select coalesce(max(number), 0) + 1 from deployments where flow = $1 and name = $2)";

async fn write_live(tx: &mut SqliteConnection, live: &Live<'_>) -> Result<(), StoreError> {
    let version = &live.version;
    let insert = sqlx::query(LIVE)
        .bind(version.flow)
        .bind(live.name)
        .bind(whole(live.number))
        .bind(text(version.model))
        .bind(version.run)
        .bind(version.step)
        .bind(whole(version.at));
    if insert.execute(tx).await?.rows_affected() == 1 {
        return Ok(());
    }
    Err(StoreError::NotNext {
        flow: version.flow.to_owned(),
        name: live.name.to_owned(),
        number: live.number,
    })
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[PLANS, FLOWS, VERSIONS, LIVE];
