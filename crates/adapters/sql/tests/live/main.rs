//! The real PostgreSQL of deploy/local. Without it, these tests fail.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "../batches/mod.rs"]
mod batches;
mod faults;
mod lost_answer;
mod place;
mod replacement;
mod warehouse;

use adapter_sql::SqlDatabase;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::contract::database::keeps_its_contract;
use pipeline_ports::{Database, PortErrorKind};
use place::{Place, at};
use sqlx::{Connection, PgConnection, Row as _};

#[tokio::test]
async fn postgresql_keeps_the_contract() {
    let place = Place::make("contract").await;
    let database = place.database();
    database.prepare().await.unwrap();
    keeps_its_contract(&database).await;
    place.drop().await;
}

#[tokio::test]
async fn a_second_client_reads_the_rows_as_they_were() {
    let place = Place::make("rows").await;
    let database = place.database();
    database.prepare().await.unwrap();
    let mut client = place.client().await;
    for source in Source::ALL {
        let batch = batches::of(source, 0..700);
        database.land(&batch).await.unwrap();
        let rows = sqlx::query(batches::select(source))
            .fetch_all(&mut client)
            .await
            .unwrap();
        let read: Vec<_> = rows
            .iter()
            .map(|row| batches::row(source, |at| row.get(at), |at| row.get(at), |at| row.get(at)))
            .collect();
        let sent: Vec<_> = batch.into_iter().map(|arrival| arrival.row).collect();
        assert_eq!(read, sent);
    }
    drop(client);
    place.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_landers_at_once_land_each_row_once() {
    let place = Place::make("two").await;
    batches::land_at_once(|| place.database()).await;
    place.drop().await;
}

#[tokio::test]
async fn rows_that_a_constraint_refuses_are_left_out_with_its_name() {
    let place = Place::make("constraint").await;
    let mut client = place.client().await;
    let create = sqlx::AssertSqlSafe(batches::constrained_table());
    sqlx::raw_sql(create).execute(&mut client).await.unwrap();
    batches::land_where_rows_are_refused(&place.database()).await;
    drop(client);
    place.drop().await;
}

#[tokio::test]
async fn what_must_be_changed_first_is_refused_with_what_to_do_and_no_password() {
    let place = Place::make("refused").await;
    let password = place.password();
    let wrong_password = place.url().replace(&password, "sesame");
    let mut client = place.client().await;
    let role = format!("{}_reader", place.name());
    let sql = format!("CREATE ROLE {role} LOGIN PASSWORD 'sesame'");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(&mut client)
        .await
        .unwrap();
    let reader = place.url_of(&role, "sesame");
    for (url, advice) in [
        (wrong_password, "check the URL's user and password"),
        (at("no-such-database"), "CREATE DATABASE"),
        (reader, "GRANT"),
    ] {
        let database = SqlDatabase::at(&url.clone().into(), Names::default()).unwrap();
        let error = database.prepare().await.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Refused, "{error}");
        assert!(error.message.contains(advice), "{error}");
        let shown = format!("{error} {error:?} {database:?}");
        assert!(!shown.contains("sesame"), "{shown}");
        assert!(!shown.contains(&password), "{shown}");
    }

    sqlx::query("CREATE TABLE data3 (id INTEGER PRIMARY KEY, feature1 BIGINT)")
        .execute(&mut client)
        .await
        .unwrap();
    let error = place.database().prepare().await.unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Refused, "{error}");
    let mismatch = "data3: its column id has type integer, expected bigint";
    assert!(error.message.contains(mismatch), "{error}");

    let sql = format!("DROP ROLE {role}");
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .execute(&mut client)
        .await
        .unwrap();
    drop(client);
    place.drop().await;
}

#[tokio::test]
async fn a_user_who_may_only_use_the_tables_lands_in_them() {
    let place = Place::make("user").await;
    place.database().prepare().await.unwrap();
    let role = format!("{}_lander", place.name());
    let mut client = place.client().await;
    let sql = format!(
        "CREATE ROLE {role} LOGIN PASSWORD 'sesame'; \
         GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA public TO {role}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut client)
        .await
        .unwrap();
    let url = place.url_of(&role, "sesame");
    let database = SqlDatabase::at(&url.into(), Names::default()).unwrap();
    database.prepare().await.unwrap();
    let batch = batches::of(Source::First, 0..3);
    database.land(&batch).await.unwrap();
    assert_eq!(database.rows().await.unwrap(), [3, 0, 0]);
    drop(database);
    let sql = format!("DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql))
        .execute(&mut client)
        .await
        .unwrap();
    drop(client);
    place.drop().await;
}

#[tokio::test]
async fn a_connection_that_the_server_ends_is_tried_again_with_success() {
    let place = Place::make("ended").await;
    let database = place.database();
    database.prepare().await.unwrap();
    let batch = batches::of(Source::First, 0..3);
    let mut client = place.client().await;
    for expected in [PortErrorKind::Unreachable; 3] {
        end_other_connections(&mut client).await;
        let error = database.land(&batch).await.unwrap_err();
        assert_eq!(error.kind, expected, "{error}");
        database.land(&batch).await.unwrap();
    }
    assert_eq!(database.rows().await.unwrap(), [3, 0, 0]);
    drop((client, database));
    place.drop().await;
}

async fn end_other_connections(client: &mut PgConnection) {
    sqlx::query(
        "SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity \
         WHERE datname = current_database() AND pid != pg_backend_pid()",
    )
    .execute(&mut *client)
    .await
    .unwrap();
    client.ping().await.unwrap();
}
