//! What a daemon needs to know before it goes on where the last one stopped.

use crate::store::record::Record;
use crate::store::tables::whole;
use crate::store::{Deployment, Standing, Store, StoreError};
use flow_engine::{Millis, Run};
use flow_lang::plan::Plan;
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Starts of runs are remembered for this long, which is the longest window of a rate.
const STARTS_KEPT_MS: Millis = 24 * 60 * 60 * 1000;
/// Starts of one rule that are remembered.
const STARTS_MAX: u64 = 1_000;

/// The state that the last daemon left.
#[derive(Debug, Default)]
pub struct Loaded {
    /// The digest of each flow's active plan.
    pub active: BTreeMap<String, String>,
    /// By digest: the active plans, and older ones that open runs started with.
    pub plans: BTreeMap<String, Arc<Plan>>,
    /// Runs that have not ended, oldest first.
    pub runs: Vec<OpenRun>,
    /// Runs that have not ended and cannot be read. They stop nobody else.
    pub broken: Vec<BrokenRun>,
    /// By flow and rule, ascending: when runs started, in the last 24 hours.
    pub started: BTreeMap<(String, String), Vec<Millis>>,
    /// By flow and trigger: how far the feed has read.
    pub cursors: BTreeMap<(String, String), Value>,
    /// By flow and trigger: feeds that do not read on.
    pub standings: BTreeMap<(String, String), Standing>,
    /// By flow and trigger: open letters about its items.
    pub letters: BTreeMap<(String, String), u64>,
    /// By flow, rule and dataset: rows since the rule last fired.
    pub growth: BTreeMap<(String, String, String), u64>,
    /// By flow and model: what is live.
    pub live: BTreeMap<(String, String), Deployment>,
    /// By flow and train: the last version.
    pub versions: BTreeMap<(String, String), u64>,
    /// By flow and dataset: how many rows it has.
    pub rows: BTreeMap<(String, String), u64>,
}

/// A run that goes on.
#[derive(Clone, Debug)]
pub struct OpenRun {
    /// Its id.
    pub id: String,
    /// The flow.
    pub flow: String,
    /// The digest of the plan that it started with.
    pub plan: String,
    /// The event that caused it.
    pub event: String,
    /// When it was made.
    pub created: Millis,
    /// Its state.
    pub run: Run,
}

/// A run that cannot be read.
#[derive(Debug)]
pub struct BrokenRun {
    /// Its id.
    pub id: String,
    /// What cannot be read.
    pub why: StoreError,
}

impl Store {
    /// Reads the state that the last daemon left, as of one moment.
    ///
    /// # Errors
    /// The database fails, or a row other than a run's does not read back.
    pub async fn load(&self) -> Result<Loaded, StoreError> {
        let mut reader = self.readers.acquire().await?;
        let mut tx = reader.begin().await?;
        let mut loaded = Loaded::default();
        load_runs(&mut tx, &mut loaded).await?;
        load_plans(&mut tx, &mut loaded).await?;
        load_counts(&mut tx, &mut loaded).await?;
        load_feeds(&mut tx, &mut loaded).await?;
        let since = self.opened.saturating_sub(STARTS_KEPT_MS);
        load_starts(&mut tx, since, &mut loaded).await?;
        tx.rollback().await?;
        Ok(loaded)
    }
}

const RUNS: &str = "select id, flow, plan, event, created, state from runs where ended is null order by id";

async fn load_runs(tx: &mut SqliteConnection, loaded: &mut Loaded) -> Result<(), StoreError> {
    for row in sqlx::query(RUNS).fetch_all(tx).await? {
        let record = Record {
            table: "runs",
            named_by: &["id"],
            row: &row,
        };
        match read_run(&record) {
            Ok(run) => loaded.runs.push(run),
            Err(why) => loaded.broken.push(BrokenRun {
                id: record.get("id")?,
                why,
            }),
        }
    }
    Ok(())
}

fn read_run(record: &Record<'_>) -> Result<OpenRun, StoreError> {
    Ok(OpenRun {
        id: record.get("id")?,
        flow: record.get("flow")?,
        plan: record.get("plan")?,
        event: record.get("event")?,
        created: record.number("created")?,
        run: record.json("state")?,
    })
}

const PLANS: &str = "select p.flow, p.digest, p.plan, f.plan as active from plans p \
     left join flows f on f.flow = p.flow and f.plan = p.digest \
     where f.plan is not null or exists \
     (select 1 from runs r where r.ended is null and r.flow = p.flow and r.plan = p.digest)";

