//! How a restore replaces a table of the real PostgreSQL: by another table where nothing hangs on
//! the old one, else row by row.

use std::sync::Arc;
use std::time::Duration;

use adapter_sql::open_warehouse;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use warehouse_domain::batch::{RowBatch, Value};
use warehouse_domain::dictionary::Table;
use warehouse_ports::contract::dictionary;
use warehouse_ports::{Finish, Insert, LoadMode, Store};

use crate::place::Place;

/// Jobs of some ids, all of the same name.
fn jobs(ids: std::ops::Range<i32>, name: &str) -> RowBatch {
    let mut rows = RowBatch::new(2);
    for id in ids {
        rows.push(Value::Integer(id));
        rows.push(Value::Text(name));
    }
    rows
}

struct Warehouse {
    place: Place,
    store: Arc<dyn Store>,
    client: PgConnection,
}

impl Warehouse {
    /// With three old jobs.
    async fn open(test: &str) -> Self {
        let place = Place::make(test).await;
        let store = open_warehouse(&place.url().into(), dictionary()).unwrap();
        store.prepare().await.unwrap();
        let client = place.client().await;
        let warehouse = Self {
            place,
            store,
            client,
        };
        warehouse.replace(&jobs(0..3, "old")).await;
        warehouse
    }

    fn table(name: &str) -> Arc<Table> {
        Arc::clone(dictionary().table(name).unwrap())
    }

    async fn replace(&self, rows: &RowBatch) {
        self.replace_all_of(&Self::table("jobs"), rows).await;
    }

    async fn replace_all_of(&self, table: &Table, rows: &RowBatch) {
        let mut load = self.store.load(table, LoadMode::Replace).await.unwrap();
        load.add(rows).await.unwrap();
        load.finish(Finish::Restored).await.unwrap();
    }

    async fn insert(&self, table: &Table, rows: &RowBatch) {
        let insert = Insert {
            table,
            rows,
            all_or_nothing: false,
            idempotency: None,
        };
        let inserted = self.store.insert(insert).await.unwrap();
        assert_eq!(inserted.refused, []);
    }

    async fn run(&mut self, sql: &str) {
        let ran = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let ran = ran.execute(&mut self.client).await;
        ran.unwrap_or_else(|error| panic!("{sql}: {error}"));
    }

    async fn number(&mut self, sql: &str) -> i64 {
        let asked = sqlx::query_scalar(AssertSqlSafe(sql.to_owned()));
        asked.fetch_one(&mut self.client).await.unwrap()
    }

    /// The table that has the name now.
    async fn identity(&mut self) -> i64 {
        self.number("SELECT 'jobs'::regclass::oid::bigint").await
    }

    /// It has that many new jobs, no old ones, and nothing stands beside it.
    async fn is_new(&mut self, rows: i64, when: &str) {
        for (question, expected) in [(NEW, rows), (ALL, rows), (BESIDE, 0)] {
            assert_eq!(self.number(question).await, expected, "{when}: {question}");
        }
    }

    async fn close(self) {
        drop((self.store, self.client));
        self.place.drop().await;
    }
}

const NEW: &str = "SELECT count(*) FROM jobs WHERE job_name = 'new'";
const ALL: &str = "SELECT count(*) FROM jobs";
const BESIDE: &str = "SELECT count(*) FROM pg_class WHERE relname LIKE 'replacement%'";

#[tokio::test]
async fn a_table_of_the_warehouse_alone_is_replaced_by_another_with_the_same_names() {
    let mut warehouse = Warehouse::open("swapped").await;
    let shape = "SELECT string_agg(format('%s %s %s', a.attname, format_type(a.atttypid, a.atttypmod), \
                 a.attnotnull || collname), ', ' ORDER BY attnum) || pg_get_indexdef('jobs_pkey'::regclass) \
                 FROM pg_attribute a LEFT JOIN pg_collation l ON l.oid = a.attcollation \
                 WHERE attrelid = 'jobs'::regclass AND attnum > 0";
    let mut shapes = Vec::new();
    let before = warehouse.identity().await;
    for _ in 0..2 {
        let asked = sqlx::query_scalar::<_, String>(shape);
        shapes.push(asked.fetch_one(&mut warehouse.client).await.unwrap());
        warehouse.replace(&jobs(1..5, "new")).await;
    }
    assert_eq!(shapes[0], shapes[1]);
    assert!(shapes[0].contains("job_name text"), "{shapes:?}");
    assert_ne!(warehouse.identity().await, before);
    warehouse.is_new(4, "nothing hangs on it").await;
    warehouse.store.prepare().await.unwrap();
    warehouse.close().await;
}

