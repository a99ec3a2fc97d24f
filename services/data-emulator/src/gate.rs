//! `gate`: measures whether the payments of a world are realistic.

mod report;

use std::fs::{self, OpenOptions};
use std::path::PathBuf;
use std::thread;

use adapter_charts::gate_page;
use anyhow::Context;
use clap::{Args, ValueEnum};
use emulator_domain::Seed;
use emulator_gate::{DIFFICULTIES, Plan, Report, Run, Runs, World, dial, gate};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use platform_runtime::exit_codes::INTERRUPTED;
use platform_runtime::output::print;
use platform_runtime::program::WrongUse;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;

use crate::arguments::{index, value};

/// Options of `gate`.
#[derive(Debug, Args)]
pub struct Gate {
    /// Which payments: those of the world of payments, or the transactions of the contract's domain
    #[arg(long, value_enum, default_value_t)]
    pub world: WorldName,
    /// Approximate number of payments in each of the two runs, at least 300,000; some bounds can be
    /// judged only from 2,000,000 on, and the AUC of the boosted trees is within 0.02 only from
    /// 1,000,000 on
    #[arg(long, default_value = "2000000", value_parser = index, allow_negative_numbers = true)]
    pub records: u64,
    /// Seed of the first run; that of the second is one more
    #[arg(long, default_value = "1", value_parser = value::<Seed>, allow_negative_numbers = true)]
    pub seed: Seed,
    /// Print one JSON object, for machines
    #[arg(long)]
    pub json: bool,
    /// Also write an HTML page with the table and charts to this file
    #[arg(long, value_name = "FILE")]
    pub html: Option<PathBuf>,
    /// Also measure five settings of difficulty: the better fraud hides, the less of it is to be
    /// found
    #[arg(long)]
    pub dial: bool,
}

/// A world that can be measured.
#[derive(Clone, Copy, Debug, Default, ValueEnum)]
pub enum WorldName {
    /// The world of payments.
    #[default]
    Payments,
    /// The contract's domain `transaction`.
    Contract,
}

/// Measures, prints the table and returns the exit code.
///
/// # Errors
/// If there are too few records, or a file cannot be written.
pub async fn run(options: &Gate, stop: CancellationToken) -> anyhow::Result<u8> {
    let (world, has_dial) = match (options.world, options.dial) {
        (WorldName::Payments, dial) => (World::Payments, dial),
        (WorldName::Contract, false) => (World::Contract, false),
        (WorldName::Contract, true) => {
            let message =
                "--dial: the contract's fraud hides as it does; expected --world payments";
            return Err(WrongUse(message.to_owned()).into());
        }
    };
    let plan = Plan::new(world, options.records)
        .map_err(|error| WrongUse(format!("invalid --records: {error}")))?;
    if let Some(path) = &options.html {
        // Checked now, rather than after all measurements.
        let open = OpenOptions::new().append(true).create(true).open(path);
        open.with_context(|| format!("cannot write {}", path.display()))?;
    }
    let seed = options.seed.get();
    let seeds = [seed, seed.wrapping_add(1)].map(Seed::new);
    let (done, report) = oneshot::channel();
    // On interruption, the thread is not awaited.
    thread::spawn(move || {
        let report = measure(plan, seeds, has_dial);
        // After an interruption nobody receives it.
        let _ = done.send(report);
    });
    let report = tokio::select! {
        report = report => report.context("the measuring thread ended early")?,
        () = stop.cancelled() => return Ok(INTERRUPTED),
    };
    if let Some(path) = &options.html {
        let page = gate_page(&report);
        fs::write(path, page).with_context(|| format!("cannot write {}", path.display()))?;
    }
    let text = if options.json {
        format!("{:#}\n", report::json(&report, seeds))
    } else {
        report::text(&report, seeds)
    };
    print(text.as_bytes())?;
    Ok(u8::from(!report.holds()))
}

fn measure(plan: Plan, seeds: [Seed; 2], has_dial: bool) -> Report {
    let settings = if has_dial {
        DIFFICULTIES.len() as u64
    } else {
        0
    };
    let bar = ProgressBar::new(plan.records * (3 + 2 * settings));
    bar.set_draw_target(ProgressDrawTarget::stderr_with_hz(10));
    let template = "{bar:30} {percent:>3} % {human_pos} of {human_len} payments, {per_sec} {msg}";
    bar.set_style(ProgressStyle::with_template(template).expect("the template is well formed"));
    let [seed, next] = seeds;
    let [one, other, sibling] = read(plan, [(seed, seed), (next, next), (seed, next)], &bar);
    bar.set_message("(growing trees)");
    let mut report = gate(&Runs {
        one,
        other,
        sibling,
    });
    if has_dial {
        for difficulty in DIFFICULTIES {
            bar.set_message(format!("(difficulty {difficulty})"));
            let plan = Plan { difficulty, ..plan };
            let [one, other] = read(plan, seeds.map(|seed| (seed, seed)), &bar);
            report.dial.push(dial(&one, &other));
        }
    }
    bar.finish_and_clear();
    report
}

/// Generates runs, from the seeds of their people and of their events, concurrently.
fn read<const N: usize>(plan: Plan, seeds: [(Seed, Seed); N], bar: &ProgressBar) -> [Run; N] {
    let more = |payments| bar.inc(payments);
    thread::scope(|scope| {
        let runs =
            seeds.map(|(people, seed)| scope.spawn(move || Run::read(plan, people, seed, &more)));
        runs.map(|run| run.join().expect("a run that can be planned can be read"))
    })
}
