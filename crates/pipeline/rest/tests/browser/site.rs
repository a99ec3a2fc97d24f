//! A monitor of its own for each test, and a hand that uses its page.

use std::sync::{Arc, mpsc};
use std::thread::JoinHandle;

use actix_web::rt;
use actix_web::web::{self, ServiceConfig};
use pipeline_ports::PortErrorKind;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::chromium;
use crate::fake::{FakeCluster, bind, message};
use crate::hand::{Hand, answer};

/// What scripts use.
const PRELUDE: &str = r"
const call = async (path) => (await fetch(`/hand/${path}`)).text();
const rows = () => [...document.querySelectorAll('#list > li')];
const keys = () => rows().map((row) => row.querySelector('.key').textContent);
";

pub(crate) struct Site {
    pub(crate) cluster: Arc<FakeCluster>,
    base: String,
    hand: Hand,
    stop: CancellationToken,
    server: Option<JoinHandle<()>>,
}

impl Drop for Site {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(server) = self.server.take() {
            server.join().unwrap();
        }
    }
}

impl Site {
    pub(crate) fn start() -> Self {
        let cluster = Arc::new(FakeCluster::default());
        let hand = Hand::default();
        let stop = CancellationToken::new();
        let (tell, printed) = mpsc::channel();
        let (own, cluster_routes) = (hand.clone(), cluster_routes(&cluster));
        let more = move |routes: &mut ServiceConfig| {
            own.configure(routes);
            cluster_routes(routes);
        };
        let (shown, token) = (cluster.clone(), stop.clone());
        let server = std::thread::spawn(move || {
            rt::System::new().block_on(async {
                let (address, server) = bind(&shown, 0, &token, more);
                tell.send(address).unwrap();
                server.run().await.unwrap();
            });
        });
        Self {
            cluster,
            base: format!("http://{}", printed.recv().unwrap()),
            hand,
            stop,
            server: Some(server),
        }
    }

    /// The document that a browser makes of the page.
    pub(crate) fn document(&self, hash: &str) -> String {
        chromium::document(&format!("{}/{hash}", self.base))
    }

    /// What the script reports after it has used the page.
    pub(crate) fn used(&self, hash: &str, script: &str) -> Value {
        self.hand
            .used(&self.base, hash, &format!("{PRELUDE}{script}"))
    }
}

/// What the script can do to the cluster.
fn cluster_routes(
    cluster: &Arc<FakeCluster>,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let cluster = cluster.clone();
    move |routes| {
        let fail = |failure: Option<PortErrorKind>| {
            let cluster = cluster.clone();
            move || {
                cluster.state().failure = failure;
                answer("text/plain", String::new())
            }
        };
        let (sending, looking) = (cluster.clone(), cluster.clone());
        let send = move |key: web::Path<i64>| {
            let message = message(0, 1_000_000 + *key, *key, "{}");
            sending.state().send("topic1", message);
            answer("text/plain", String::new())
        };
        let looks = move || answer("text/plain", looking.state().looks.to_string());
        routes
            .route("/hand/send/{key}", web::get().to(send))
            .route("/hand/looks", web::get().to(looks))
            .route(
                "/hand/fail",
                web::get().to(fail(Some(PortErrorKind::Unreachable))),
            )
            .route("/hand/heal", web::get().to(fail(None)));
    }
}
