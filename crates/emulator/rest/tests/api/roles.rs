//! Who may do what, and with whose runs.

use actix_web::http::Method;
use actix_web::http::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap};
use emulator_application::start_emulation::start;
use emulator_application::{Limits, Quota};
use emulator_domain::Domain;
use emulator_domain::plan::{Format, Sink};
use emulator_rest::{routes, table};
use jiff::Timestamp;
use platform_access::{AccessSettings, Audit, Folder, Grant, Tokens};
use platform_http::contract::every_route_keeps_to_its_role;
use platform_http::settings::HttpSettings;
use platform_http::{Permission, Role, Server};
use serde_json::{Value, json};

use crate::service::{Service, body};

#[actix_web::test]
async fn every_route_asks_for_its_role() {
    let service = Service::start().await;
    every_route_keeps_to_its_role(routes(service.state.clone())).await;
}

/// A service that asks its callers for tokens.
pub(crate) struct Asking {
    service: Service,
    url: String,
    tokens: Tokens,
    _data: tempfile::TempDir,
}

impl Asking {
    pub(crate) async fn start() -> Self {
        Self::start_with(Quota::default()).await
    }

    /// Where callers may have this whose token says nothing else.
    pub(crate) async fn start_with(quota: Quota) -> Self {
        let limits = Limits {
            running: 8,
            waiting: 100,
        };
        let sinks: Vec<_> = Sink::requestable().collect();
        let service = Service::with_quota(limits, &sinks, quota).await;
        let data = tempfile::tempdir().unwrap();
        let folder = Folder::create(&data.path().join("access"), Audit::begin).unwrap();
        let settings = HttpSettings {
            access: AccessSettings {
                required: true,
                ..AccessSettings::default()
            },
            ..HttpSettings::loopback()
        };
        let tokens = Tokens::new(folder);
        let routes = routes(service.state.clone());
        let stop = service.stop.clone();
        tokens
            .create("first", Role::Viewer, Timestamp::now())
            .unwrap();
        let server = Server::bind(&settings, routes, Some(data.path()), stop).unwrap();
        let url = format!("http://{}", server.address());
        actix_web::rt::spawn(server.run());
        Self {
            service,
            url,
            tokens,
            _data: data,
        }
    }

    fn token(&self, name: &str, role: Role, team: Option<&str>) -> String {
        let grant = Grant {
            team: team.map(str::to_owned),
            ..role.into()
        };
        self.create(name, grant)
    }

    pub(crate) fn create(&self, name: &str, grant: Grant) -> String {
        self.tokens.create(name, grant, Timestamp::now()).unwrap()
    }

    async fn ask(&self, token: &str, method: &Method, path: &str, body: &Value) -> (u16, Value) {
        let (status, answer, _) = self.ask_once(token, method, path, body, None).await;
        (status, answer)
    }

    pub(crate) async fn ask_once(
        &self,
        token: &str,
        method: &Method,
        path: &str,
        body: &Value,
        key: Option<&str>,
    ) -> (u16, Value, HeaderMap) {
        let mut request = awc::Client::default()
            .request(method.clone(), format!("{}{path}", self.url))
            .insert_header((AUTHORIZATION, format!("Bearer {token}")))
            .insert_header((CONTENT_TYPE, "application/json"));
        if let Some(key) = key {
            request = request.insert_header(("Idempotency-Key", key));
        }
        let mut answer = request.send_body(body.to_string()).await.unwrap();
        let body = serde_json::from_slice(&answer.body().await.unwrap()).unwrap();
        (answer.status().as_u16(), body, answer.headers().clone())
    }

    /// Starts a run that lasts.
    async fn started(&self, token: &str, changes: Value) -> String {
        let mut lasting = body(json!({"timeout": 600, "rate": 1}));
        for (name, value) in changes.as_object().unwrap() {
            lasting[name] = value.clone();
        }
        let (status, answer) = self.ask(token, &Method::POST, "/emulator", &lasting).await;
        assert_eq!(status, 201, "{answer}");
        answer["id"].as_str().unwrap().to_owned()
    }
}

