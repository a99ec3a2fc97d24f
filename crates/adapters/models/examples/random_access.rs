//! Measures the time to generate single records at random positions of a model's streams, and the
//! memory this takes: `random_access MODEL RECORDS...` prints a JSON object per stream. RECORDS are
//! the numbers of records to choose from, in the order of the streams; for a world they are known.

#![allow(clippy::print_stdout, reason = "an example tells its figures")]

use std::path::Path;
use std::time::Instant;

use adapter_models::read;
use emulator_domain::record::Block;
use emulator_domain::{Rate, Seed, Timeline, Timestamp};

/// Number of records requested.
const ASKED: usize = 20_000;
/// Repetitions, to tell slow records from moments in which the machine was busy otherwise.
const AGAIN: usize = 3;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let file = arguments.next().expect("a model");
    let model = read(Path::new(&file)).unwrap_or_else(|error| panic!("{error:?}"));
    let rate = Rate::new(1e6).expect("it is in range");
    let mut random = fastrand::Rng::with_seed(7);
    for stream in model.streams() {
        let (start, rate) = stream.own_time().unwrap_or((Timestamp::EARLIEST, rate));
        let timeline = Timeline::new(start, rate);
        let seed = Seed::new(7);
        let records = match arguments.next() {
            Some(records) => records.parse().expect("a number of records"),
            None => (stream.population(seed)).min(stream.first_at(seed, timeline.capacity())),
        };
        let mut block = Block::default();
        let mut micros = |index: u64| {
            let begun = Instant::now();
            stream
                .fill(seed, &timeline, index..index + 1, &mut block)
                .expect("there are so many records");
            begun.elapsed().as_secs_f64() * 1e6
        };
        let mut slowest: f64 = 0.0;
        let mut micros: Vec<f64> = (0..ASKED)
            .map(|_| {
                let index = random.u64(0..records);
                let all: [f64; AGAIN] = std::array::from_fn(|_| micros(index));
                slowest = slowest.max(all.into_iter().fold(f64::INFINITY, f64::min));
                all[0]
            })
            .collect();
        micros.sort_unstable_by(f64::total_cmp);
        println!(
            "{{\"stream\": \"{}\", \"records\": {records}, \"median\": {:.2}, \"p99\": {:.2}, \"slowest\": {:.2}, \"peak_kib\": {}}}",
            stream.name(),
            micros[ASKED / 2],
            micros[ASKED * 99 / 100],
            slowest,
            peak_kib()
        );
    }
}

/// The peak memory of this process so far.
fn peak_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmHWM:"));
    let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
    number.unwrap_or(0)
}
