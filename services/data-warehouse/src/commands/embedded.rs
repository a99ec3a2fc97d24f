//! A rehearsal that needs nothing but this program.
//!
//! It has a separate data folder inside the configured one, so that a sample never mixes with real
//! rows and `serve` can show it afterwards.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;

use anyhow::Context;
use warehouse_application::migrate::Migrated;
use warehouse_domain::hr;
use warehouse_domain::sample::SampleHistory;
use warehouse_ports::{Finish, LoadMode};

use super::{migrate, print_line, report};
use crate::cli::{ReportKind, Run};
use crate::composition;
use crate::settings::ServiceSettings;

const YEAR: u16 = 2021;

/// Exit code 1 if a row was neither loaded nor rejected as the sample says.
pub(super) async fn run(options: &Run, settings: &ServiceSettings) -> anyhow::Result<u8> {
    let history = SampleHistory {
        seed: options.seed,
        employees: options.employees,
    };
    let data_dir = settings.data_dir.join("sample");
    let folder = data_dir.join("history");
    write(&history, &folder).context("the sample history cannot be written")?;
    // Regardless of the settings, the sample has these tables and this format.
    let settings = ServiceSettings {
        data_dir,
        database: None,
        dictionary: hr::dictionary(),
        format: warehouse_domain::csv::Format::default(),
        max_rejects: None,
        ..settings.clone()
    };
    let warehouse = composition::warehouse(&settings).await?;
    // Empty the tables of an earlier sample. A service that shows it keeps running.
    for table in warehouse.dictionary.tables() {
        let emptied = warehouse.store.load(table, LoadMode::Replace).await?;
        emptied.finish(Finish::Restored).await?;
    }
    let migrated = migrate::migrate(&settings, &warehouse, &folder).await?;
    let mut faults = Vec::new();
    for (table, migrated) in &migrated {
        print_line(&migrate::describe(table, migrated));
        if let (Migrated::Loaded { record, .. }, "employees") = (migrated, table.name().as_str()) {
            let expected: u64 = history.faults().values().sum();
            if (record.rejected, record.rows) != (expected, u64::from(options.employees) - expected)
            {
                faults.push(format!(
                    "{} employees were rejected, expected {expected}",
                    record.rejected
                ));
            }
        }
    }
    let reports = settings.data_dir.join("reports");
    for which in [ReportKind::Req1, ReportKind::Req2] {
        for path in report::write(&warehouse, which, YEAR, &reports).await? {
            print_line(&format!("{:<14}{}", "report", path.display()));
        }
    }
    let data_dir = settings.data_dir.display();
    print_line(&format!(
        "{:<14}data-warehouse serve --data-dir {data_dir}",
        "look at it"
    ));
    for fault in &faults {
        print_line(&format!("{:<14}{fault}", "FAULT"));
    }
    Ok(u8::from(!faults.is_empty()))
}

fn write(history: &SampleHistory, folder: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(folder)?;
    std::fs::write(folder.join("departments.csv"), history.departments())?;
    std::fs::write(folder.join("jobs.csv"), history.jobs())?;
    let mut file = BufWriter::new(File::create(folder.join("employees.csv"))?);
    let mut line = String::new();
    for number in 0..history.employees {
        line.clear();
        history.write_employee(number, &mut line);
        file.write_all(line.as_bytes())?;
    }
    file.flush()
}
