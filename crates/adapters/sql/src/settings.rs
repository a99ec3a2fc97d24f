//! A database as a setting of a service.

use platform_runtime::settings::Setting;

/// Which database.
pub const DATABASE: Setting = Setting::secret(
    "database.url",
    None,
    "Database that rows are written to: `sqlite:FILE` or `postgres://USER:PASSWORD@HOST/DATABASE`. \
     Unset: a SQLite file in the data folder.",
);
