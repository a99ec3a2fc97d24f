use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use compute_application::{AnnouncePolicy, Announcer, Reach};
use compute_ports::contract::copying;
use compute_ports::{Announcement, EngineError, EngineErrorKind, Engines, Ping, Registration};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::harness::Running;

/// Engines that are away for a time, and forget when told.
struct Fakes {
    began: Instant,
    /// Until when engine `b` is away.
    away: Duration,
    forgets: Mutex<bool>,
    heard: Mutex<Vec<(u64, String)>>,
}

impl Fakes {
    fn hear(&self, engine: &str, what: &str) {
        let second = self.began.elapsed().as_secs();
        self.heard
            .lock()
            .unwrap()
            .push((second, format!("{engine} {what}")));
    }

    fn heard(&self, what: &str) -> Vec<u64> {
        let heard = self.heard.lock().unwrap();
        heard
            .iter()
            .filter(|(_, one)| one == what)
            .map(|(second, _)| *second)
            .collect()
    }
}

#[async_trait]
impl Engines for Fakes {
    async fn announce(&self, engine: &str, _: &Announcement) -> Result<Registration, EngineError> {
        self.hear(engine, "announce");
        if engine == "b" && self.began.elapsed() < self.away {
            return Err(EngineError {
                kind: EngineErrorKind::Unreachable,
                message: "connection refused".to_owned(),
            });
        }
        Ok(Registration { id: "7".to_owned() })
    }

    async fn ping(&self, engine: &str, slug: &str) -> Result<Ping, EngineError> {
        assert_eq!(slug, "copy");
        self.hear(engine, "ping");
        let forgotten = engine == "a" && std::mem::take(&mut *self.forgets.lock().unwrap());
        Ok(if forgotten {
            Ping::Forgotten
        } else {
            Ping::Known
        })
    }

    async fn take_leave(
        &self,
        engine: &str,
        registration: &Registration,
    ) -> Result<(), EngineError> {
        assert_eq!(registration.id, "7");
        self.hear(engine, "leave");
        Ok(())
    }
}

#[tokio::test(start_paused = true)]
async fn each_engine_has_its_own_tries_is_pinged_and_told_again_when_it_forgets() {
    let fakes = Arc::new(Fakes {
        began: Instant::now(),
        away: Duration::from_secs(20),
        forgets: Mutex::new(false),
        heard: Mutex::default(),
    });
    let announcement = Announcement {
        service: copying(),
        url: "http://copy:9090".to_owned(),
        docs_url: "http://copy:9090/docs".to_owned(),
    };
    let policy = AnnouncePolicy {
        retries: 3,
        retry_delay: Duration::from_secs(3),
        ping_every: Duration::from_secs(10),
    };
    let urls = ["a", "b"].map(str::to_owned).to_vec();
    let announcer = Announcer::new(fakes.clone(), Arc::new(Running), urls, announcement, policy);
    let stop = CancellationToken::new();
    let running = {
        let (announcer, stop) = (announcer.clone(), stop.clone());
        tokio::spawn(async move { announcer.run(stop).await })
    };
    sleep(Duration::from_secs(15)).await;
    assert_eq!(fakes.heard("a announce"), [0]);
    assert_eq!(
        fakes.heard("a ping"),
        [0, 10],
        "at once, then every ten seconds"
    );
    assert_eq!(
        fakes.heard("b announce"),
        [0, 3, 6],
        "three tries, three seconds apart"
    );
    let views = announcer.views();
    assert!(matches!(views[0].reach, Reach::Registered(_)), "{views:?}");
    let failing = Reach::Failing {
        attempts: 3,
        why: "connection refused".to_owned(),
    };
    assert_eq!(views[1].reach, failing);

    *fakes.forgets.lock().unwrap() = true;
    sleep(Duration::from_secs(30)).await;
    assert_eq!(
        fakes.heard("a announce"),
        [0, 20],
        "forgotten, told again at once"
    );
    assert_eq!(fakes.heard("a ping"), [0, 10, 20, 20, 30, 40]);
    assert_eq!(
        fakes.heard("b announce"),
        [0, 3, 6, 36],
        "later more seldom, and for ever"
    );

    stop.cancel();
    running.await.unwrap();
    assert_eq!(
        (fakes.heard("a leave"), fakes.heard("b leave")),
        (vec![45], vec![45])
    );
    assert!(
        announcer
            .views()
            .iter()
            .all(|view| view.reach == Reach::Left)
    );
}
