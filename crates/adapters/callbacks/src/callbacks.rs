//! Sends callbacks.

use std::time::Duration;

use async_trait::async_trait;
use emulator_domain::Timestamp;
use emulator_domain::emulation::{CallbackEvent, CallbackOutcome, Emulation};
use emulator_ports::Callbacks;
use platform_egress::{AllowedHosts, Answer, StatusCode};
use reqwest::Client;
use reqwest::header::CONTENT_TYPE;
use secrecy::SecretString;

use crate::CallbackConfig;
use crate::body::body;
use crate::seal::{open, seal};
use crate::signature::{HEADER, signature};

/// How long a receiver may take to respond.
const ANSWER_TIME: Duration = Duration::from_secs(10);

/// Maximum length of a URL in bytes.
const LONGEST_URL: usize = 2_048;

/// Why a stored URL cannot be decrypted.
const OTHER_SECRET: &str = "its URL was kept under another callbacks.secret; \
                            callbacks.former_secret takes the one before";

/// Signed callbacks to receivers on the allowed hosts.
#[derive(Clone, Debug)]
pub struct SignedCallbacks {
    hosts: AllowedHosts,
    client: Client,
    secret: SecretString,
    former: Option<SecretString>,
}

impl SignedCallbacks {
    /// Creates the sender; sends nothing yet.
    ///
    /// # Errors
    /// If the client cannot be set up, for example its TLS.
    pub fn new(config: CallbackConfig) -> reqwest::Result<Self> {
        Ok(Self {
            client: config.hosts.client()?,
            hosts: config.hosts,
            secret: config.secret,
            former: config.former,
        })
    }
}

#[async_trait]
impl Callbacks for SignedCallbacks {
    fn check(&self, url: &str) -> Result<String, String> {
        if url.len() > LONGEST_URL {
            let got = url.len();
            return Err(format!(
                "the URL has {got} bytes; expected at most {LONGEST_URL}"
            ));
        }
        let url = self.hosts.check(url)?;
        Ok(seal(&self.secret, &url))
    }

    async fn notify(
        &self,
        kept: &str,
        event: CallbackEvent,
        run: &Emulation,
        now: Timestamp,
    ) -> CallbackOutcome {
        let secrets = [&self.secret].into_iter().chain(&self.former);
        let Some(url) = open(secrets, kept) else {
            return CallbackOutcome::Refused(OTHER_SECRET.to_owned());
        };
        // The list may have changed at a restart.
        let url = match self.hosts.check(&url) {
            Ok(url) => url,
            Err(why) => return CallbackOutcome::Refused(why),
        };
        let body = body(event, run);
        let request = self
            .client
            .post(url)
            .timeout(ANSWER_TIME)
            .header(CONTENT_TYPE, "application/json")
            .header(HEADER, signature(&self.secret, now, &body))
            .body(body);
        match Answer::to(request).await {
            Err(why) => CallbackOutcome::Retryable(why),
            Ok(answer) => match answer.status {
                status if status.is_success() => CallbackOutcome::Accepted,
                StatusCode::GONE => CallbackOutcome::Refused(answer.sentence()),
                // Any other response may be transient: the receiver may be restarting, or may have
                // another secret for now. A redirect is not followed, because its target was not
                // allowed.
                _ => CallbackOutcome::Retryable(answer.sentence()),
            },
        }
    }
}
