//! What has to hold when a life is over.

use super::clients::CANARY;
use super::world::{FLOW, World};
use flow_engine::{GraphRef, mutants};
use flow_lang::plan::Overlap;
use flowd::store::{LetterFilter, Matter, RunFilter, StatusKind, verify};
use flowd::worker::News;
use std::collections::{BTreeMap, BTreeSet};

impl World {
    /// Answers what was answered before once more: nothing may come of it.
    pub(super) async fn answer_again(&mut self, id: u64) {
        self.settle().await;
        let known = self.platform.calls.get(&id).is_some_and(|call| call.answered);
        if self.life.is_none() || self.jumped || !known {
            return;
        }
        let (run, token, answer) = self.answer_of(id);
        let commits = self.place.disk.commits();
        self.tell(
            "stale answer",
            flowd::worker::Message::Answer {
                flow: FLOW.into(),
                run,
                token,
                answer,
            },
        )
        .await;
        self.settle().await;
        let after = self.place.disk.commits();
        self.hold(commits == after, "I9", || {
            format!("a stale answer to {token:?} counted")
        });
        self.seen.note("a stale result refused");
    }

    pub(super) fn hear_replies(&mut self) {
        while let Ok(news) = self.news.try_recv() {
            if let News::RunStarted { graph, .. } = news {
                let now = self.now();
                self.starts.entry(graph).or_default().push(now);
            }
        }
        self.hear_clients();
        self.hear_sources();
    }

    /// Holds what is left against all promises; the digest of the log.
    pub(super) async fn judge(&mut self) -> String {
        // A crash that no commit has met does not meet the last one.
        self.place.disk.spare();
        self.hold_intake().await;
        self.hold_feeds().await;
        self.hold_rates();
        for ((run, step), (sent, again)) in &self.platform.once {
            self.hold(*sent <= 1 + again, "P4", || {
                format!("once step `{step}` of {run} was sent {sent} times")
            });
        }
        let life = self.life.take().expect("it lives until it is judged");
        // A daemon that is closed has a last look at the clock, and may note something.
        self.place.disk.spare();
        life.handle.close().await;
        let head = life.store.head().await.expect("it has committed");
        life.bury().await;
        self.hold_private();
        // Whoever checks has no bug.
        mutants::plant(None);
        let report = verify(&self.place.database).await;
        let report = report.unwrap_or_else(|error| self.fail("I1", &error.to_string()));
        self.hold(report.is_clean(), "verify", || report.to_string());
        self.seen.note("a life");
        head
    }

    /// I24: no more runs of a rule start than its rate allows.
    fn hold_rates(&mut self) {
        if !self.steady {
            return;
        }
        for (name, rule) in &super::flows::plan(self.plan).rules {
            let (Some(rate), Some(starts)) = (rule.rate, self.starts.get(name).cloned()) else {
                continue;
            };
            let count = usize::try_from(rate.count).expect("rates are small");
            for window in starts.windows(count + 1) {
                let took = window[count] - window[0];
                self.hold(took >= rate.per_ms, "I24", || {
                    format!("`{name}` started {} runs in {took} ms", count + 1)
                });
            }
            if starts.len() > count {
                self.seen.note("a rate that was reached");
            }
        }
    }

    /// P1, P2: what was accepted is there, under the id that was told.
    async fn hold_intake(&self) {
        let life = self.life.as_ref().expect("it lives until it is judged");
        for client in &self.clients {
            let source = format!("trigger/{}", client.trigger);
            let event = life
                .store
                .event(FLOW, &source, &client.key)
                .await
                .expect("the database can be read");
            let accepted = client.accepted.as_ref().expect("all have heard");
            let kept = event.is_some_and(|event| {
                let same = |field: &str| event.payload[field] == client.payload[field];
                event.id == accepted.event && same("k") && same("n")
            });
            self.hold(kept, "P1", || {
                format!("`{}` was accepted and is not there as it was", client.key)
            });
        }
    }

    /// I24: a rule that queues has one run under way.
    pub(super) async fn hold_overlap(&self) {
        let Some(life) = &self.life else { return };
        let filter = RunFilter {
            status: Some(StatusKind::Running),
            ..RunFilter::default()
        };
        let running = life.store.runs(&filter).await.expect("the database can be read");
        let mut queued = BTreeMap::<String, u64>::new();
        for run in running {
            let GraphRef::Rule(rule) = run.graph else { continue };
            if super::flows::by_digest(&run.plan).rules[&rule].overlap == Overlap::Queue {
                *queued.entry(rule).or_default() += 1;
            }
        }
        for (rule, count) in queued {
            self.hold(count <= 1, "I24", || {
                format!("`{rule}` queues and has {count} runs under way")
            });
        }
    }

    /// I25: what is private stands nowhere in the clear.
    fn hold_private(&self) {
        let database = std::fs::read(&self.place.database).expect("the database is a file");
        let canary = CANARY.as_bytes();
        let found = database.windows(canary.len()).any(|bytes| bytes == canary);
        self.hold(!found, "I25", || "a private value is in the database".to_owned());
    }

    /// I6: each item of a source that could be read is one event, or a dead letter.
    async fn hold_feeds(&self) {
        let store = &self.life.as_ref().expect("it lives until it is judged").store;
        for source in &self.sources {
            let keys = store.keys(FLOW, &format!("trigger/{}", source.trigger)).await;
            let keys: BTreeSet<String> = keys.expect("the database can be read").into_iter().collect();
            let filter = LetterFilter {
                trigger: Some(source.trigger.into()),
                all: true,
                ..LetterFilter::default()
            };
            let letters = store.letters(&filter).await.expect("the database can be read");
            let letters: BTreeSet<&String> = letters
                .iter()
                .filter_map(|letter| match &letter.matter {
                    Matter::Unprocessable { key, .. } => Some(key),
                    Matter::Failed { .. } => None,
                })
                .collect();
            for entry in source.items.iter().filter(|entry| !entry.lost) {
                let kept = if entry.fits {
                    keys.contains(&entry.key)
                } else {
                    letters.contains(&entry.key)
                };
                self.hold(kept, "I6", || {
                    format!("`{}` of `{}` is lost", entry.key, source.trigger)
                });
            }
            let known: BTreeSet<&String> = source.items.iter().map(|entry| &entry.key).collect();
            self.hold(keys.iter().all(|key| known.contains(key)), "I6", || {
                format!("`{}` never had one of {keys:?}", source.trigger)
            });
        }
    }
}
