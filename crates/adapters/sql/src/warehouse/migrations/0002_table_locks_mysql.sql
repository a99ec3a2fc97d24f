-- A row a table: whoever loads the table holds it alone, whoever inserts shares it. MySQL's own
-- LOCK TABLES would end the transaction.
CREATE TABLE warehouse_locks (
    table_name VARCHAR(64) NOT NULL PRIMARY KEY
);
