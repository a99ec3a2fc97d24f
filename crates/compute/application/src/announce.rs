//! Registers the service with engines and keeps it registered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compute_domain::Timestamp;
use compute_ports::{Announcement, Clock, EngineError, Engines, Ping, Registration};
use futures::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often to contact engines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncePolicy {
    /// Number of retries, one [`retry_delay`](Self::retry_delay) apart.
    pub retries: u32,
    /// How long to wait after a failed attempt. After the last retry, attempts continue
    /// indefinitely at ten times this interval.
    pub retry_delay: Duration,
    /// Interval between heartbeats. An engine considers a service dead after 50 s.
    pub ping_every: Duration,
}

/// How long deregistering from all engines may take.
const LEAVE_TIME: Duration = Duration::from_secs(5);

/// The state of the relationship with an engine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It was not contacted yet, or it has forgotten the service.
    Unregistered,
    /// The last attempt failed.
    Failing {
        /// Attempts since the service was last registered.
        attempts: u32,
        /// Why the last one failed, for people.
        why: String,
    },
    /// The service is registered; when the engine last confirmed it.
    Registered(Timestamp),
    /// The service is registered, but the last heartbeat failed; why, for people.
    Silent(String),
    /// The service has deregistered.
    Left,
}

/// An engine, for display.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineView {
    /// Its URL.
    pub url: String,
    /// The state of the relationship with it.
    pub reach: Reach,
}

/// Registers a service with engines, independently of each other. Clones share their state.
#[derive(Clone)]
pub struct Announcer {
    engines: Arc<dyn Engines>,
    clock: Arc<dyn Clock>,
    announcement: Arc<Announcement>,
    policy: AnnouncePolicy,
    views: Arc<Mutex<Vec<EngineView>>>,
}

impl Announcer {
    /// For the engines at these URLs; they are contacted once it [runs](Self::run).
    pub fn new(
        engines: Arc<dyn Engines>,
        clock: Arc<dyn Clock>,
        urls: Vec<String>,
        announcement: Announcement,
        policy: AnnouncePolicy,
    ) -> Self {
        let view = |url| EngineView {
            url,
            reach: Reach::Unregistered,
        };
        Self {
            engines,
            clock,
            announcement: Arc::new(announcement),
            policy,
            views: Arc::new(Mutex::new(urls.into_iter().map(view).collect())),
        }
    }

    /// The engines, for display.
    pub fn views(&self) -> Vec<EngineView> {
        self.lock().clone()
    }

    /// Keeps the service registered with all engines until `stop` is cancelled, then deregisters.
    /// The service must be listening already. An unavailable engine does not affect the others.
    pub async fn run(&self, stop: CancellationToken) {
        let urls: Vec<_> = self.views().into_iter().map(|view| view.url).collect();
        let stop = &stop;
        let each = urls.iter().enumerate().map(|(index, url)| async move {
            let mut registration = None;
            stop.run_until_cancelled(self.keep_known(index, url, &mut registration))
                .await;
            if let Some(registration) = registration {
                self.take_leave(index, url, &registration).await;
            }
        });
        join_all(each).await;
    }

    async fn keep_known(&self, index: usize, url: &str, known_as: &mut Option<Registration>) {
        loop {
            *known_as = Some(self.register(index, url).await);
            let slug = self.announcement.service.slug();
            // The first heartbeat is immediate: the engine may remember the last one of an earlier
            // process.
            loop {
                match self.engines.ping(url, slug).await {
                    Ok(Ping::Known) => self.note(index, Reach::Registered(self.clock.now())),
                    Ok(Ping::Forgotten) => break,
                    Err(error) => {
                        tracing::warn!(engine = url, %error, "a heartbeat to an engine failed");
                        self.note(index, Reach::Silent(error.message));
                    }
                }
                sleep(self.policy.ping_every).await;
            }
            tracing::warn!(
                engine = url,
                "an engine no longer knows the service; registering again"
            );
            self.note(index, Reach::Unregistered);
        }
    }

    async fn register(&self, index: usize, url: &str) -> Registration {
        let mut attempts = 0;
        loop {
            match self.engines.announce(url, &self.announcement).await {
                Ok(registration) => {
                    tracing::info!(engine = url, "the service is registered with the engine");
                    self.note(index, Reach::Registered(self.clock.now()));
                    return registration;
                }
                Err(EngineError { message: why, .. }) => {
                    attempts += 1;
                    // Further warnings would fill the log of a service whose engine stays
                    // unavailable.
                    if attempts <= self.policy.retries {
                        tracing::warn!(
                            engine = url,
                            attempts,
                            why,
                            "registering with an engine failed"
                        );
                    }
                    self.note(index, Reach::Failing { attempts, why });
                }
            }
            let seldom = if attempts < self.policy.retries {
                1
            } else {
                10
            };
            sleep(self.policy.retry_delay * seldom).await;
        }
    }

    async fn take_leave(&self, index: usize, url: &str, registration: &Registration) {
        let left = self.engines.take_leave(url, registration);
        match timeout(LEAVE_TIME, left).await {
            Ok(Ok(())) => self.note(index, Reach::Left),
            Ok(Err(error)) => {
                tracing::warn!(engine = url, %error, "deregistering from an engine failed")
            }
            Err(_) => tracing::warn!(engine = url, "deregistering from an engine took too long"),
        }
    }

    fn note(&self, index: usize, reach: Reach) {
        self.lock()[index].reach = reach;
    }

    fn lock(&self) -> MutexGuard<'_, Vec<EngineView>> {
        self.views.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
