//! A monitor of its own for each test, and a hand that uses its page.

use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use actix_web::web::{self, Bytes, ServiceConfig};
use actix_web::{HttpResponse, rt};
use pipeline_ports::PortErrorKind;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::chromium;
use crate::fake::{FakeCluster, bind, message};

/// Opens the page. A file of its own: the policy of content allows no script within a page.
const HAND: &str = "<!doctype html><script src=/hand/open.js></script>";

/// The page, with the script of the test after its own.
const OPEN: &str = "fetch('/').then((page) => page.text()).then((page) => {
  document.open();
  document.write(page.replace('</body>', '<script type=module src=/hand/script.js></script></body>'));
  document.close();
});";

/// What scripts use.
const PRELUDE: &str = r"
const get = (id) => document.getElementById(id);
const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const call = async (path) => (await fetch(`/hand/${path}`)).text();
const rows = () => [...document.querySelectorAll('#list > li')];
const keys = () => rows().map((row) => row.querySelector('.key').textContent);
const report = (value) => fetch('/hand/report', { method: 'POST', body: JSON.stringify(value) });
await wait(2500);
";

pub(crate) struct Site {
    pub(crate) cluster: Arc<FakeCluster>,
    base: String,
    script: Arc<Mutex<String>>,
    report: Arc<Mutex<Option<Value>>>,
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
        let script = Arc::<Mutex<String>>::default();
        let report = Arc::<Mutex<Option<Value>>>::default();
        let stop = CancellationToken::new();
        let (tell, printed) = mpsc::channel();
        let more = hand(&cluster, &script, &report);
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
            script,
            report,
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
        *self.script.lock().unwrap() = format!("{PRELUDE}{script}");
        let document = chromium::document(&format!("{}/hand/page{hash}", self.base));
        let report = self.report.lock().unwrap().take();
        report.unwrap_or_else(|| panic!("the script did not come to its end: {document}"))
    }
}

/// What the script can do to the cluster.
fn hand(
    cluster: &Arc<FakeCluster>,
    script: &Arc<Mutex<String>>,
    report: &Arc<Mutex<Option<Value>>>,
) -> impl Fn(&mut ServiceConfig) + Clone + Send + 'static {
    let (cluster, script, report) = (cluster.clone(), script.clone(), report.clone());
    let ok = |media_type: &'static str, body: String| async move {
        HttpResponse::Ok().content_type(media_type).body(body)
    };
    move |routes| {
        let script = script.clone();
        let text = move || ok("text/javascript", script.lock().unwrap().clone());
        let fail = |failure: Option<PortErrorKind>| {
            let cluster = cluster.clone();
            move || {
                cluster.state().failure = failure;
                ok("text/plain", String::new())
            }
        };
        let (sending, looking, report) = (cluster.clone(), cluster.clone(), report.clone());
        let send = move |key: web::Path<i64>| {
            let message = message(0, 1_000_000 + *key, *key, "{}");
            sending.state().send("topic1", message);
            ok("text/plain", String::new())
        };
        let looks = move || ok("text/plain", looking.state().looks.to_string());
        let take = move |body: Bytes| {
            *report.lock().unwrap() = Some(serde_json::from_slice(&body).unwrap());
            ok("text/plain", String::new())
        };
        routes
            .route(
                "/hand/page",
                web::get().to(move || ok("text/html", HAND.to_owned())),
            )
            .route(
                "/hand/open.js",
                web::get().to(move || ok("text/javascript", OPEN.to_owned())),
            )
            .route("/hand/script.js", web::get().to(text))
            .route("/hand/send/{key}", web::get().to(send))
            .route("/hand/looks", web::get().to(looks))
            .route(
                "/hand/fail",
                web::get().to(fail(Some(PortErrorKind::Unreachable))),
            )
            .route("/hand/heal", web::get().to(fail(None)))
            .route("/hand/report", web::post().to(take));
    }
}
