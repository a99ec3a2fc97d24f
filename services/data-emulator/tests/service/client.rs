//! A client as the old Airflow operator has one.

use std::time::{Duration, Instant};

use platform_runtime::tls;
use serde_json::Value;

use crate::process::Service;

pub(crate) struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) url: String,
}

impl Client {
    pub(crate) fn of(service: &Service) -> Self {
        tls::install_provider();
        Self {
            http: reqwest::Client::new(),
            url: service.url.clone(),
        }
    }

    pub(crate) async fn post(&self, body: &Value) -> String {
        let answer = self
            .http
            .post(format!("{}/emulator/", self.url))
            .json(body)
            .send()
            .await
            .unwrap();
        let status = answer.status();
        let answer: Value = answer.json().await.unwrap();
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }

    /// The status, in which all records are accounted for.
    pub(crate) async fn status(&self, id: &str) -> Value {
        self.try_status(id).await.unwrap()
    }

    /// The same of a service that may be gone.
    pub(crate) async fn try_status(&self, id: &str) -> reqwest::Result<Value> {
        let url = format!("{}/emulator/{id}/status", self.url);
        let status: Value = self.http.get(url).send().await?.json().await?;
        let count = |name: &str| status["records"][name].as_u64().unwrap();
        assert_eq!(
            count("generated"),
            count("acknowledged") + count("failed") + count("in_flight"),
            "{status}"
        );
        Ok(status)
    }

    /// What `verify` reads, of a run that has ended.
    #[cfg(feature = "live")]
    pub(crate) async fn save_manifest(&self, id: &str, path: &std::path::Path) {
        let url = format!("{}/emulator/{id}/manifest", self.url);
        let manifest = self.http.get(url).send().await.unwrap();
        std::fs::write(path, manifest.text().await.unwrap()).unwrap();
    }

    /// Polls until the run has ended.
    pub(crate) async fn ended(&self, id: &str, bound: Duration) -> Value {
        self.until(id, bound, |status| {
            status["status"]["global_status"] != "processing"
        })
        .await
    }

    /// Polls until the status is as wanted.
    pub(crate) async fn until(
        &self,
        id: &str,
        bound: Duration,
        wanted: impl Fn(&Value) -> bool,
    ) -> Value {
        let begun = Instant::now();
        loop {
            let status = self.status(id).await;
            if wanted(&status) {
                return status;
            }
            assert!(begun.elapsed() < bound, "still {status}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}
