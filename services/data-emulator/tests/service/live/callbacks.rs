//! A receiver that shares no code with us, by Python's hmac: the example of the documents.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::readers::env;
use crate::callbacks::{SECRET, request, settings};
use crate::client::Client;
use crate::process::Service;

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_in_python_accepts_ours_and_refuses_the_altered_the_old_and_the_foreign() {
    let example = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../examples/callbacks/receiver.py"
    );
    let mut python = Command::new(env("LOCAL_PYTHON"))
        .args([example, "0"])
        .env("CALLBACKS_SECRET", SECRET)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(python.stdout.take().unwrap()).lines();
    let mut next = || -> Value {
        let line = lines.next().unwrap().unwrap();
        serde_json::from_str(&line).unwrap()
    };
    let url = format!("http://127.0.0.1:{}/", next()["port"]);
    let folder = tempfile::tempdir().unwrap();
    let options = ["--data-dir", "data"];
    let service = Service::start_with(folder.path(), &options, settings("127.0.0.1"));
    let client = Client::of(&service);
    let mut named = request(json!({"ended": url}));
    named["name"] = json!("nächtlich \"7\"");
    let id = client.post(&named).await;
    let event = next();
    assert_eq!(event["id"], format!("{id}.ended"));
    assert_eq!(event["emulation"]["name"], named["name"]);
    let bound = Duration::from_secs(20);
    let is_told = |status: &Value| status["callbacks"][0]["state"] == "delivered";
    client.until(&id, bound, is_told).await;

    // By Python itself, so that its reading is not that of our own signature.
    let signed = |time: u64, body: &str, secret: &str| {
        let sign = "import hmac, sys; print(hmac.new(*(a.encode() for a in sys.argv[1:3]), 'sha256').hexdigest())";
        let output = Command::new(env("LOCAL_PYTHON"))
            .args(["-c", sign, secret, &format!("{time}.{body}")])
            .output()
            .unwrap();
        let hex = String::from_utf8(output.stdout).unwrap();
        format!("t={time},v1={}", hex.trim())
    };
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_secs();
    let (ours, other, last) = (r#"{"id": "1"}"#, r#"{"id": "2"}"#, r#"{"id": "3"}"#);
    for (header, body, status) in [
        (signed(now, ours, SECRET), ours, 204),
        // Once more, within the time: taken, and not done again.
        (signed(now, ours, SECRET), ours, 204),
        (signed(now, ours, SECRET), other, 401),
        (signed(now - 301, ours, SECRET), ours, 401),
        (signed(now, ours, "another"), ours, 401),
        (signed(now, ours, SECRET).replace("t=1", "t=2"), ours, 401),
        ("nonsense".to_owned(), ours, 401),
        (signed(now, last, SECRET), last, 204),
    ] {
        let request = client
            .http
            .post(&url)
            .header("X-Emulator-Signature", &header);
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), status, "{header} {body}");
    }
    assert_eq!([next(), next()], [json!({"id": "1"}), json!({"id": "3"})]);
    python.kill().unwrap();
    python.wait().unwrap();
}
