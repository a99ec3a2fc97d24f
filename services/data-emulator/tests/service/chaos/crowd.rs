//! More runs than there is room for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures::{StreamExt, stream};
use serde_json::Value;

use super::{Plan, tell};
use crate::client::Client;
use crate::live::readers::{fresh, servers};
use crate::process::{Service, threads};

const POSTED: usize = 10_000;

#[tokio::test(flavor = "multi_thread")]
async fn of_ten_thousand_runs_every_accepted_one_ends_and_the_rest_is_refused_clearly() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = servers();
    settings.push(("FILE_ROOT".into(), "out".into()));
    settings.push(("LIMITS_RUNNING".into(), "100".into()));
    settings.push(("LIMITS_WAITING".into(), "200".into()));
    let service = Service::start_with(folder.path(), &[], settings);
    let client = Arc::new(Client::of(&service));
    let (plan, name) = (Plan::unlimited(20_000), fresh("crowd"));
    let process = service.process();
    let most = Arc::new(AtomicUsize::new(0));
    let (seen, begun) = (most.clone(), Instant::now());
    let watching = tokio::spawn(async move {
        loop {
            // Each run has a thread of its own.
            seen.fetch_max(threads(process, "emulation"), Ordering::Relaxed);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    });
    let answers: Vec<_> = stream::iter(0..POSTED)
        .map(|number| {
            let sink = ["kafka", "minio", "file", "null"][number % 4];
            let request = client
                .http
                .post(format!("{}/emulator/", client.url))
                .json(&plan.request(sink, &name));
            async move {
                let answer = request.send().await.unwrap();
                let (status, headers) = (answer.status(), answer.headers().clone());
                let retry_after = headers.get("retry-after").cloned();
                let body: Value = answer.json().await.unwrap();
                (status.as_u16(), retry_after, body)
            }
        })
        .buffer_unordered(64)
        .collect()
        .await;
    let posting = begun.elapsed();
    let mut ids = Vec::new();
    let mut refused = 0;
    for (status, retry_after, body) in &answers {
        if *status == 201 {
            ids.push(body["id"].as_str().unwrap().to_owned());
            continue;
        }
        refused += 1;
        assert_eq!(*status, 429, "{body}");
        let seconds = retry_after.as_ref().unwrap().to_str().unwrap();
        assert!(seconds.parse::<u32>().unwrap() > 0, "{seconds}");
        assert!(body.to_string().contains("which is the limit"), "{body}");
    }
    assert!(refused > 0 && ids.len() >= 300, "{} accepted", ids.len());

    for id in &ids {
        let status = client.ended(id, Duration::from_secs(300)).await;
        assert_eq!(status["status"]["global_status"], "completed", "{status}");
        assert_eq!(status["records"]["acknowledged"], plan.count, "{status}");
    }
    watching.abort();
    let most = most.load(Ordering::Relaxed);
    assert!((90..=110).contains(&most), "{most} runs at once");
    let peak = service.peak_memory_mib();
    tell(&format!(
        "{POSTED} posted within {:.1} s, {most} at once: {refused} refused with 429 and \
         Retry-After, {} accepted and completed; {peak} MiB at most",
        posting.as_secs_f64(),
        ids.len(),
    ));
    assert!((1..1024).contains(&peak), "{peak} MiB");
}
