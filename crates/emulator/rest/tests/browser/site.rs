//! An emulator of its own for each test, and a hand that uses its page.

use std::fs;
use std::path::Path;
use std::sync::mpsc;
use std::thread::JoinHandle;

use actix_web::rt;
use actix_web::web;
use emulator_rest::routes;
use platform_http::Server;
use platform_http::settings::HttpSettings;
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::hand::{Hand, answer};
use crate::service::Service;

pub(crate) struct Site {
    /// The ids of the runs it was started with.
    pub(crate) runs: Vec<String>,
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
    /// With runs that differ like this from the usual one.
    pub(crate) fn start(requests: &[Value]) -> Self {
        let (hand, stop) = (Hand::default(), CancellationToken::new());
        let (own, token, requests) = (hand.clone(), stop.clone(), requests.to_vec());
        let (tell, told) = mpsc::channel();
        let server = std::thread::spawn(move || {
            rt::System::new().block_on(async {
                let service = Service::start().await;
                let mut runs = Vec::new();
                for request in requests {
                    runs.push(start(&service, &request).await);
                }
                let routes = routes(service.state.clone()).with(move |config| {
                    own.configure(config);
                    config.route("/hand/axe.js", web::get().to(axe));
                });
                let settings = HttpSettings::loopback();
                let server = Server::bind(&settings, routes, None, token).unwrap();
                tell.send((server.address(), runs)).unwrap();
                server.run().await.unwrap();
                service
                    .emulator
                    .shut_down(std::time::Duration::from_secs(5))
                    .await;
            });
        });
        let (address, runs) = told.recv().unwrap();
        Self {
            runs,
            base: format!("http://{address}"),
            hand,
            stop,
            server: Some(server),
        }
    }

    /// What the script reports after it has used the page.
    pub(crate) fn used(&self, hash: &str, script: &str) -> Value {
        self.hand.used_live(&self.base, hash, script)
    }
}

async fn start(service: &Service, request: &Value) -> String {
    let mut body = json!({
        "emulator_sync": "null", "emulation_domain": "transaction", "format_type": "json",
        "sync_type": "grouped", "max_chunk_size": 1024, "timeout": 10,
    });
    for (name, value) in request.as_object().unwrap() {
        body[name] = value.clone();
    }
    let answer = service.post("/emulator", &body).await;
    answer.json()["id"].as_str().unwrap().to_owned()
}

/// The library that finds what keeps people from using a page.
async fn axe() -> actix_web::HttpResponse {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../..");
    let file = root.join("target/axe/node_modules/axe-core/axe.min.js");
    let text = fs::read_to_string(&file).unwrap_or_else(|error| {
        let install = "npm install --no-save --prefix target/axe axe-core@4.14.1";
        panic!("{}: {error}; {install}", file.display())
    });
    answer("text/javascript", text).await
}
