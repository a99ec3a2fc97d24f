-- Files that were loaded since the table was last restored.
CREATE TABLE warehouse_loads (
    table_name VARCHAR(64) NOT NULL,
    digest VARCHAR(64) NOT NULL,
    file_name TEXT NOT NULL,
    rows_loaded BIGINT NOT NULL,
    rows_rejected BIGINT NOT NULL,
    reasons TEXT NOT NULL,
    loaded_at BIGINT NOT NULL,
    PRIMARY KEY (table_name, digest)
);

-- Requests that may come again, and what became of their rows.
CREATE TABLE warehouse_requests (
    request_key VARCHAR(64) NOT NULL PRIMARY KEY,
    digest VARCHAR(64) NOT NULL,
    outcome TEXT NOT NULL,
    created_at BIGINT NOT NULL
);

CREATE INDEX warehouse_requests_created_at ON warehouse_requests (created_at);
