//! The client address of a request: the peer's, or the one that a listed proxy reports.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use actix_web::HttpRequest;
use actix_web::http::header::{HeaderMap, X_FORWARDED_FOR, X_FORWARDED_PROTO};
use actix_web::web::Data;
use ipnet::IpNet;
use platform_runtime::bounded_file::read_text;

/// The maximum size of the file of proxies in bytes; enough for some thousand networks.
const FILE_LIMIT: u64 = 256 << 10;
/// The maximum number of addresses examined in a chain of proxies.
const CHAIN: usize = 32;

/// The proxies that are trusted to report their clients' addresses. All clones share the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies(Arc<[IpNet]>);

impl Proxies {
    /// Reads a file with one address or network per line; `#` begins a comment.
    ///
    /// # Errors
    /// A message for the user: the file cannot be read, or which line is invalid.
    pub fn read(path: &Path) -> Result<Self, String> {
        let text = read_text(path, FILE_LIMIT)
            .map_err(|error| format!("{} cannot be read: {error}", path.display()))?;
        let mut networks = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let entry = line.split('#').next().unwrap_or_default().trim();
            if entry.is_empty() {
                continue;
            }
            let network = entry.parse().or_else(|_| entry.parse().map(IpAddr::into));
            networks.push(network.map_err(|_| {
                format!(
                    "{}, line {}: got {entry:?}; expected an address or a network such as \
                     10.0.0.0/8",
                    path.display(),
                    number + 1
                )
            })?);
        }
        Ok(Self(networks.into()))
    }

    fn has(&self, address: IpAddr) -> bool {
        self.0.iter().any(|network| network.contains(&address))
    }

    /// The client of a connection from `peer`. Each proxy appends the address of its client to
    /// `X-Forwarded-For`. The list is therefore read from its end, as long as listed proxies have
    /// written it: earlier entries came from somebody else and cannot be trusted.
    fn client(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = peer.to_canonical();
        if !self.has(client) {
            return client;
        }
        let lines: Vec<_> = headers.get_all(X_FORWARDED_FOR).collect();
        let told = lines
            .iter()
            .rev()
            .flat_map(|line| line.to_str().unwrap_or_default().rsplit(','));
        for text in told.take(CHAIN) {
            let Some(address) = address(text.trim()) else {
                break;
            };
            client = address.to_canonical();
            if !self.has(client) {
                break;
            }
        }
        client
    }
}

/// An address as proxies write it, possibly with a port.
fn address(text: &str) -> Option<IpAddr> {
    let with_port = || text.parse().ok().map(|address: SocketAddr| address.ip());
    text.parse().ok().or_else(with_port)
}

/// The client address of the request, as far as it can be trusted.
pub(crate) fn client(request: &HttpRequest) -> IpAddr {
    let peer = request
        .peer_addr()
        .map_or(Ipv4Addr::UNSPECIFIED.into(), |address| address.ip());
    match request.app_data::<Data<Proxies>>() {
        Some(proxies) => proxies.client(peer, request.headers()),
        None => peer,
    }
}

/// Whether the client's connection uses TLS: to this server, or to a listed proxy.
pub(crate) fn is_https(request: &HttpRequest) -> bool {
    let is_told = || {
        let proxies = request.app_data::<Data<Proxies>>()?;
        let peer = request.peer_addr()?.ip().to_canonical();
        let told = request.headers().get(X_FORWARDED_PROTO)?;
        Some(proxies.has(peer) && told.as_bytes().eq_ignore_ascii_case(b"https"))
    };
    request.app_config().secure() || is_told().unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn listed(text: &str) -> Result<Proxies, String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("proxies");
        std::fs::write(&path, text).unwrap();
        Proxies::read(&path)
    }

    #[test]
    fn only_what_listed_proxies_have_written_is_believed() {
        let proxies = listed("# ours\n10.0.0.0/8\n\n192.0.2.1 # the gate\nfd00::/8\n").unwrap();
        for (peer, told, client) in [
            // Not listed: its word counts for nothing.
            ("203.0.113.9", &["1.2.3.4"][..], "203.0.113.9"),
            ("10.0.0.1", &[], "10.0.0.1"),
            ("10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("::ffff:10.0.0.1", &["1.2.3.4"], "1.2.3.4"),
            ("192.0.2.1", &["2001:db8::1"], "2001:db8::1"),
            ("fd00::1", &["[2001:db8::1]:80"], "2001:db8::1"),
            ("10.0.0.1", &["1.2.3.4:5678"], "1.2.3.4"),
            // The client sent the first one itself.
            ("10.0.0.1", &["127.0.0.1, 1.2.3.4"], "1.2.3.4"),
            ("10.0.0.1", &["127.0.0.1", "1.2.3.4, 192.0.2.1"], "1.2.3.4"),
            ("10.0.0.1", &["10.2.3.4, 10.0.0.2"], "10.2.3.4"),
            // Nothing is read beyond what is no address.
            ("10.0.0.1", &["1.2.3.4, unknown"], "10.0.0.1"),
            ("10.0.0.1", &["1.2.3.4,<b>,10.0.0.2"], "10.0.0.2"),
            ("10.0.0.1", &[""], "10.0.0.1"),
        ] {
            let request = told.iter().fold(TestRequest::default(), |request, line| {
                request.append_header((X_FORWARDED_FOR, *line))
            });
            let request = request.to_http_request();
            let found = proxies.client(peer.parse().unwrap(), request.headers());
            assert_eq!(found.to_string(), client, "{peer} {told:?}");
        }
    }

    #[test]
    fn a_line_that_is_no_address_is_named() {
        for text in ["10.0.0.0/8\nlocalhost", "\n10.0.0.0/33", "#\n10.0.0"] {
            let error = listed(text).unwrap_err();
            let entry = text.lines().last().unwrap();
            assert!(error.contains(&format!("line 2: got {entry:?}")), "{error}");
        }
        let missing = Proxies::read(Path::new("/nowhere/proxies")).unwrap_err();
        assert!(missing.starts_with("/nowhere/proxies cannot be read: "));
    }
}