/// What may hang on a table, and a question whose answer is 1 as long as it does.
const HANGS: [(&str, &str); 17] = [
    (
        "GRANT SELECT ON jobs TO PUBLIC",
        "SELECT count(*) FROM pg_class, aclexplode(relacl) WHERE relname = 'jobs' AND grantee = 0",
    ),
    (
        "GRANT SELECT (job_id) ON jobs TO PUBLIC",
        "SELECT count(*) FROM pg_attribute WHERE attrelid = 'jobs'::regclass AND attacl IS NOT NULL",
    ),
    (
        "CREATE VIEW hung AS SELECT * FROM jobs WHERE job_id = 2",
        "SELECT count(*) FROM hung WHERE job_name = 'new'",
    ),
    (
        "CREATE TABLE hung (job_id int REFERENCES jobs DEFERRABLE INITIALLY DEFERRED); \
         INSERT INTO hung VALUES (2)",
        "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND confrelid = 'jobs'::regclass",
    ),
    (
        "CREATE INDEX hung ON jobs (job_name)",
        "SELECT count(*) FROM pg_index WHERE indrelid = 'jobs'::regclass AND NOT indisprimary",
    ),
    (
        "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'; \
         CREATE TRIGGER hung BEFORE INSERT ON jobs FOR EACH ROW EXECUTE FUNCTION note()",
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = 'jobs'::regclass AND tgname = 'hung'",
    ),
    (
        "CREATE SEQUENCE hung OWNED BY jobs.job_id",
        "SELECT count(*) FROM pg_class WHERE relname = 'hung'",
    ),
    (
        "ALTER TABLE jobs ALTER job_name SET DEFAULT 'none'",
        "SELECT count(*) FROM pg_attrdef WHERE adrelid = 'jobs'::regclass",
    ),
    (
        "ALTER TABLE jobs ADD CONSTRAINT hung CHECK (job_id < 1000)",
        "SELECT count(*) FROM pg_constraint WHERE conname = 'hung'",
    ),
    (
        "ALTER TABLE jobs ENABLE ROW LEVEL SECURITY",
        "SELECT count(*) FROM pg_class WHERE relname = 'jobs' AND relrowsecurity",
    ),
    (
        "CREATE POLICY hung ON jobs USING (true)",
        "SELECT count(*) FROM pg_policy WHERE polrelid = 'jobs'::regclass",
    ),
    (
        "COMMENT ON TABLE jobs IS 'hung'",
        "SELECT count(*) FROM pg_description WHERE objoid = 'jobs'::regclass",
    ),
    (
        "ALTER TABLE jobs SET (fillfactor = 70)",
        "SELECT count(*) FROM pg_class WHERE relname = 'jobs' AND reloptions IS NOT NULL",
    ),
    (
        "ALTER TABLE jobs REPLICA IDENTITY FULL",
        "SELECT count(*) FROM pg_class WHERE relname = 'jobs' AND relreplident = 'f'",
    ),
    (
        "CREATE PUBLICATION hung FOR ALL TABLES",
        "SELECT count(*) FROM pg_publication_tables WHERE tablename = 'jobs'",
    ),
    (
        // A new table would have them, too.
        "ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO PUBLIC",
        "SELECT count(*) FROM pg_class WHERE relname = 'jobs' AND relacl IS NULL",
    ),
    (
        "CREATE FUNCTION hung() RETURNS SETOF jobs LANGUAGE sql AS 'SELECT * FROM jobs'",
        "SELECT count(*) FROM hung() WHERE job_id = 2 AND job_name = 'new'",
    ),
];

