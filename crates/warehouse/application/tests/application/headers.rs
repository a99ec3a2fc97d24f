use warehouse_application::migrate::{MigrateError, Migration};
use warehouse_domain::csv::Format;

use crate::harness::Harness;

fn job(harness: &Harness, content: &str, separator: u8, header: bool) -> Migration {
    Migration {
        format: Format { separator, header },
        ..harness.migration("jobs", content)
    }
}

#[tokio::test]
async fn a_header_is_no_row_and_line_ends_and_a_byte_order_mark_are_no_text() {
    let rows = &["1,Analyst", "2,Editor"][..];
    for (content, separator, header, expected) in [
        ("1,Analyst\n2,Editor\n", b',', false, rows),
        ("1,Analyst\r\n2,Editor\r\n", b',', false, rows),
        ("\u{feff}1,Analyst\n2,Editor", b',', false, rows),
        ("1;Analyst\n2;Editor", b';', false, rows),
        ("1\tAnalyst\r\n2\tEditor", b'\t', false, rows),
        ("job_id,job_name\n1,Analyst\n2,Editor", b',', true, rows),
        (
            "job_id,job_name\r\n1,Analyst\r\n2,Editor\r\n",
            b',',
            true,
            rows,
        ),
        (
            "\u{feff}job_id,job_name\n1,Analyst\n2,Editor",
            b',',
            true,
            rows,
        ),
        (
            "\u{feff}job_id,job_name\r\n1,Analyst\r\n2,Editor",
            b',',
            true,
            rows,
        ),
        (
            "\"job_id\",\"job_name\"\n1,Analyst\n2,\"Editor\"",
            b',',
            true,
            rows,
        ),
        ("job_id;job_name\n1;Analyst\n2;Editor", b';', true, rows),
        (
            "job_id,job_name\n\n1,Analyst\n\n2,Editor\n\n",
            b',',
            true,
            rows,
        ),
        ("job_id,job_name\n", b',', true, &[]),
        ("job_id,job_name\r\n", b',', true, &[]),
        ("job_id,job_name", b',', true, &[]),
        ("", b',', true, &[]),
        ("\u{feff}", b',', true, &[]),
        ("", b',', false, &[]),
        ("\u{feff}", b',', false, &[]),
    ] {
        let harness = Harness::new();
        let record = harness
            .load(job(&harness, content, separator, header))
            .await;
        assert_eq!(harness.lines("jobs"), expected, "{content:?}");
        let counts = (record.rows, record.rejected);
        assert_eq!(counts, (expected.len() as u64, 0), "{content:?}");
    }
}

#[tokio::test]
async fn lines_are_counted_from_the_first_of_the_file_whether_or_not_it_is_a_header() {
    let told = "2 job_id not-an-integer [x] x,Editor";
    for (content, header) in [
        ("1,Analyst\nx,Editor", false),
        ("job_id,job_name\nx,Editor\n1,Analyst", true),
        ("\u{feff}job_id,job_name\r\nx,Editor\r\n1,Analyst\r\n", true),
    ] {
        let harness = Harness::new();
        harness.load(job(&harness, content, b',', header)).await;
        assert_eq!(harness.rejects.told().unwrap(), [told], "{content:?}");
        assert_eq!(harness.lines("jobs"), ["1,Analyst"], "{content:?}");
    }
}

#[tokio::test]
async fn a_header_of_other_fields_is_refused_with_what_is_expected() {
    let long = format!("job_id,job_name{}\n1,Analyst", " ".repeat(2 << 20));
    for (content, separator, expected) in [
        ("1,Analyst\n2,Editor", b',', "job_id,job_name"),
        ("job_name,job_id\nAnalyst,1", b',', "job_id,job_name"),
        ("job_id\n1", b',', "job_id,job_name"),
        ("job_id,job_name,since\n1,Analyst,", b',', "job_id,job_name"),
        ("job_id,job_name\n1,Analyst", b';', "job_id;job_name"),
        (&long, b',', "job_id,job_name"),
        // Else the rows would go where no header says that they belong.
        ("\n1,Analyst\n2,Editor", b',', "job_id,job_name"),
        ("\r\n1,Analyst\r\n", b',', "job_id,job_name"),
        (
            "\u{feff}\njob_id,job_name\n1,Analyst",
            b',',
            "job_id,job_name",
        ),
    ] {
        let harness = Harness::new();
        let job = job(&harness, content, separator, true);
        let error = harness.warehouse.migrate(job).await.unwrap_err();
        let refused = MigrateError::Header {
            file: "history.csv".to_owned(),
            table: "jobs".to_owned(),
            expected: expected.to_owned(),
        };
        assert_eq!(error, refused, "{content:.40}");
        assert_eq!(harness.lines("jobs"), [""; 0], "{content:.40}");
        assert_eq!(harness.loads("jobs").await, []);
    }
}
