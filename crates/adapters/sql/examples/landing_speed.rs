//! Measures how fast rows land: `landing_speed URL [ROWS] [BATCH]` fills the table of 29 features.
#![allow(clippy::print_stdout, reason = "it is a program for people")]

use std::time::Instant;

use adapter_sql::SqlDatabase;
use pipeline_domain::landing::Arrival;
use pipeline_domain::log::{EventOrigin, Partition};
use pipeline_domain::sample;
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{Database, PortError};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), PortError> {
    let mut arguments = std::env::args().skip(1);
    let url = arguments
        .next()
        .expect("usage: landing_speed URL [ROWS] [BATCH]");
    let mut number = |other| {
        arguments
            .next()
            .map_or(other, |it| it.parse().expect("a number"))
    };
    let (rows, batch) = (number(1_000_000), number(5_000));
    let database = SqlDatabase::at(&url.into(), Names::default())?;
    database.prepare().await?;
    let began = database.rows().await?[0];
    let mut spent = std::time::Duration::ZERO;
    for base in (0..rows).step_by(batch) {
        let arrivals: Vec<Arrival> = (base..rows.min(base + batch)).map(arrival).collect();
        let start = Instant::now();
        database.land(&arrivals).await?;
        spent += start.elapsed();
    }
    let landed = database.rows().await?[0] - began;
    let rate = rows as f64 / spent.as_secs_f64();
    println!("{rows} events, {landed} rows landed in {spent:.2?}: {rate:.0} events/s");
    Ok(())
}

fn arrival(offset: usize) -> Arrival {
    let source = Source::First;
    Arrival {
        origin: EventOrigin {
            partition: Partition { source, number: 0 },
            offset: offset as i64,
            created: 1_700_000_000_000 + offset as i64,
        },
        row: sample::row(source, offset as i64),
    }
}
