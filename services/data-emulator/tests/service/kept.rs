//! What outlives the process when nobody says anything of it.

use std::time::Duration;

use serde_json::json;

use crate::client::Client;
use crate::process::{Service, program};

const BOUND: Duration = Duration::from_secs(30);

/// Starts a run to nowhere and waits for its end.
async fn run(service: &Service) -> String {
    let client = Client::of(service);
    let request = json!({
        "emulator_sync": "null", "emulation_domain": "transaction", "format_type": "json",
        "sync_type": "grouped", "max_chunk_size": 1024, "timeout": 10, "count": 5, "rate": 1000
    });
    let id = client.post(&request).await;
    client.ended(&id, BOUND).await;
    id
}

async fn is_known(service: &Service, id: &str) -> bool {
    let client = Client::of(service);
    let answer = client.http.get(format!("{}/emulator/{id}", client.url));
    answer.send().await.unwrap().status().is_success()
}

#[tokio::test]
async fn runs_are_kept_unless_they_are_to_be_forgotten_and_by_one_process_at_a_time() {
    let folder = tempfile::tempdir().unwrap();
    for (options, is_kept) in [(&[][..], true), (&["--data-dir", "memory"], false)] {
        let service = Service::start_with(folder.path(), options, Vec::new());
        let id = run(&service).await;
        if is_kept {
            let second = program(folder.path())
                .args(["serve", "--port", "0"])
                .output()
                .unwrap();
            let told = String::from_utf8_lossy(&second.stderr);
            assert_eq!(second.status.code(), Some(2), "{told}");
            assert!(
                told.contains("state/data-emulator is in use by another process"),
                "{told}"
            );
        }
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
        let service = Service::start_with(folder.path(), options, Vec::new());
        assert_eq!(is_known(&service, &id).await, is_kept, "{options:?}");
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
    }
    assert!(!folder.path().join("memory").exists());
}
