#![allow(missing_docs, clippy::print_stdout, clippy::unwrap_used)]
use emulator_domain::emulation::EmulationId;
use emulator_domain::plan::*;
use emulator_domain::*;
use emulator_ports::*;
fn main() {
    let which = std::env::args().nth(1);
    for domain in ["transaction", "device-log", "user-profile"] {
        for format in ["ndjson", "json", "csv"] {
            if let Some(w) = &which {
                if *w != format!("{domain}/{format}") {
                    continue;
                }
            }
            let plan = PlanDraft {
                emulator_sync: "null".into(),
                emulation_domain: domain.into(),
                format_type: format.into(),
                sync_type: "grouped".into(),
                max_chunk_size: 0,
                timeout: 100,
                pace: Some("unlimited".into()),
                ..Default::default()
            }
            .parse(&PlanDefaults {
                sinks: Sink::ALL,
                seed: 7,
                start_time: Timestamp::from_micros(1767225600000000).unwrap(),
                rate: Rate::per_second(10000.0).unwrap(),
                workers: 1,
                pace: Pace::Unlimited,
                users: UserIds::new(1000, 100_000_000).unwrap(),
                labels: Default::default(),
            })
            .unwrap();
            let plan2 = if domain == "user-profile" {
                plan
            } else {
                PlanDraft {
                    emulator_sync: "null".into(),
                    emulation_domain: domain.into(),
                    format_type: format.into(),
                    sync_type: "grouped".into(),
                    max_chunk_size: 0,
                    timeout: 100,
                    pace: Some("unlimited".into()),
                    ..Default::default()
                }
                .parse(&PlanDefaults {
                    sinks: Sink::ALL,
                    seed: 7,
                    start_time: Timestamp::from_micros(1767225600000000).unwrap(),
                    rate: Rate::per_second(10000.0).unwrap(),
                    workers: 1,
                    pace: Pace::Unlimited,
                    users: UserIds::CONTRACT,
                    labels: Default::default(),
                })
                .unwrap()
            };
            let enc = adapter_formats::Formats.encoder(
                EmulationId::new(uuid::Uuid::from_u128(0x0123456789abcdef0123456789abcdef)),
                &plan2,
            );
            let mut b = Batch::default();
            enc.encode(0..3, &mut b).unwrap();
            println!("{}", String::from_utf8_lossy(b.bytes()));
            for _ in 0..3 {
                let t = cpu();
                let mut bytes = 0u64;
                let n = 4000u64;
                for k in 0..n {
                    enc.encode(k * 1024..(k + 1) * 1024, &mut b).unwrap();
                    bytes += b.bytes().len() as u64;
                    std::hint::black_box(b.bytes());
                }
                let s = cpu() - t;
                println!(
                    "{domain}/{format}: {:.2} M/s {:.2} GB/s {:.1} ns {} B",
                    n as f64 * 1024.0 / s / 1e6,
                    bytes as f64 / s / 1e9,
                    s * 1e9 / (n as f64 * 1024.0),
                    bytes / (n * 1024)
                );
            }
        }
    }
}

fn cpu() -> f64 {
    let s = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
    s.split(' ').next().unwrap().parse::<f64>().unwrap() / 1e9
}
