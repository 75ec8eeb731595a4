//! Retries and pauses happen once and stay, whenever the daemon dies around them.

use super::{PROGRAM, SIGKILL};
use flow_tests::daemon::{Death, Home};
use flow_tests::kept::Kept;
use flow_tests::wait::until;
use flowd::store::{LetterState, Standing};
use serde_json::{Value, json};
use std::fs;
use std::os::unix::process::ExitStatusExt;

/// Bytes that a note may not have.
const TOO_LONG: usize = 1025;
/// Commits until a note that did not fit is a row.
const FILES_COMMITS: u64 = 6;
/// Commits until a run that failed has failed again.
const BAD_COMMITS: u64 = 6;
/// Deaths that may come too late, since commits are grouped by the moment.
const LATE_MAX: usize = 4;

/// Nobody answers any more.
struct Dead;

/// A client of a daemon that may die between any two words.
struct Client {
    server: String,
    http: reqwest::Client,
}

impl Client {
    async fn post(&self, path: &str, body: &Value) -> Result<Value, Dead> {
        let request = self.http.post(format!("{}{path}", self.server)).json(body);
        request
            .send()
            .await
            .map_err(|_| Dead)?
            .json()
            .await
            .map_err(|_| Dead)
    }

    async fn get(&self, path: &str) -> Result<Value, Dead> {
        let request = self.http.get(format!("{}{path}", self.server));
        request
            .send()
            .await
            .map_err(|_| Dead)?
            .json()
            .await
            .map_err(|_| Dead)
    }

    /// Waits until there are so many letters; the oldest.
    async fn letter(&self, count: usize) -> Result<String, Dead> {
        until(&format!("{count} dead letters"), async || {
            let letters = match self.get("/v1/dlq?all=true").await {
                Ok(letters) => letters,
                Err(dead) => return Some(Err(dead)),
            };
            let letters = letters.as_array()?;
            let oldest = letters.last().filter(|_| letters.len() == count)?;
            Some(Ok(oldest["id"].as_str()?.to_owned()))
        })
        .await
    }
}

/// A life with a death in it, and one that does all of it again. Whether it died.
async fn live_twice(
    project: &str,
    death: Death,
    story: impl AsyncFn(&Home, &Client) -> Result<(), Dead>,
) -> (Home, bool) {
    let home = Home::of(project, PROGRAM);
    if project.ends_with("files") {
        let folder = home.project().join("inbox/2");
        fs::create_dir_all(&folder).expect("the folder of the test can be written");
        fs::write(folder.join("a.txt"), "x".repeat(TOO_LONG)).expect("the folder of the test can be written");
    }
    let mut running = home.up(&[], Some(death));
    if let Some(server) = running.address().await {
        let http = flowd::outbound::direct();
        let told = story(&home, &Client { server, http }).await;
        if told.is_ok() {
            // It outlived its death: commits are grouped by the moment.
            running.end(Some(Death::Lines(0))).await;
            return (home, false);
        }
    }
    let (status, printed) = running.end(Some(death)).await;
    assert_eq!(status.signal(), Some(SIGKILL), "{death:?}: {status}\n{printed}");
    let mut running = home.up(&[], None);
    let server = running.address().await.expect("nothing kills it now");
    let http = flowd::outbound::direct();
    let told = story(&home, &Client { server, http }).await;
    assert!(told.is_ok(), "{death:?}: {}", home.complaints());
    running.end(Some(Death::Lines(0))).await;
    (home, true)
}

fn deaths(commits: u64) -> impl Iterator<Item = Death> {
    (2..=commits).flat_map(|commit| [Death::Before(commit), Death::After(commit)])
}

#[tokio::test(flavor = "multi_thread")]
async fn an_item_comes_in_once_and_a_pause_stays() {
    let mut late = 0;
    for death in deaths(FILES_COMMITS) {
        let (home, struck) = live_twice("tests/projects/files", death, mend).await;
        let kept = Kept::open(&home, "files").await;
        assert_eq!(kept.standing("noted").await, Standing::Paused, "{death:?}");
        assert_eq!(kept.keys("trigger/noted").await.len(), 1, "{death:?}: events");
        assert_eq!(kept.rows("seen").await.len(), 1, "{death:?}: rows");
        let states: Vec<_> = kept.letters().await.iter().map(|letter| letter.state).collect();
        assert_eq!(states, [LetterState::Retried], "{death:?}");
        late += usize::from(!struck);
    }
    assert!(late <= LATE_MAX, "{late} lives outlived their death");
}

/// A note is too long; its feed is paused, it is made shorter and read anew. The pause stays.
async fn mend(home: &Home, client: &Client) -> Result<(), Dead> {
    let letter = client.letter(1).await?;
    client
        .post("/v1/flows/files/triggers/noted/pause", &json!({}))
        .await?;
    let triggers = client.get("/v1/triggers").await?;
    let noted = triggers
        .as_array()
        .into_iter()
        .flatten()
        .find(|one| one["name"] == "noted");
    assert_eq!(noted.map(|noted| &noted["state"]), Some(&json!("paused")));
    fs::write(home.project().join("inbox/2/a.txt"), "short").expect("the folder of the test can be written");
    let answer = client
        .post(&format!("/v1/dlq/{letter}/retry"), &json!({}))
        .await?;
    assert_eq!(answer["state"], "retried", "{answer}");
    let again = client
        .post(&format!("/v1/dlq/{letter}/retry"), &json!({}))
        .await?;
    assert_eq!(
        (&again["outcome"], &again["repeated"]),
        (&answer["outcome"], &json!(true))
    );
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_run_is_retried_once() {
    let mut late = 0;
    for death in deaths(BAD_COMMITS).skip(2) {
        let (home, struck) = live_twice("tests/projects/bad", death, fail_twice).await;
        let kept = Kept::open(&home, "bad").await;
        let letters = kept.letters().await;
        let states: Vec<_> = letters.iter().map(|letter| letter.state).collect();
        assert_eq!(states, [LetterState::Open, LetterState::Retried], "{death:?}");
        let statuses: Vec<_> = kept.statuses().await.into_iter().collect();
        assert_eq!(statuses, [("failed", 2)], "{death:?}: runs");
        assert_eq!(letters[0].event, letters[1].event, "{death:?}");
        late += usize::from(!struck);
    }
    assert!(late <= LATE_MAX, "{late} lives outlived their death");
}

/// A function fails; its run is retried, and fails again.
async fn fail_twice(_home: &Home, client: &Client) -> Result<(), Dead> {
    let path = format!("{}/v1/flows/bad/triggers/plain", client.server);
    let fire = client.http.post(path).header("idempotency-key", "once");
    fire.json(&json!({ "how": "leave" }))
        .send()
        .await
        .map_err(|_| Dead)?;
    let before = client.get("/v1/dlq?all=true").await?;
    let letter = match before.as_array().and_then(|letters| letters.last()) {
        Some(letter) => letter["id"].as_str().expect("an id").to_owned(),
        None => client.letter(1).await?,
    };
    let answer = client
        .post(&format!("/v1/dlq/{letter}/retry"), &json!({}))
        .await?;
    assert_eq!(answer["state"], "retried", "{answer}");
    client.letter(2).await?;
    Ok(())
}
