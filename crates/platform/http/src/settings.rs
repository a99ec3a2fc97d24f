//! The server's section of a service's settings.

use platform_runtime::settings::{Setting, Settings, Shape};

use crate::Limits;

/// The section `http` for a table of settings; `port` is the default.
pub const fn http(port: &'static str) -> [Setting; 6] {
    [
        Setting::with_default(
            "http.host",
            "127.0.0.1",
            Shape::Text("host name or address"),
            "Where to listen: by default only this machine reaches the service; 0.0.0.0 is every \
             interface.",
        ),
        Setting::with_default(
            "http.port",
            port,
            Shape::whole(0, 65_535, ""),
            "Port to listen on; 0 takes a free one.",
        ),
        Setting::with_default(
            "http.connections",
            "4096",
            Shape::whole(2, 1_000_000, "connections"),
            "Open connections at most; further ones wait to be accepted.",
        ),
        Setting::with_default(
            "http.streams",
            "1024",
            Shape::whole(1, 1_000_000, "streams"),
            "Streams of events at most, and no more than half of the connections; further ones are \
             refused with 429.",
        ),
        Setting::with_default(
            "http.streams_of_a_client",
            "256",
            Shape::whole(1, 1_000_000, "streams"),
            "The same of one address.",
        ),
        Setting::new(
            "http.allowed_hosts",
            None,
            Shape::Text("names, with commas between"),
            "Names under which browsers reach the service, such as that of a proxy. Addresses and \
             `localhost` need not be listed, and clients that are no browsers may use any name.",
        ),
    ]
}

/// Where a server listens, and what it grants its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Host name or address to listen on.
    pub host: String,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// Names that browsers may call the server, beside addresses, `localhost` and `host`.
    pub allowed_hosts: Vec<String>,
    /// What clients are granted.
    pub limits: Limits,
}

impl HttpSettings {
    /// Reads the section, which must be in the table of `settings`.
    pub fn from(settings: &Settings) -> Self {
        Self {
            host: settings.required("http.host").to_owned(),
            port: settings.whole("http.port"),
            allowed_hosts: settings
                .text("http.allowed_hosts")
                .unwrap_or_default()
                .split(',')
                .map(|name| name.trim().to_lowercase())
                .filter(|name| !name.is_empty())
                .collect(),
            limits: Limits {
                connections: settings.whole("http.connections"),
                streams: settings.whole("http.streams"),
                streams_of_a_client: settings.whole("http.streams_of_a_client"),
                ..Limits::default()
            },
        }
    }

    /// A free port of the loopback interface with the usual limits.
    pub fn loopback() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            allowed_hosts: Vec::new(),
            limits: Limits::default(),
        }
    }
}
