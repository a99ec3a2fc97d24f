//! The list of allowed hosts.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;
use std::sync::Arc;

use reqwest::Url;

use crate::is_public;

/// The hosts that may be contacted, each as `HOST` (any port), `HOST:PORT`, `*.DOMAIN` (all names
/// below it) or `*` (any host). A host is a name or an address. A host that only a pattern with a
/// wildcard allows must have a public address. All clones share the list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedHosts(Arc<[Pattern]>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Pattern {
    Host(String, Option<u16>),
    Below(String),
    Any,
}

/// The text is not a valid list of hosts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid host {0:?}; expected HOST, HOST:PORT, *.DOMAIN or *, separated by commas")]
pub struct HostPatternError(String);

impl FromStr for AllowedHosts {
    type Err = HostPatternError;

    /// Parses patterns separated by commas; an empty list allows nothing.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parts = text.split(',').map(str::trim);
        let patterns = parts.filter(|part| !part.is_empty()).map(str::parse);
        Ok(Self(patterns.collect::<Result<_, _>>()?))
    }
}

impl FromStr for Pattern {
    type Err = HostPatternError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text == "*" {
            return Ok(Self::Any);
        }
        let refused = || HostPatternError(text.to_owned());
        let (below, rest) = match text.strip_prefix("*.") {
            Some(rest) => (true, rest),
            None => (false, text),
        };
        // Uses the URL parser, so that both are normalised in the same way.
        let url = Url::parse(&format!("http://{rest}/")).map_err(|_| refused())?;
        let host = url.host_str().ok_or_else(refused)?.to_owned();
        let bare = url.path() == "/" && url.username().is_empty() && url.password().is_none();
        if !bare || url.query().is_some() || url.fragment().is_some() || host.contains('*') {
            return Err(refused());
        }
        let port = match rest.rsplit_once(':') {
            Some((_, port)) if !rest.ends_with(']') => Some(port.parse().map_err(|_| refused())?),
            _ => None,
        };
        match (below, port) {
            (true, None) => Ok(Self::Below(host)),
            (true, Some(_)) => Err(refused()),
            (false, port) => Ok(Self::Host(host, port)),
        }
    }
}

impl AllowedHosts {
    /// Adds the hosts of `urls`, each with its port. Invalid URLs are ignored.
    #[must_use]
    pub fn and_of_urls<'a>(&self, urls: impl IntoIterator<Item = &'a str>) -> Self {
        let of_url = |text: &str| {
            let url = Url::parse(text).ok()?;
            let host = url.host_str()?.to_owned();
            Some(Pattern::Host(host, url.port_or_known_default()))
        };
        let patterns = self.0.iter().cloned();
        Self(
            patterns
                .chain(urls.into_iter().filter_map(of_url))
                .collect(),
        )
    }

    /// The URL, if its host is allowed as far as this is known without resolving its name.
    ///
    /// # Errors
    /// A message for the user: what is wrong with it and what is allowed. It does not repeat the
    /// URL, which may contain a password.
    pub fn check(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text)
            .map_err(|_| "expected an absolute URL such as http://host:8080/path".to_owned())?;
        let Some(host) = url
            .host_str()
            .filter(|_| matches!(url.scheme(), "http" | "https"))
        else {
            return Err("expected a URL that begins with http:// or https://".to_owned());
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("user name and password are not allowed in a URL".to_owned());
        }
        let port = url.port_or_known_default();
        let by_name = self.names(host, port);
        let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
        let by_pattern = self.has_pattern_for(host) && address.is_none_or(is_public);
        if by_name || by_pattern {
            return Ok(url);
        }
        Err(format!(
            "the host {host} (port {}) is not allowed; {self}",
            port.unwrap_or_default()
        ))
    }

    /// Whether the host is listed by name, for that port or for any.
    pub(crate) fn names(&self, host: &str, port: Option<u16>) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Host(name, on) => {
                name == host && (on.is_none() || port.is_none() || *on == port)
            }
            Pattern::Below(_) | Pattern::Any => false,
        })
    }

    pub(crate) fn has_pattern_for(&self, host: &str) -> bool {
        self.0.iter().any(|pattern| match pattern {
            Pattern::Host(..) => false,
            Pattern::Below(domain) => {
                let above = host.strip_suffix(domain.as_str());
                above.is_some_and(|above| above.len() > 1 && above.ends_with('.'))
            }
            Pattern::Any => true,
        })
    }
}

