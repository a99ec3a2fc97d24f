//! The permissions that routes require, as short names for tables of routes.

use platform_access::{Permission, Role};

/// Nothing.
pub const OPEN: Permission = Permission::Open;
/// A caller who may read.
pub const VIEWER: Permission = Permission::Role(Role::Viewer);
/// A caller who may start and stop work.
pub const OPERATOR: Permission = Permission::Role(Role::Operator);
/// A caller who may start and stop work, limited to what belongs to the caller or the team; see
/// [`Owners`](crate::Owners).
pub const OWN: Permission = Permission::Own;
/// A caller who may change what everyone uses.
pub const ADMIN: Permission = Permission::Role(Role::Admin);
