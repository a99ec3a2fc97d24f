//! The data warehouse's tables in the real PostgreSQL and MariaDB of deploy/local.

use adapter_sql::open_warehouse;
use sqlx::{AssertSqlSafe, Connection, MySqlConnection};
use warehouse_ports::contract::dictionary;
use warehouse_ports::contract::store::keeps_its_contract;

use crate::place::Place;

#[tokio::test]
async fn postgresql_keeps_the_contract_of_a_warehouse() {
    let place = Place::make("warehouse").await;
    let store = open_warehouse(&place.url().into(), dictionary()).unwrap();
    keeps_its_contract(&*store).await;
    place.drop().await;
}

#[tokio::test]
async fn mariadb_keeps_the_contract_of_a_warehouse() {
    let url = std::env::var("MARIADB_TEST_URL")
        .expect("start the server and export its address: see deploy/local/README.md");
    let (server, _) = url.rsplit_once('/').expect("mysql://.../database");
    let name = format!("adapter_sql_{}", std::process::id());
    let mut client = MySqlConnection::connect(&url).await.unwrap();
    let create = AssertSqlSafe(format!("CREATE DATABASE {name}"));
    sqlx::raw_sql(create).execute(&mut client).await.unwrap();
    let store = open_warehouse(&format!("{server}/{name}").into(), dictionary()).unwrap();
    keeps_its_contract(&*store).await;
    let drop = AssertSqlSafe(format!("DROP DATABASE {name}"));
    sqlx::raw_sql(drop).execute(&mut client).await.unwrap();
}
