//! Which hosts a service may contact for others.
//!
//! A service that is told addresses by its clients could be made to contact what only it can reach:
//! a metadata service, a database, its neighbours. [`AllowedHosts`] is the list of hosts that it may
//! contact, and [`AllowedHosts::client`] an HTTP client that keeps to it:
//!
//! - [`AllowedHosts::check`] refuses a URL whose host is not on the list;
//! - names are resolved once a connection, and the addresses that were looked at are the ones that
//!   are connected to, so that a name cannot change its meaning in between;
//! - an address that is not public is refused unless its host is on the list by name, not by a
//!   pattern;
//! - redirects are not followed, and proxies of the environment are not used.
//!
//! [`Answer`] is what comes back, read up to a bound. The feature `contract` has the addresses that
//! every use of the list must refuse.

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
