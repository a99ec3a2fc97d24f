//! Reports as pages and pictures.