async fn load_plans(tx: &mut SqliteConnection, loaded: &mut Loaded) -> Result<(), StoreError> {
    for row in sqlx::query(PLANS).fetch_all(tx).await? {
        let record = Record {
            table: "plans",
            named_by: &["flow", "digest"],
            row: &row,
        };
        let digest: String = record.get("digest")?;
        if record.get::<Option<&str>>("active")?.is_some() {
            loaded.active.insert(record.get("flow")?, digest.clone());
        }
        loaded.plans.insert(digest, Arc::new(record.json("plan")?));
    }
    Ok(())
}

const CURSORS: &str = "select flow, feed, value from cursors";
const STANDINGS: &str = "select flow, \"trigger\", standing from standings";
const LETTERS: &str = "select flow, place, count(*) as n from dead_letters \
     where kind = 'unprocessable' and state = 'open' group by flow, place";
const GROWTH: &str = "select flow, rule, dataset, \"rows\" from growth";
const LIVE: &str = "select flow, name, number, model, run, at from deployments d \
     where number = (select max(number) from deployments l where l.flow = d.flow and l.name = d.name)";
const VERSIONS: &str = "select flow, train, max(version) as version from versions group by flow, train";
const ROWS: &str = "select flow, dataset, count(*) as n from rows group by flow, dataset";

async fn load_counts(tx: &mut SqliteConnection, loaded: &mut Loaded) -> Result<(), StoreError> {
    for row in sqlx::query(GROWTH).fetch_all(&mut *tx).await? {
        let record = Record {
            table: "growth",
            named_by: &["flow", "rule", "dataset"],
            row: &row,
        };
        let (flow, rule) = pair(&record, "rule")?;
        loaded
            .growth
            .insert((flow, rule, record.get("dataset")?), record.number("rows")?);
    }
    for row in sqlx::query(LIVE).fetch_all(&mut *tx).await? {
        let record = Record {
            table: "deployments",
            named_by: &["flow", "name", "number"],
            row: &row,
        };
        loaded
            .live
            .insert(pair(&record, "name")?, Deployment::read(&record)?);
    }
    for row in sqlx::query(VERSIONS).fetch_all(&mut *tx).await? {
        let record = Record {
            table: "versions",
            named_by: &["flow", "train"],
            row: &row,
        };
        loaded
            .versions
            .insert(pair(&record, "train")?, record.number("version")?);
    }
    for row in sqlx::query(ROWS).fetch_all(&mut *tx).await? {
        let record = Record {
            table: "rows",
            named_by: &["flow", "dataset"],
            row: &row,
        };
        loaded.rows.insert(pair(&record, "dataset")?, record.number("n")?);
    }
    Ok(())
}

async fn load_feeds(tx: &mut SqliteConnection, loaded: &mut Loaded) -> Result<(), StoreError> {
    for row in sqlx::query(CURSORS).fetch_all(&mut *tx).await? {
        let record = Record {
            table: "cursors",
            named_by: &["flow", "feed"],
            row: &row,
        };
        loaded
            .cursors
            .insert(pair(&record, "feed")?, record.json("value")?);
    }
    for row in sqlx::query(STANDINGS).fetch_all(&mut *tx).await? {
        let record = Record {
            table: "standings",
            named_by: &["flow", "trigger"],
            row: &row,
        };
        let standing = match record.json("standing")? {
            Standing::Active => continue,
            standing @ (Standing::Paused | Standing::Gap { .. }) => standing,
        };
        loaded.standings.insert(pair(&record, "trigger")?, standing);
    }
    for row in sqlx::query(LETTERS).fetch_all(&mut *tx).await? {
        let record = Record {
            table: "dead_letters",
            named_by: &["flow", "place"],
            row: &row,
        };
        loaded
            .letters
            .insert(pair(&record, "place")?, record.number("n")?);
    }
    Ok(())
}

/// The flow and one of its names.
fn pair(record: &Record<'_>, column: &'static str) -> Result<(String, String), StoreError> {
    Ok((record.get("flow")?, record.get(column)?))
}

const STARTS: &str = "select flow, graph, started from \
     (select flow, graph, started, \
      row_number() over (partition by flow, graph order by started desc) as place \
      from runs where graph_kind = 'rule' and started > $1) as starts \
     where place <= $2 order by started";

async fn load_starts(
    tx: &mut SqliteConnection,
    since: Millis,
    loaded: &mut Loaded,
) -> Result<(), StoreError> {
    let starts = sqlx::query(STARTS).bind(whole(since)).bind(whole(STARTS_MAX));
    for row in starts.fetch_all(tx).await? {
        let row: &SqliteRow = &row;
        let record = Record {
            table: "runs",
            named_by: &["flow", "graph"],
            row,
        };
        let starts = loaded.started.entry(pair(&record, "graph")?).or_default();
        starts.push(record.number("started")?);
    }
    Ok(())
}

#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    RUNS, PLANS, CURSORS, STANDINGS, LETTERS, GROWTH, LIVE, VERSIONS, ROWS, STARTS,
];
