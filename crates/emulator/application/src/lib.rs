//! The emulator's use cases and the runner that carries records to a destination.
