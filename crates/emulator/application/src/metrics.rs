//! What the emulator counts, by sink and domain.

use std::borrow::Cow;

use emulator_domain::delivery::Counts;
use emulator_domain::imperfection::Fault;
use emulator_domain::plan::EmulationPlan;

const GENERATED: &str = "emulator_records_generated_total";
const ACKNOWLEDGED: &str = "emulator_records_acknowledged_total";
const FAILED: &str = "emulator_records_failed_total";
const BYTES: &str = "emulator_bytes_total";
const IN_FLIGHT: &str = "emulator_records_in_flight";
const LAG: &str = "emulator_lag_seconds";
const SEND: &str = "emulator_batch_send_seconds";
const FAULTS: &str = "emulator_faults_total";
const OBJECTS: &str = "emulator_objects_stored_total";
const PAUSED: &str = "emulator_runs_paused";
const RUNS: &str = "emulator_runs_ended_total";
const CALLBACKS: &str = "emulator_callbacks_total";

/// Registers the descriptions of the metrics; called once per process, before the first run.
pub fn describe() {
    use ::metrics::{describe_counter, describe_gauge, describe_histogram};

    describe_counter!(GENERATED, "Records made and encoded");
    describe_counter!(ACKNOWLEDGED, "Records that the destination has stored");
    describe_counter!(FAILED, "Records that the destination has not stored");
    describe_counter!(BYTES, "Bytes of the generated records");
    describe_gauge!(
        IN_FLIGHT,
        "Records that the destination has not answered for"
    );
    describe_gauge!(LAG, "How far the run that reported last is behind its pace");
    describe_histogram!(SEND, "How long the destination took to take a batch");
    describe_counter!(FAULTS, "Records with a fault on purpose, by its kind");
    describe_counter!(OBJECTS, "Objects stored whole");
    describe_gauge!(PAUSED, "Runs that somebody holds until they are resumed");
    describe_counter!(RUNS, "Runs by how they ended");
    describe_counter!(
        CALLBACKS,
        "Attempts to tell of a run's end, by what came of them"
    );
}

/// The labels of a run's metrics.
type Labels = [(&'static str, Cow<'static, str>); 2];

pub(crate) fn labels(plan: &EmulationPlan) -> Labels {
    [
        ("sink", plan.sink().name().into()),
        ("domain", plan.dataset().name()),
    ]
}

/// Adds the difference between two readings.
pub(crate) fn progress(plan: &EmulationPlan, before: &Counts, now: &Counts, lag_seconds: f64) {
    let labels = labels(plan);
    for (name, before, now) in [
        (GENERATED, before.generated, now.generated),
        (ACKNOWLEDGED, before.acknowledged, now.acknowledged),
        (FAILED, before.failed, now.failed),
        (BYTES, before.bytes, now.bytes),
    ] {
        ::metrics::counter!(name, &labels).increment(now - before);
    }
    if let Some(deliveries) = plan.deliveries() {
        let tally = |counts: &Counts| match counts.generated {
            // What is missing before the first delivery is counted together with it.
            0 => Fault::ALL.map(|fault| (fault, 0)),
            _ => deliveries.tally(counts),
        };
        for ((fault, before), (_, now)) in tally(before).into_iter().zip(tally(now)) {
            let [sink, domain] = labels.clone();
            let labels = [sink, domain, ("kind", fault.name().into())];
            ::metrics::counter!(FAULTS, &labels).increment(now - before);
        }
    }
    let in_flight = now.in_flight() as f64 - before.in_flight() as f64;
    ::metrics::gauge!(IN_FLIGHT, &labels).increment(in_flight);
    ::metrics::gauge!(LAG, &labels).set(lag_seconds);
}

/// The histogram of a run's send times.
pub(crate) fn send_times(plan: &EmulationPlan) -> ::metrics::Histogram {
    ::metrics::histogram!(SEND, &labels(plan))
}

/// The counter of a run's objects.
pub(crate) fn objects(plan: &EmulationPlan) -> ::metrics::Counter {
    ::metrics::counter!(OBJECTS, &labels(plan))
}

/// Adds `more` to the number of paused runs; negative if runs were resumed or ended.
pub(crate) fn paused(more: i32) {
    ::metrics::gauge!(PAUSED).increment(more);
}

/// A run has ended.
pub(crate) fn ended(status: &'static str) {
    ::metrics::counter!(RUNS, "status" => status).increment(1);
}

/// A callback was sent, with this result.
pub(crate) fn callback(result: &'static str) {
    ::metrics::counter!(CALLBACKS, "result" => result).increment(1);
}

#[cfg(test)]
mod tests {
    use emulator_domain::Domain;
    use emulator_domain::imperfection::{Imperfections, Share};
    use emulator_domain::plan::{Format, PlanSpec, RecordCount, Sink};
    use metrics_exporter_prometheus::PrometheusBuilder;

    use super::*;

    #[test]
    fn what_has_been_counted_is_shown_with_its_sink_and_domain() {
        let plan = EmulationPlan::new(PlanSpec {
            count: RecordCount::new(1000).ok(),
            imperfections: Imperfections {
                missing: Share::new(0.5).unwrap(),
                ..Imperfections::default()
            },
            ..PlanSpec::new(Domain::DeviceLog, Sink::Null, Format::Csv)
        });
        let plan = plan.unwrap();
        let counts = |generated, acknowledged, failed, bytes| Counts {
            generated,
            acknowledged,
            failed,
            bytes,
            skewed: 0,
        };
        let (before, now) = (counts(100, 50, 10, 900), counts(300, 250, 11, 3000));
        let recorder = PrometheusBuilder::new().build_recorder();
        ::metrics::with_local_recorder(&recorder, || {
            describe();
            progress(&plan, &Counts::default(), &Counts::default(), 0.0);
            progress(&plan, &Counts::default(), &before, 9.0);
            progress(&plan, &before, &now, 2.5);
            objects(&plan).increment(4);
            send_times(&plan).record(0.5);
            paused(3);
            paused(-1);
            ended("completed");
            callback("taken");
        });
        let shown = recorder.handle().render();
        let of = r#"{sink="null",domain="device-log"}"#;
        let missing = plan.deliveries().unwrap().tally(&now)[0].1;
        assert!((299..=301).contains(&missing), "{missing}");
        for line in [
            format!("emulator_records_generated_total{of} 300"),
            format!("emulator_records_acknowledged_total{of} 250"),
            format!("emulator_records_failed_total{of} 11"),
            format!("emulator_bytes_total{of} 3000"),
            format!("emulator_records_in_flight{of} 39"),
            format!("emulator_lag_seconds{of} 2.5"),
            format!("emulator_objects_stored_total{of} 4"),
            format!(
                r#"emulator_faults_total{{sink="null",domain="device-log",kind="missing"}} {missing}"#
            ),
            format!("emulator_batch_send_seconds_count{of} 1"),
            "emulator_runs_paused 2".to_owned(),
            r#"emulator_runs_ended_total{status="completed"} 1"#.to_owned(),
            r#"emulator_callbacks_total{result="taken"} 1"#.to_owned(),
            "# HELP emulator_objects_stored_total Objects stored whole".to_owned(),
        ] {
            assert!(
                shown.lines().any(|shown| shown == line),
                "{line} in {shown}"
            );
        }
    }
}
