//! A database as a setting of a service.

use platform_runtime::settings::Setting;

/// Which database.
pub const DATABASE: Setting = Setting::secret(
    "database.url",
    None,
    "Where rows land: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. Unset: SQLite, \
     in a file of the data folder.",
);
