//! The server's section of a service's settings.

use platform_runtime::settings::{Setting, Settings, Shape};

use crate::Limits;

/// The section `http` for a table of settings; `port` is the default.
pub const fn http(port: &'static str) -> [Setting; 3] {
    [
        Setting::with_default(
            "http.host",
            "0.0.0.0",
            Shape::Text("host name or address"),
            "Where to listen; 0.0.0.0 is every interface.",
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
    ]
}

/// Where a server listens, and what it grants its clients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Host name or address to listen on.
    pub host: String,
    /// Port to listen on; 0 takes a free one.
    pub port: u16,
    /// What clients are granted.
    pub limits: Limits,
}

impl HttpSettings {
    /// Reads the section, which must be in the table of `settings`.
    pub fn from(settings: &Settings) -> Self {
        Self {
            host: settings.required("http.host").to_owned(),
            port: settings.whole("http.port"),
            limits: Limits {
                connections: settings.whole("http.connections"),
                ..Limits::default()
            },
        }
    }

    /// A free port of the loopback interface with the usual limits.
    pub fn loopback() -> Self {
        Self {
            host: "127.0.0.1".to_owned(),
            port: 0,
            limits: Limits::default(),
        }
    }
}
