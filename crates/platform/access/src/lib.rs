//! Who may use a service, and who did what with it.
//!
//! - [`Access`]: authenticates and authorises callers, with its state in the service's data folder.
//! - [`Role`], [`Permission`]: what callers may do, and what a route requires.
//! - [`Tokens`]: random secrets of which only a keyed hash is stored, and sessions derived from
//!   them.
//! - `oidc`: callers authenticated by an OpenID Connect issuer.
//! - [`Audit`]: a tamper-evident log.
//! - [`AccessCommand`]: the commands `token` and `audit` of every service.
//! - [`settings`]: the section `auth` of a service's settings.

pub mod settings;

mod access;
mod attempts;
mod audit;
mod command;
mod folder;
mod oidc;
mod role;
mod session;
mod tokens;
mod verify;

pub use access::{Access, AccessError, Denied};
pub use audit::{Audit, AuditEntry};
pub use command::AccessCommand;
pub use folder::{Folder, FolderError};
pub use role::{Caller, Permission, Quota, Role};
pub use settings::{AccessSettings, OidcSettings};
pub use tokens::{Grant, TokenError, Tokens};
pub use verify::{Findings, verify};