#[actix_web::test]
async fn an_operator_steers_own_runs_and_those_of_the_team_and_an_admin_all() {
    use Role::{Admin, Operator, Viewer};
    let asking = Asking::start().await;
    let callers = [
        ("ann", Operator, Some("red")),
        ("colleague", Operator, Some("red")),
        ("other", Operator, Some("blue")),
        ("loner", Operator, None),
        ("stranger", Operator, None),
        ("watcher", Viewer, Some("red")),
        ("admin", Admin, Some("blue")),
    ];
    let tokens = callers.map(|(name, role, team)| asking.token(name, role, team));
    let by = |name| &tokens[callers.iter().position(|(own, ..)| *own == name).unwrap()];
    let other_team = json!({"labels": {"team": "blue"}});
    let own: Vec<_> = table()
        .endpoints()
        .iter()
        .filter(|endpoint| endpoint.permission == Permission::Own)
        .map(|endpoint| (endpoint.method.clone(), endpoint.path))
        .collect();
    assert_eq!(own.len(), 4, "{own:?}");
    for (method, path) in own {
        for (starts, changes, may) in [
            ("ann", json!({}), &["ann", "colleague", "admin"][..]),
            ("ann", other_team.clone(), &["ann", "other", "admin"]),
            ("loner", json!({}), &["loner", "admin"]),
            ("admin", json!({}), &["other", "admin"]),
            // Started while nobody was asked who they are.
            ("", json!({}), &["admin"]),
        ] {
            for ((name, ..), token) in callers.iter().zip(&tokens) {
                let id = match starts {
                    "" => {
                        let emulator = &asking.service.emulator;
                        let spec = emulator.spec(Domain::Transaction, Sink::Null, Format::Json);
                        start(emulator, spec).await.unwrap().id().to_string()
                    }
                    starts => asking.started(by(starts), changes.clone()).await,
                };
                let place = path.replace("{id}", &id);
                let (status, answer) = asking
                    .ask(token, &method, &place, &json!({"name": "x"}))
                    .await;
                let case =
                    format!("{method} {path} of {starts} {changes} by {name}: {status} {answer}");
                assert_eq!(status != 403, may.contains(name), "{case}");
                assert!(matches!(status, 200 | 202 | 403), "{case}");
                if status == 403 && *name != "watcher" {
                    let detail = answer["detail"].as_str().unwrap();
                    let whose = if starts.is_empty() { "nobody" } else { starts };
                    assert!(detail.contains(&format!("it is {whose}'s")), "{case}");
                }
                let (status, _) = asking
                    .ask(
                        by("watcher"),
                        &Method::GET,
                        &format!("/emulator/{id}"),
                        &json!(null),
                    )
                    .await;
                assert_eq!(status, 200, "everybody sees it");
                let cancelled = format!("/emulator/{id}/cancel");
                asking
                    .ask(by("admin"), &Method::POST, &cancelled, &json!({}))
                    .await;
            }
        }
        let nothing = path.replace("{id}", "0198c5f2-7a3e-7c41-9d55-3a4d1f0b6e21");
        let (status, _) = asking
            .ask(by("ann"), &method, &nothing, &json!({"name": "x"}))
            .await;
        assert_eq!(status, 404);
    }
}

#[actix_web::test]
async fn a_run_tells_its_owner_and_is_labelled_with_the_team() {
    let asking = Asking::start().await;
    let ann = asking.token("ann", Role::Operator, Some("red"));
    for (changes, team) in [
        (json!({}), "red"),
        (json!({"labels": {"stage": "test"}}), "red"),
        (json!({"labels": {"team": "blue"}}), "blue"),
    ] {
        let id = asking.started(&ann, changes).await;
        let (_, run) = asking
            .ask(&ann, &Method::GET, &format!("/emulator/{id}"), &json!(null))
            .await;
        assert_eq!(
            (&run["owner"], &run["labels"]["team"]),
            (&json!("ann"), &json!(team)),
            "{run}"
        );
    }
    // The label is one of sixteen.
    let all: serde_json::Map<_, _> = (0..16).map(|at| (format!("l{at}"), json!("x"))).collect();
    let request = body(json!({"labels": all}));
    let (status, answer) = asking.ask(&ann, &Method::POST, "/emulator", &request).await;
    assert_eq!(
        (status, &answer["errors"][0]["field"]),
        (400, &json!("labels")),
        "{answer}"
    );
    let (_, me) = asking
        .ask(&ann, &Method::GET, "/whoami", &json!(null))
        .await;
    assert_eq!(
        me,
        json!({"name": "ann", "role": "operator", "team": "red"})
    );
}

#[actix_web::test]
async fn a_key_is_the_callers_own() {
    let asking = Asking::start().await;
    let [ann, bob] = ["ann", "bob"].map(|name| asking.token(name, Role::Operator, Some("red")));
    let post = async |token: &str, timeout: u64| {
        let request = body(json!({"timeout": timeout}));
        let (method, key) = (Method::POST, Some("nightly-7"));
        let (status, answer, _) = asking
            .ask_once(token, &method, "/emulator", &request, key)
            .await;
        (status, answer["id"].clone())
    };
    let (first, id) = post(&ann, 1).await;
    let (second, other) = post(&bob, 2).await;
    assert_eq!((first, second), (201, 201));
    assert_ne!(id, other);
    assert_eq!(post(&ann, 1).await, (201, id));
    assert_eq!(post(&bob, 2).await, (201, other));
    assert_eq!(post(&ann, 2).await.0, 409);
}
