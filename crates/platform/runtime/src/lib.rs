//! Settings, telemetry and shutdown.
