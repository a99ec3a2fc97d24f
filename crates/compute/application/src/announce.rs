//! Making the service known to engines, and keeping it known.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use compute_domain::Timestamp;
use compute_ports::{Announcement, Clock, EngineError, Engines, Ping, Registration};
use futures::future::join_all;
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How an engine is told of the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AnnouncePolicy {
    /// How often it is tried, one [`retry_delay`](Self::retry_delay) apart.
    pub retries: u32,
    /// How long to wait after an attempt that failed. After the last of the retries it goes on ten
    /// times more seldom, for ever.
    pub retry_delay: Duration,
    /// How often a sign of life is given. An engine takes a service for dead after 50 s.
    pub ping_every: Duration,
}

/// How long taking leave of all engines may take.
const LEAVE_TIME: Duration = Duration::from_secs(5);

/// What an engine and the service have to do with each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reach {
    /// It was not asked yet, or it has forgotten the service.
    Unregistered,
    /// The last attempt failed; how often it was tried, and why, for people.
    Failing {
        /// Attempts since it last knew the service.
        attempts: u32,
        /// Why the last one failed.
        why: String,
    },
    /// It knows the service; when it last said so.
    Registered(Timestamp),
    /// It knew the service, but the last sign of life did not arrive; why, for people.
    Silent(String),
    /// It was told that the service stops.
    Left,
}

/// An engine, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineView {
    /// Its URL.
    pub url: String,
    /// What it and the service have to do with each other.
    pub reach: Reach,
}

/// Makes a service known to engines, each on its own. Clones are the same.
#[derive(Clone)]
pub struct Announcer {
    engines: Arc<dyn Engines>,
    clock: Arc<dyn Clock>,
    announcement: Arc<Announcement>,
    policy: AnnouncePolicy,
    views: Arc<Mutex<Vec<EngineView>>>,
}

impl Announcer {
    /// For the engines at these URLs; each is told once it [runs](Self::run).
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

    /// The engines, for people.
    pub fn views(&self) -> Vec<EngineView> {
        self.lock().clone()
    }

    /// Keeps the service known to all engines until `stop` is cancelled, and then takes leave. The
    /// service must listen already. An engine that is away disturbs nobody.
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
            // At once: the engine may remember the last sign of life of a process before this one.
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
                    // Later attempts would fill the log of a service whose engine stays away.
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
