//! Whom the log names.

use crate::client::Client;
use crate::process::Service;

#[tokio::test]
async fn the_log_names_the_peer_or_whom_a_listed_proxy_names_and_nobody_else() {
    let folder = tempfile::tempdir().unwrap();
    let proxies = folder.path().join("proxies");
    std::fs::write(&proxies, "127.0.0.0/8 # this machine\n").unwrap();
    let listed = (
        "HTTP_PROXIES_FILE".to_owned(),
        proxies.display().to_string(),
    );
    let json = ("LOG_FORMAT".to_owned(), "json".to_owned());
    for (settings, named) in [
        (vec![], "http.client_ip=127.0.0.1 "),
        (vec![listed], "http.client_ip=203.0.113.7 "),
        (vec![json], r#""http.client_ip":"127.0.0.1""#),
    ] {
        let service = Service::start_logging(folder.path(), &["--data-dir", "memory"], settings);
        let request = Client::of(&service)
            .http
            .get(format!("{}/nowhere", service.url))
            .header("X-Forwarded-For", "198.51.100.2, 203.0.113.7")
            .header("Forwarded", "for=198.51.100.1")
            .header("X-Forwarded-Host", "elsewhere.example");
        assert_eq!(request.send().await.unwrap().status(), 404);
        service.signal("TERM");
        assert_eq!(service.end(), Some(0));
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap();
        assert!(log.contains(named), "{log}");
        // Nor what only traces are told.
        for hidden in ["198.51.100.", "elsewhere.example", "otel."] {
            assert!(!log.contains(hidden), "{log}");
        }
    }
}
