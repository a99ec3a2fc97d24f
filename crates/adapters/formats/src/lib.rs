//! JSON, NDJSON and CSV encodings of records.
