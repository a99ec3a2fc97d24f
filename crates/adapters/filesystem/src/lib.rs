//! Folders and standard output.
