//! Outgoing connections: which hosts a service may contact on behalf of its clients.
//!
//! A service that accepts addresses from its clients could be made to contact what only it can
//! reach (server-side request forgery): a metadata service, a database, its neighbours.
//! [`AllowedHosts`] is the list of hosts that it may contact, and [`AllowedHosts::client`] is an
//! HTTP client that enforces it:
//!
//! - [`AllowedHosts::check`] refuses a URL whose host is not on the list;
//! - a name is resolved once per connection, and the checked addresses are the ones connected to,
//!   so a name cannot change its meaning in between;
//! - an address that is not public is refused unless its host is listed by name, not by a wildcard;
//! - redirects are not followed, and proxies of the environment are not used.
//!
//! [`Answer`] is a response, read up to a limit. The feature `contract` has the URLs that every
//! user of the list must refuse.

mod address;
mod answer;
mod client;
#[cfg(any(test, feature = "contract"))]
pub mod contract;
mod hosts;

pub use address::is_public;
pub use answer::{Answer, may_pass};
pub use hosts::{AllowedHosts, HostPatternError};
pub use reqwest::{StatusCode, Url};
