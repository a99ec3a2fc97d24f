//! An HTTP client restricted to the list.

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::redirect::Policy;

use crate::{AllowedHosts, is_public};

/// The timeout of a connection attempt.
const CONNECT_TIME: Duration = Duration::from_secs(5);

impl AllowedHosts {
    /// An HTTP client that connects only to allowed hosts. URLs must be
    /// [checked](AllowedHosts::check) first, which also covers URLs with a literal address.
    ///
    /// # Errors
    /// If the client cannot be set up, for example its TLS.
    pub fn client(&self) -> reqwest::Result<reqwest::Client> {
        reqwest::Client::builder()
            .dns_resolver(Arc::new(Guarded(self.clone())))
            .redirect(Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIME)
            .tcp_nodelay(true)
            .build()
    }
}

/// Resolves the names of allowed hosts to allowed addresses.
struct Guarded(AllowedHosts);

impl Resolve for Guarded {
    fn resolve(&self, name: Name) -> Resolving {
        let hosts = self.0.clone();
        Box::pin(async move {
            let name = name.as_str();
            let found = tokio::net::lookup_host((name, 0)).await?;
            let addresses = allowed(&hosts, name, found)?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

/// The addresses of a host that connections are allowed to.
fn allowed(
    hosts: &AllowedHosts,
    name: &str,
    found: impl Iterator<Item = SocketAddr>,
) -> io::Result<Vec<SocketAddr>> {
    let by_name = hosts.names(name, None);
    let by_pattern = hosts.has_pattern_for(name);
    let addresses: Vec<_> = found
        .filter(|address| by_name || (by_pattern && is_public(address.ip())))
        .collect();
    if addresses.is_empty() {
        let why = format!("{name} has no address that may be contacted");
        return Err(io::Error::new(ErrorKind::PermissionDenied, why));
    }
    Ok(addresses)
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    fn hosts(text: &str) -> AllowedHosts {
        text.parse().unwrap()
    }

    #[test]
    fn a_name_that_only_a_pattern_allows_must_not_lead_to_this_machine() {
        let found = || {
            ["127.0.0.1:0", "8.8.8.8:0"]
                .map(|text| text.parse().unwrap())
                .into_iter()
        };
        let count =
            |list| allowed(&hosts(list), "a.example.com", found()).map_or(0, |all| all.len());
        assert_eq!(count("a.example.com:80"), 2);
        assert_eq!(count("*.example.com"), 1);
        assert_eq!(count("*"), 1);
        assert_eq!(count("b.example.com"), 0);
    }

    #[tokio::test]
    async fn redirects_are_not_followed_and_other_names_not_resolved() {
        platform_runtime::tls::install_provider();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let _ = stream.read(&mut [0; 4096]).await.unwrap();
                let answer = "HTTP/1.1 302 Found\r\nLocation: http://localhost:1/\r\nContent-Length: 0\r\n\r\n";
                stream.write_all(answer.as_bytes()).await.unwrap();
            }
        });
        let url = format!("http://localhost:{port}/");
        let named = hosts("localhost").client().unwrap();
        assert_eq!(named.get(&url).send().await.unwrap().status(), 302);
        let other = hosts("*").client().unwrap();
        let mut error: &dyn Error = &other.get(&url).send().await.unwrap_err();
        while let Some(source) = error.source() {
            error = source;
        }
        assert_eq!(
            error.to_string(),
            "localhost has no address that may be contacted"
        );
    }
}