#[tokio::test]
async fn what_hangs_on_a_table_stays_with_it() {
    for (hangs, kept) in HANGS {
        let mut warehouse = Warehouse::open("hung").await;
        let before = warehouse.identity().await;
        warehouse.run(hangs).await;
        warehouse.replace(&jobs(0..4, "new")).await;
        assert_eq!(warehouse.identity().await, before, "{hangs}");
        assert_eq!(warehouse.number(kept).await, 1, "{hangs}");
        warehouse.is_new(4, hangs).await;
        warehouse.close().await;
    }
}

#[tokio::test]
async fn who_has_looked_at_others_before_sees_a_replaced_table_whole() {
    let mut warehouse = Warehouse::open("snapshot").await;
    warehouse.run("BEGIN ISOLATION LEVEL REPEATABLE READ").await;
    warehouse.number("SELECT count(*) FROM departments").await;
    warehouse.replace(&jobs(0..4, "new")).await;
    warehouse.is_new(4, "with an older snapshot").await;
    warehouse.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reports_see_all_tables_as_of_one_moment() {
    let mut warehouse = Warehouse::open("moment").await;
    // They come to departments, jobs and employees in this order.
    warehouse.run("BEGIN; LOCK TABLE jobs").await;
    let store = Arc::clone(&warehouse.store);
    let reading = tokio::spawn(async move { store.hiring(2021).await.unwrap() });
    let waits = "SELECT count(*) FROM pg_locks WHERE relation = 'jobs'::regclass AND NOT granted";
    while warehouse.number(waits).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let [departments, employees] = ["departments", "employees"].map(Warehouse::table);
    warehouse
        .insert(&departments, &jobs(7..8, "Department"))
        .await;
    let mut rows = RowBatch::new(5);
    rows.push(Value::Integer(1));
    rows.push(Value::Text("Name"));
    rows.push(Value::Text("2021-01-01T00:00:00Z"));
    rows.push(Value::Integer(7));
    rows.push(Value::Integer(1));
    warehouse.replace_all_of(&employees, &rows).await;
    warehouse.run("COMMIT").await;
    let facts = reading.await.unwrap();
    let of = |id: i32| facts.departments.iter().any(|(known, _)| *known == id);
    assert!(
        facts.hires.iter().all(|hire| of(hire.department)),
        "{:?} and {:?} were never there together",
        facts.departments,
        facts.hires
    );
    warehouse.close().await;
}

#[tokio::test]
async fn who_goes_on_reading_does_not_hold_up_a_replacement() {
    let mut warehouse = Warehouse::open("reading").await;
    let before = warehouse.identity().await;
    let mut others = warehouse.place.client().await;
    let reads = sqlx::raw_sql("BEGIN; SELECT * FROM jobs");
    reads.execute(&mut others).await.unwrap();
    warehouse.replace(&jobs(0..4, "new")).await;
    assert_eq!(warehouse.identity().await, before, "the table was in use");
    warehouse.is_new(4, "beside a reader").await;
    others.close().await.unwrap();
    warehouse.replace(&jobs(0..5, "new")).await;
    assert_ne!(warehouse.identity().await, before, "the table was free");
    warehouse.is_new(5, "without a reader").await;
    warehouse.close().await;
}

#[tokio::test]
async fn an_insertion_that_has_read_the_table_and_a_replacement_do_not_wait_for_each_other() {
    let warehouse = Warehouse::open("crossed").await;
    let badges = Warehouse::table("badges");
    let badge = |key: i32| {
        let mut rows = RowBatch::new(5);
        let (null, key) = (Value::Null, Value::Integer(key));
        for value in [null, key, null, key, null] {
            rows.push(value);
        }
        rows
    };
    let mut load = warehouse
        .store
        .load(&badges, LoadMode::Replace)
        .await
        .unwrap();
    load.add(&badge(1)).await.unwrap();
    let rows = badge(2);
    let replaced = async {
        // The insertion has looked for what its row refers to, and waits.
        tokio::time::sleep(Duration::from_millis(300)).await;
        load.finish(Finish::Restored).await
    };
    let ((), replaced) = tokio::join!(warehouse.insert(&badges, &rows), replaced);
    replaced.unwrap();
    assert_eq!(warehouse.store.count(&badges).await, Ok(2));
    warehouse.close().await;
}
