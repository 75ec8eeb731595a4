//! What a feed says, without the secrets that it was given: a server may repeat what it was sent.

use super::{Again, Feed, FeedError, GapPolicy, Parts, Reading, Start};
use crate::packages;
use crate::redact::{Redaction, Secrets};
use crate::worker::Refused;
use flow_lang::plan::{Plan, Source};
use serde_json::Value;

/// A feed whose failures and refusals tell no secret.
pub(super) struct Guarded {
    feed: Box<dyn Feed>,
    redaction: Redaction,
}

/// What finds the secrets of the package behind a source. One that is not set is a failure of the feed itself.
pub(super) fn redaction(parts: &Parts, plan: &Plan, source: &Source) -> Redaction {
    let Source::Package { package: name, .. } = source else {
        return Redaction::default();
    };
    let package = plan.packages.get(name);
    let secrets = package.and_then(|package| packages::secrets(package, name, &parts.secrets).ok());
    Secrets::new(secrets.unwrap_or_default()).redaction()
}

impl Guarded {
    pub(super) fn new(feed: Box<dyn Feed>, redaction: Redaction) -> Guarded {
        Guarded { feed, redaction }
    }

    fn told(&self, error: FeedError) -> FeedError {
        match error {
            FeedError::Failed { why, wait } => FeedError::Failed {
                why: self.redaction.text(&why).into_owned(),
                wait,
            },
            FeedError::Gap(why) => FeedError::Gap(self.redaction.text(&why).into_owned()),
        }
    }

    fn refused(&self, refused: Refused) -> Refused {
        let why = self.redaction.text(&refused.why).into_owned();
        Refused { why, ..refused }
    }
}

#[async_trait::async_trait]
impl Feed for Guarded {
    async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError> {
        let reading = self
            .feed
            .read(from, max)
            .await
            .map_err(|error| self.told(error))?;
        let refused = reading.refused.into_iter().map(|refused| self.refused(refused));
        Ok(Reading {
            refused: refused.collect(),
            ..reading
        })
    }

    async fn again(&mut self, key: &str) -> Result<Again, FeedError> {
        match self.feed.again(key).await.map_err(|error| self.told(error))? {
            Again::Refused(refused) => Ok(Again::Refused(self.refused(refused))),
            again @ (Again::Item(_) | Again::Known | Again::Gone) => Ok(again),
        }
    }

    async fn position(&mut self, at: Start) -> Result<Value, FeedError> {
        self.feed.position(at).await.map_err(|error| self.told(error))
    }

    fn on_gap(&self) -> GapPolicy {
        self.feed.on_gap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A feed that says what it was told to.
    struct Parrot(&'static str);

    #[async_trait::async_trait]
    impl Feed for Parrot {
        async fn read(&mut self, from: &Value, max: usize) -> Result<Reading, FeedError> {
            let mut reading = Reading::nothing(from);
            reading.refused = vec![self.refused()];
            match max {
                0 => Err(FeedError::Gap(self.0.into())),
                _ => Ok(reading),
            }
        }

        async fn again(&mut self, _key: &str) -> Result<Again, FeedError> {
            Ok(Again::Refused(self.refused()))
        }

        async fn position(&mut self, _at: Start) -> Result<Value, FeedError> {
            Err(FeedError::failed(self.0))
        }
    }

    impl Parrot {
        fn refused(&self) -> Refused {
            Refused {
                key: "k".into(),
                why: self.0.into(),
            }
        }
    }

    #[tokio::test]
    async fn what_a_feed_says_holds_no_secret() {
        let secrets = Secrets::new([("password".to_owned(), "canary4711".to_owned())].into());
        let parrot = Box::new(Parrot("401 for Basic dXNlcjpjYW5hcnk0NzEx, canary4711"));
        let mut feed = Guarded::new(parrot, secrets.redaction());
        let mut said = Vec::new();
        said.push(feed.read(&Value::Null, 0).await.unwrap_err().to_string());
        said.push(feed.read(&Value::Null, 1).await.unwrap().refused[0].why.clone());
        said.push(format!("{:?}", feed.again("k").await.unwrap()));
        said.push(feed.position(Start::Now).await.unwrap_err().to_string());
        for text in said {
            assert!(text.contains("[secret password]"), "{text}");
            assert!(
                !text.contains("canary") && !text.contains("jYW5hcnk0NzEx"),
                "{text}"
            );
        }
    }
}
