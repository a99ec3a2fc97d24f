//! The HTTP server's frame: errors, health, limits.
