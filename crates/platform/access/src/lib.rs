//! Who may use a service, and who did what with it.
//!
//! - [`Access`]: what a server asks before it answers, kept in a folder of the service's data.
//! - [`Role`], [`Permission`]: what callers are, and what a route asks of them.
//! - [`Tokens`]: random secrets of which only a keyed hash is kept, and sessions made from them.
//! - `oidc`: callers whom an issuer of OpenID Connect vouches for.
//! - [`Audit`]: a log that tells if it was changed.
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
pub use audit::{Audit, Deed};
pub use command::AccessCommand;
pub use folder::{Folder, FolderError};
pub use role::{Caller, Permission, Quota, Role};
pub use settings::{AccessSettings, OidcSettings};
pub use tokens::{Grant, TokenError, Tokens};
pub use verify::{Findings, verify};
