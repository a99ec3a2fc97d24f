//! The senders of tasks, told how a task ended.

use std::time::Duration;

use async_trait::async_trait;
use compute_domain::Outcome;
use compute_ports::{CallbackError, Callbacks};
use platform_egress::{AllowedHosts, Answer, may_pass};
use reqwest::Client;

use crate::wire;

/// How long an answer may take: in a pipeline it comes when the next services have their tasks.
const ANSWER_TIME: Duration = Duration::from_secs(60);

/// Senders over HTTP, on the hosts that are allowed.
#[derive(Clone, Debug)]
pub struct HttpCallbacks {
    hosts: AllowedHosts,
    client: Client,
}

impl HttpCallbacks {
    /// Tells senders on these hosts.
    ///
    /// # Errors
    /// If the client cannot be set up, its TLS for example.
    pub fn new(hosts: AllowedHosts) -> reqwest::Result<Self> {
        let client = hosts.client()?;
        Ok(Self { hosts, client })
    }
}

#[async_trait]
impl Callbacks for HttpCallbacks {
    fn check(&self, url: &str) -> Result<(), String> {
        self.hosts.check(url).map(drop)
    }

    async fn send(&self, url: &str, outcome: &Outcome) -> Result<(), CallbackError> {
        // A restart may have changed the list.
        let url = self.hosts.check(url).map_err(CallbackError::Refused)?;
        let request = self
            .client
            .patch(url)
            .timeout(ANSWER_TIME)
            .json(&wire::update(outcome));
        let answer = Answer::to(request).await.map_err(CallbackError::Passing)?;
        match answer.status {
            status if status.is_success() => Ok(()),
            status if may_pass(status) => Err(CallbackError::Passing(answer.sentence())),
            _ => Err(CallbackError::Refused(answer.sentence())),
        }
    }
}