impl fmt::Display for AllowedHosts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("no host is allowed");
        }
        f.write_str("allowed are ")?;
        for (position, pattern) in self.0.iter().enumerate() {
            if position > 0 {
                f.write_str(", ")?;
            }
            match pattern {
                Pattern::Host(name, None) => f.write_str(name)?,
                Pattern::Host(name, Some(port)) => write!(f, "{name}:{port}")?,
                Pattern::Below(domain) => write!(f, "*.{domain}")?,
                Pattern::Any => f.write_str("all public addresses")?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contract::REFUSED;

    fn hosts(text: &str) -> AllowedHosts {
        text.parse().unwrap()
    }

    #[test]
    fn only_hosts_of_the_list_are_allowed() {
        let list = "engine:8080, store, *.example.com, [::1]:9000, 10.0.0.7";
        for (url, allowed) in [
            ("http://engine:8080/tasks/1", true),
            ("http://ENGINE:8080", true),
            ("http://engine:8081", false),
            ("http://engine", false),
            ("https://store:9000/a", true),
            ("http://store.evil.com", false),
            ("https://a.b.example.com", true),
            ("https://example.com", false),
            ("https://badexample.com", false),
            ("http://[::1]:9000", true),
            ("http://10.0.0.7:1", true),
            ("http://10.0.0.8", false),
            ("http://169.254.169.254/latest", false),
            ("http://engine:8080@evil.com", false),
            ("http://user:password@store", false),
            ("ftp://store", false),
            ("file:///etc/passwd", false),
            ("store", false),
            ("//store", false),
            ("", false),
        ] {
            let checked = hosts(list).check(url);
            assert_eq!(checked.is_ok(), allowed, "{url}: {checked:?}");
            assert!(!format!("{checked:?}").contains("password@"), "{checked:?}");
        }
    }

    #[test]
    fn a_pattern_allows_public_addresses_only() {
        for url in REFUSED {
            assert!(hosts("*").check(url).is_err(), "{url}");
        }
        // The same addresses are allowed where they are on the list by name.
        let named = hosts("*, 127.0.0.1, [::1], 169.254.169.254");
        let allowed = REFUSED.map(|url| named.check(url).is_ok());
        assert!(allowed.iter().filter(|allowed| **allowed).count() > 30);
        for url in [
            "http://8.8.8.8",
            "http://anything.example",
            "https://[2606:4700::1111]",
        ] {
            assert!(hosts("*").check(url).is_ok(), "{url}");
            assert!(
                hosts("")
                    .check(url)
                    .unwrap_err()
                    .contains("no host is allowed")
            );
        }
    }

    #[test]
    fn the_hosts_of_urls_are_added_with_their_ports() {
        let list = hosts("store").and_of_urls(["http://engine", "https://other:8443/x", "no url"]);
        assert_eq!(list.to_string(), "allowed are store, engine:80, other:8443");
        assert!(list.check("http://engine:80/tasks").is_ok());
        assert!(list.check("https://engine/tasks").is_err());
    }

    #[test]
    fn what_is_no_host_is_refused() {
        for wrong in [
            "http://store",
            "a/b",
            "a b",
            "*.a:80",
            "a:port",
            "user@a",
            "*a",
            "a?b",
        ] {
            assert!(wrong.parse::<AllowedHosts>().is_err(), "{wrong}");
        }
    }
}
