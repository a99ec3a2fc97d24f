//! A monitor of its own for each test, and a client.

use std::sync::Arc;

use actix_web::http::Method;
use awc::http::header::HeaderMap;
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::fake::{FakeCluster, bind};

pub(crate) struct Monitor {
    pub(crate) cluster: Arc<FakeCluster>,
    base: String,
    stop: CancellationToken,
}

impl Drop for Monitor {
    fn drop(&mut self) {
        self.stop.cancel();
    }
}

impl Monitor {
    pub(crate) fn start() -> Self {
        let cluster = Arc::new(FakeCluster::default());
        let stop = CancellationToken::new();
        let (address, server) = bind(&cluster, 0, &stop, |_| {});
        actix_web::rt::spawn(server.run());
        Self {
            cluster,
            base: format!("http://{address}"),
            stop,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.ask(Method::GET, path).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str) -> Answer {
        let client = awc::Client::default();
        let request = client.request(method, format!("{}{path}", self.base));
        let mut response = request.send().await.unwrap();
        let body = response.body().limit(8 << 20).await.unwrap();
        Answer {
            status: response.status().as_u16(),
            headers: response.headers().clone(),
            body: String::from_utf8(body.to_vec()).unwrap(),
        }
    }
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// Of a success.
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        assert_eq!(self.header("content-type"), "application/json");
        serde_json::from_str(&self.body).unwrap()
    }

    /// The only thing an error has.
    pub(crate) fn detail(&self) -> String {
        assert_eq!(self.header("content-type"), "application/json");
        let body: Value = serde_json::from_str(&self.body).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 1, "{body}");
        body["detail"].as_str().unwrap().to_owned()
    }
}
