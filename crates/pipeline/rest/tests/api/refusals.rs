//! What is refused, and in which words.

use std::sync::Arc;

use actix_web::http::Method;
use pipeline_ports::PortErrorKind;

use crate::fake::state;
use crate::monitor::Monitor;

#[actix_web::test]
async fn a_parameter_that_is_wrong_is_named_with_what_is_allowed() {
    let monitor = Monitor::start();
    monitor.cluster.state().topic("topic1", 1);
    let messages = "/api/topics/topic1/messages";
    for (path, says) in [
        (
            format!("{messages}?limit=0"),
            "invalid limit '0'; expected 1 to 500",
        ),
        (
            format!("{messages}?limit=501"),
            "invalid limit '501'; expected 1 to 500",
        ),
        (
            format!("{messages}?limit=many"),
            "invalid limit 'many'; expected 1 to 500",
        ),
        (
            format!("{messages}?limit="),
            "invalid limit ''; expected 1 to 500",
        ),
        (
            format!("{messages}?partition=-1"),
            "invalid partition '-1'; expected 0 to 2147483647",
        ),
        (
            format!("{messages}?search=5"),
            "search: unknown field; expected one of limit, partition, key",
        ),
        (
            format!("{messages}?key=1&key=2"),
            "key: given more than once",
        ),
        (
            "/api/topics?limit=5".to_owned(),
            "query: got \"limit=5\"; expected no parameters",
        ),
        (
            "/api/groups?name=x".to_owned(),
            "query: got \"name=x\"; expected no parameters",
        ),
    ] {
        let answer = monitor.get(&path).await;
        assert_eq!((answer.status, &*answer.detail()), (400, says), "{path}");
    }
    assert_eq!(monitor.cluster.state().asked, []);
}

#[actix_web::test]
async fn an_unknown_topic_is_not_found() {
    let monitor = Monitor::start();
    let answer = monitor.get("/api/topics/topic9/messages").await;
    assert_eq!(answer.status, 404);
    assert_eq!(answer.detail(), "there is no topic topic9");
    assert_eq!(monitor.cluster.state().asked.len(), 1);
    // The cluster is not bothered with what cannot be a name.
    for wrong in ["a%00b", "a%20b", "%C3%A4", &"x".repeat(250)] {
        let answer = monitor.get(&format!("/api/topics/{wrong}/messages")).await;
        assert_eq!(answer.status, 404, "{wrong}");
        assert!(answer.detail().starts_with("topic: there is none named "));
    }
    assert_eq!(monitor.cluster.state().asked.len(), 1);
}

#[actix_web::test]
async fn a_cluster_that_does_not_answer_is_said_to_be_so_until_it_does() {
    let monitor = Monitor::start();
    monitor.cluster.state().topic("topic1", 1);
    let paths = ["/api/topics", "/api/topics/topic1/messages", "/api/groups"];
    monitor.cluster.state().failure = Some(PortErrorKind::Unreachable);
    for path in paths {
        let answer = monitor.get(path).await;
        assert_eq!(answer.status, 503, "{path}");
        assert_eq!(answer.header("retry-after"), "1");
        assert_eq!(answer.detail(), "kafka.example:9092 does not answer");
    }
    assert_eq!(monitor.get("/health/live").await.status, 200);
    let ready = monitor.get("/health/ready").await;
    assert_eq!(ready.status, 503);
    let kafka = r#""kafka":{"status":"down","error":"kafka.example:9092 does not answer"}"#;
    assert!(ready.body.contains(kafka), "{}", ready.body);
    monitor.cluster.state().failure = Some(PortErrorKind::Refused);
    for (path, status) in paths.into_iter().zip([502, 404, 502]) {
        assert_eq!(monitor.get(path).await.status, status, "{path}");
    }
    monitor.cluster.state().failure = None;
    for path in paths {
        assert_eq!(monitor.get(path).await.status, 200, "{path}");
    }
}

#[actix_web::test]
async fn other_paths_and_methods_are_refused_with_what_there_is() {
    let monitor = Monitor::start();
    let answer = monitor.get("/docs").await;
    assert_eq!(answer.status, 404);
    assert!(
        answer
            .detail()
            .starts_with("/docs: no such endpoint; there are /, /api/topics")
    );
    let answer = monitor.ask(Method::POST, "/api/topics").await;
    assert_eq!((answer.status, answer.header("allow")), (405, "GET, HEAD"));
    answer.detail();
}

#[actix_web::test]
async fn every_route_asks_for_its_role() {
    let routes = pipeline_rest::routes(state(&Arc::default()));
    platform_http::contract::every_route_keeps_to_its_role(routes).await;
}
