//! Tokens of a certified issuer of OpenID Connect, and what is forged with its public keys.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::client::Client;
use crate::process::Service;

/// `deploy/local/issuer.mjs`, which says what it answers.
struct Issuer {
    child: Child,
    input: ChildStdin,
    output: BufReader<ChildStdout>,
    url: String,
}

impl Issuer {
    fn start() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let mut child = Command::new("node")
            .arg(root.join("deploy/local/issuer.mjs"))
            .arg(root.join("target/oidc"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("node is there");
        let input = child.stdin.take().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        let mut issuer = Self {
            child,
            input,
            output,
            url: String::new(),
        };
        issuer.url = issuer.line();
        assert!(
            issuer.url.starts_with("http://127.0.0.1:"),
            "no issuer: npm install --prefix target/oidc oidc-provider@9.13.3"
        );
        issuer
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }

    fn ask(&mut self, words: &str) -> String {
        writeln!(self.input, "{words}").unwrap();
        self.line()
    }
}

impl Drop for Issuer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_certified_issuer_lets_its_callers_in_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let mut issuer = Issuer::start();
    let settings = [
        ("AUTH_REQUIRED", "true"),
        ("AUTH_OIDC_ISSUER", &issuer.url),
        ("AUTH_OIDC_AUDIENCE", "data-emulator"),
    ];
    let settings = settings.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let service = Service::start_with(folder.path(), &[], settings.to_vec());
    let client = Client::of(&service);
    let ask = async |token: &str| {
        let request = client.http.get(format!("{}/whoami", client.url));
        let answer = request.bearer_auth(token).send().await.unwrap();
        let status = answer.status();
        (status, answer.json::<Value>().await.unwrap())
    };
    for (role, algorithm) in [
        ("viewer", "RS256"),
        ("operator", "PS256"),
        ("admin", "ES256"),
        ("viewer", "EdDSA"),
    ] {
        let token = issuer.ask(&format!("token {role} {algorithm}"));
        let (status, caller) = ask(&token).await;
        assert_eq!(status, StatusCode::OK, "{algorithm}: {caller}");
        let expected = json!({"name": format!("oidc:{role}"), "role": role});
        assert_eq!(caller, expected, "{algorithm}");
    }
    let (status, why) = ask(&issuer.ask("token nobody RS256")).await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{why}");
    let (status, caller) = ask(&issuer.ask("forge good")).await;
    assert_eq!(
        (status, &caller["role"]),
        (StatusCode::OK, &json!("admin")),
        "{caller}"
    );
    // Fewer at once than a client has attempts.
    for (name, part) in [
        ("expired", "it has expired"),
        ("early", "it is not valid yet"),
        ("issuer", "it is of another issuer"),
        ("audience", "it is for another audience"),
        ("endless", "it lacks one of the claims"),
        ("stranger", "its signature is wrong"),
        ("altered", "its signature is wrong"),
        ("none", "it is no JWT"),
        ("pem", "its algorithm is not one of its key's"),
    ] {
        let (status, answer) = ask(&issuer.ask(&format!("forge {name}"))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(part), "{name}: {detail}");
    }
    // The bucket of attempts fills again: one in six seconds.
    tokio::time::sleep(Duration::from_secs(19)).await;
    for (name, part) in [
        ("pkcs1", "its algorithm is not one of its key's"),
        ("nameless", "its key (kid) is none of the issuer's"),
        ("unknown", "its key (kid) is none of the issuer's"),
    ] {
        let (status, answer) = ask(&issuer.ask(&format!("forge {name}"))).await;
        assert_eq!(status, StatusCode::UNAUTHORIZED, "{name}: {answer}");
        let detail = answer["detail"].as_str().unwrap();
        assert!(detail.contains(part), "{name}: {detail}");
    }

    // New keys are found, old ones are forgotten; then the issuer is away.
    let old = issuer.ask("token viewer RS256");
    issuer.ask("rotate");
    tokio::time::sleep(Duration::from_millis(5100)).await;
    let new = issuer.ask("token operator RS256");
    assert_eq!(ask(&new).await.0, StatusCode::OK);
    issuer.ask("away");
    assert_eq!(ask(&new).await.0, StatusCode::OK);
    tokio::time::sleep(Duration::from_millis(6100)).await;
    let (status, answer) = ask(&old).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{answer}");
    assert_eq!(ask(&new).await.0, StatusCode::OK);
    let fetches: u32 = issuer.ask("fetches").parse().unwrap();
    assert!(fetches <= 5, "{fetches}");

    // A person logs in with it, and is told that this is a way.
    let form = client.http.get(format!("{}/login", client.url));
    let form = form.send().await.unwrap().text().await.unwrap();
    let way = format!("<code>{}</code> has given you", issuer.url);
    assert!(form.contains(&way), "{form}");
    let login = client.http.post(format!("{}/login", client.url));
    let form = format!("token={new}");
    let kind = ("content-type", "application/x-www-form-urlencoded");
    let login = login.header(kind.0, kind.1).body(form);
    let answer = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()
        .unwrap()
        .execute(login.build().unwrap())
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
    let session = cookie.split(';').next().unwrap();
    let request = client.http.get(format!("{}/whoami", client.url));
    let caller: Value = request
        .header("cookie", session)
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(caller, json!({"name": "oidc:operator", "role": "operator"}));
    service.signal("TERM");
    assert_eq!(service.end(), Some(0));
    let log = folder.path().join("state/data-emulator/access/audit.jsonl");
    let log = std::fs::read_to_string(log).unwrap();
    assert!(!log.contains("eyJ"), "{log}");
}
