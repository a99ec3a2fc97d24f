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
    for (settings, client) in [
        (Vec::new(), "127.0.0.1"),
        (Vec::from([listed]), "203.0.113.7"),
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
        let named = format!("http.client_ip={client} ");
        assert!(log.contains(&named), "{log}");
        for forged in ["198.51.100.", "elsewhere.example"] {
            assert!(!log.contains(forged), "{log}");
        }
    }
}
