//! Tables in SQLite and PostgreSQL.
