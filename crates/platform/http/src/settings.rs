//! The server's section of a service's settings.

use std::net::IpAddr;
use std::path::Path;

use platform_access::AccessSettings;
pub use platform_access::settings::auth;
use platform_runtime::settings::{Setting, Settings, SettingsError, Shape};

pub use crate::tls::TLS;
use crate::{Limits, Proxies, Tls};

/// The sections `http` and `auth` for a settings table; `port` is the default port.
pub fn http(port: &'static str) -> Vec<Setting> {
    [&server(port)[..], &TLS, &auth()].concat()
}

const fn server(port: &'static str) -> [Setting; 7] {
    [
        Setting::with_default(
            "http.host",
            "127.0.0.1",
            Shape::Text("a host name or address"),
            "Host name or address to listen on. By default only this machine can reach the \
             service; 0.0.0.0 means every interface.",
        ),
        Setting::with_default(
            "http.port",
            port,
            Shape::whole(0, 65_535, ""),
            "Port to listen on; 0 picks a free port.",
        ),
        Setting::with_default(
            "http.connections",
            "4096",
            Shape::whole(2, 1_000_000, "connections"),
            "Maximum number of open connections; further ones wait to be accepted.",
        ),
        Setting::with_default(
            "http.streams",
            "1024",
            Shape::whole(1, 1_000_000, "streams"),
            "Maximum number of open event streams, limited to half of `http.connections`; further \
             ones are refused with 429.",
        ),
        Setting::with_default(
            "http.streams_of_a_client",
            "256",
            Shape::whole(1, 1_000_000, "streams"),
            "The same limit for each client address.",
        ),
        Setting::new(
            "http.allowed_hosts",
            None,
            Shape::Text("names, separated by commas"),
            "Host names under which browsers reach the service, such as that of a proxy. Addresses \
             and `localhost` need not be listed, and clients other than browsers may use any name.",
        ),
        PROXIES,
    ]
}

/// The setting that [`proxies`] reads.
pub const PROXIES: Setting = Setting::new(
    "http.proxies_file",
    None,
    Shape::Text("a path"),
    "File with the addresses or networks of trusted proxies, one per line. For requests through \
     them, logs and limits per client use the client's address from `X-Forwarded-For`. Unset: they \
     use the address that the connection comes from.",
);

/// The proxies in the file that [`PROXIES`] names.
///
/// # Errors
/// If the file cannot be read or a line is invalid.
pub fn proxies(settings: &Settings) -> Result<Proxies, SettingsError> {
    let path = settings.text(PROXIES.key).map(Path::new);
    let read = path.map(Proxies::read).transpose();
    let proxies = read.map_err(|why| SettingsError::combination(PROXIES.key, why))?;
    Ok(proxies.unwrap_or_default())
}

/// Whether this is an address, perhaps with a zone, or can be the name of a host. What ends with a
/// number is no name.
fn is_host(text: &str) -> bool {
    let address = text.split_once('%').map_or(text, |(address, _)| address);
    let is_label = |label: &str| {
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (1..=63).contains(&label.len()) && label.bytes().all(is_allowed)
    };
    let mut labels = text.strip_suffix('.').unwrap_or(text).rsplit('.');
    let is_number = |label: &str| label.bytes().all(|byte| byte.is_ascii_digit());
    address.parse::<IpAddr>().is_ok()
        || labels.clone().all(is_label) && !labels.next().is_some_and(is_number)
}

/// The address and the limits of a server.
#[derive(Clone, Debug)]
pub struct HttpSettings {
    /// Host name or address to listen on.
    pub host: String,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Host names that browsers may use, in addition to addresses, `localhost` and `host`.
    pub allowed_hosts: Vec<String>,
    /// The proxies that are trusted to report the addresses of clients.
    pub proxies: Proxies,
    /// The TLS configuration, if it serves HTTPS.
    pub tls: Option<Tls>,
    /// Who may use the service.
    pub access: AccessSettings,
    /// The limits.
    pub limits: Limits,
}

impl HttpSettings {
    /// Reads the section, which must be in the table of `settings`.
    ///
    /// # Errors
    /// If the host can be none, or the file of proxies or a TLS file cannot be read.
    pub fn from(settings: &Settings) -> Result<Self, SettingsError> {
        let host = settings.required("http.host");
        let named = match is_host(host) {
            true => Ok(()),
            false => Err(settings.refused("http.host")),
        };
        let proxies = proxies(settings);
        let tls = Tls::from(settings);
        let access = AccessSettings::from(settings);
        SettingsError::all([
            named.as_ref().err(),
            proxies.as_ref().err(),
            tls.as_ref().err(),
            access.as_ref().err(),
        ])?;
        Ok(Self {
            host: host.to_owned(),
            port: settings.whole("http.port"),
            allowed_hosts: settings
                .text("http.allowed_hosts")
                .unwrap_or_default()
                .split(',')
                .map(|name| name.trim().to_lowercase())
                .filter(|name| !name.is_empty())
                .collect(),
            proxies: proxies?,
            tls: tls?,
            access: access?,
            limits: Limits {
                connections: settings.whole("http.connections"),
                streams: settings.whole("http.streams"),
                streams_of_a_client: settings.whole("http.streams_of_a_client"),
                ..Limits::default()
            },
        })
    }

    /// A free port of the loopback interface, with the default limits.
    pub fn loopback() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            allowed_hosts: Vec::new(),
            proxies: Proxies::default(),
            tls: None,
            access: AccessSettings::default(),
            limits: Limits::default(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_host_is_an_address_or_can_be_a_name() {
        for (text, is) in [
            ("127.0.0.1", true),
            ("::1", true),
            ("fe80::1%eth0", true),
            ("localhost", true),
            ("a-1.example.", true),
            ("", false),
            ("a b", false),
            ("999.1.1.1", false),
            ("1.2.3", false),
            ("http://localhost", false),
            ("localhost:8000", false),
            ("[::1]", false),
            ("a..b", false),
        ] {
            assert_eq!(is_host(text), is, "{text}");
        }
    }
}
