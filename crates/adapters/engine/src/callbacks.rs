//! Notifies the senders of tasks how a task ended.

use std::time::Duration;

use async_trait::async_trait;
use compute_domain::Outcome;
use compute_ports::{CallbackError, Callbacks};
use platform_egress::{AllowedHosts, Answer, may_pass};
use reqwest::Client;

use crate::wire;

/// How long a response may take: in a pipeline, it arrives once the next services have their tasks.
const ANSWER_TIME: Duration = Duration::from_secs(60);

/// Sends callbacks over HTTP to allowed hosts.
#[derive(Clone, Debug)]
pub struct HttpCallbacks {
    hosts: AllowedHosts,
    client: Client,
}

impl HttpCallbacks {
    /// Sends to these hosts only.
    ///
    /// # Errors
    /// If the client cannot be set up, for example its TLS.
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
        // The list may have changed at a restart.
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
