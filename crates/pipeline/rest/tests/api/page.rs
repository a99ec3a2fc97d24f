//! The page and its files.

use crate::monitor::Monitor;

/// What stands between `before` and the next quote, each time.
fn quoted<'a>(text: &'a str, before: &'a str) -> impl Iterator<Item = &'a str> {
    let rest = text.split(before).skip(1);
    rest.map(|rest| rest.split('"').next().unwrap())
}

#[actix_web::test]
async fn every_file_that_the_page_names_is_there_and_all_come_from_here() {
    let monitor = Monitor::start();
    let index = monitor.get("/").await;
    assert_eq!(index.header("content-type"), "text/html; charset=utf-8");
    let links = quoted(&index.body, "href=\"").chain(quoted(&index.body, "src=\""));
    let mut files: Vec<String> = links.map(str::to_owned).collect();
    let mut seen = 0;
    while let Some(path) = files.get(seen).cloned() {
        let file = monitor.get(&path).await;
        assert_eq!(file.status, 200, "{path}");
        assert_eq!(file.header("x-content-type-options"), "nosniff");
        let imports = quoted(&file.body, "from \"./").map(|name| format!("/page/{name}"));
        for path in imports {
            if !files.contains(&path) {
                files.push(path);
            }
        }
        seen += 1;
    }
    assert!(files.contains(&"/page/messages.js".to_owned()), "{files:?}");
    assert_eq!(monitor.get("/page/other.js").await.status, 404);
}

#[actix_web::test]
async fn the_browser_may_run_and_load_only_what_is_here() {
    let monitor = Monitor::start();
    let index = monitor.get("/").await;
    let policy = index.header("content-security-policy");
    let rules: Vec<_> = policy.split("; ").collect();
    for rule in [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "frame-ancestors 'none'",
    ] {
        assert!(rules.contains(&rule), "{policy}");
    }
    assert!(!policy.contains("unsafe"));
}
