//! What the emulator's command writes and what the service makes are the same bytes.

use std::path::Path;
use std::process::Command;

use compute_service::processors::Emulate;
use compute_service::{MediaType, process_in_memory};
use serde_json::json;

#[test]
fn the_service_makes_the_bytes_of_the_command() {
    let here = Path::new(env!("CARGO_BIN_EXE_compute-service"));
    let emulator = here.with_file_name("data-emulator");
    for domain in ["transaction", "user-profile", "device-log"] {
        for format in ["csv", "json"] {
            let plan = json!({
                "emulation_domain": domain, "format_type": format, "count": 5_000, "seed": 11,
                "start_time": "2026-01-01T00:00:00Z", "rate": 250.5,
            });
            let inputs = vec![(MediaType::Json, plan.to_string().into_bytes())];
            let made = process_in_memory(&Emulate, inputs).unwrap();
            let written = Command::new(&emulator)
                .args(["emulate", domain, "--to", "stdout", "--format", format])
                .args(["--count", "5000", "--seed", "11", "--rate", "250.5"])
                .args([
                    "--pace",
                    "unlimited",
                    "--start-time",
                    "2026-01-01T00:00:00Z",
                ])
                .output()
                .unwrap_or_else(|error| {
                    let build = "build it first: cargo build -p data-emulator";
                    panic!("{}: {error}; {build}", emulator.display())
                });
            assert!(written.status.success());
            assert!(made[0].1 == written.stdout, "{domain} {format}");
        }
    }
}
