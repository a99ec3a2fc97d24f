//! Adapters that keep everything in memory, or nothing at all.
