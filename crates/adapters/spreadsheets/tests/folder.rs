//! Spreadsheets in a folder, written here and by other programs.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::fs;
use std::path::Path;

use adapter_spreadsheets::SpreadsheetFolder;
use pipeline_domain::row::{Row, Value};
use pipeline_domain::sample;
use pipeline_domain::sheet::{self, Cell, CellPosition};
use pipeline_domain::source::Source;
use pipeline_ports::{PortErrorKind, Spreadsheets};
use proptest::prelude::*;

fn spreadsheets(folder: &Path) -> SpreadsheetFolder {
    SpreadsheetFolder::new(folder.to_owned())
}

fn fixture(name: &str) -> Vec<u8> {
    fs::read(
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("tests")
            .join(name),
    )
    .unwrap()
}

fn rows(folder: &Path, source: Source) -> Vec<Row> {
    let sheet = spreadsheets(folder).read(source).unwrap();
    sheet::parse_rows(source, sheet.first, &sheet.cells).unwrap()
}

/// What reading the second source's spreadsheet is refused with.
fn refusal(folder: &Path) -> String {
    let error = spreadsheets(folder).read(Source::Second).unwrap_err();
    assert_eq!(error.kind, PortErrorKind::Refused);
    error.message.replace(&folder.display().to_string(), "IN")
}

fn row(id: i64, values: &[(usize, Value)]) -> Row {
    let mut all = [Value::Null; 9];
    for (feature, value) in values {
        all[feature - 1] = *value;
    }
    Row::new(Source::Second, id, &all).unwrap()
}

#[test]
fn rows_come_back_as_they_were_written() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path().join("made/when/missing");
    for source in Source::ALL {
        let written: Vec<Row> = (1..=50).map(|id| sample::row(source, id)).collect();
        // What was there before is replaced.
        spreadsheets(&folder).write(source, &written[..7]).unwrap();
        spreadsheets(&folder).write(source, &written).unwrap();
        assert_eq!(rows(&folder, source), written);
    }
    let mut left: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["sim_file1.xlsx", "sim_file2.xlsx", "sim_file3.xlsx"]);
}

#[test]
fn numbers_at_the_limits_of_a_spreadsheet_come_back_and_larger_ones_are_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let exact = 1 << 53;
    let written = [
        row(exact, &[(1, Value::Integer(-exact))]),
        row(
            -exact,
            &[(5, Value::Real(f64::MAX)), (6, Value::Real(5e-324))],
        ),
        row(0, &[(5, Value::Real(0.1 + 0.2)), (6, Value::Real(-1e300))]),
        // Nothing but an id.
        row(4, &[]),
    ];
    spreadsheets(folder)
        .write(Source::Second, &written)
        .unwrap();
    assert_eq!(rows(folder, Source::Second), written);

    for (wrong, explain) in [
        (row(exact + 1, &[]), "9007199254740993"),
        (
            row(7, &[(9, Value::Integer(i64::MIN))]),
            "the row with id 7",
        ),
    ] {
        let error = spreadsheets(folder)
            .write(Source::Second, &[wrong])
            .unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Refused);
        assert!(error.message.contains(explain), "{error}");
    }
    // A refusal leaves what was there.
    assert_eq!(rows(folder, Source::Second), written);
}

#[test]
fn spreadsheets_of_other_programs_are_read() {
    let expected = [
        row(
            1,
            &[
                (1, Value::Integer(10)),
                (5, Value::Real(0.25)),
                (6, Value::Real(3.0)),
            ],
        ),
        row(2, &[(5, Value::Real(1e-300)), (2, Value::Integer(-7))]),
        row(
            3,
            &[
                (1, Value::Integer(1 << 53)),
                (6, Value::Real(12345.678)),
                (2, Value::Integer(0)),
            ],
        ),
    ];
    for (made, ending) in [
        ("made-by-openpyxl.xlsx", "xlsx"),
        ("made-by-xlwt.xls", "xls"),
        ("made-by-odfpy.ods", "ods"),
    ] {
        let temporary = tempfile::tempdir().unwrap();
        let file = temporary.path().join(format!("sim_file2.{ending}"));
        fs::write(&file, fixture(made)).unwrap();
        assert_eq!(rows(temporary.path(), Source::Second), expected, "{made}");
    }
}

#[test]
fn places_are_those_of_the_sheet_and_odd_cells_are_told_in_words() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("sim_file2.xlsx");
    fs::write(&file, fixture("made-by-openpyxl.xlsx")).unwrap();
    let sheet = spreadsheets(temporary.path()).read(Source::Second).unwrap();
    assert_eq!(sheet.first, CellPosition { row: 3, column: 2 });
    assert_eq!(sheet.file, file.display().to_string());

    fs::write(&file, fixture("odd-cells.xlsx")).unwrap();
    let sheet = spreadsheets(temporary.path()).read(Source::Second).unwrap();
    let other = |what: &str| Cell::Other(what.to_owned());
    let cells: Vec<&Cell> = sheet.cells[1..].iter().map(|row| &row[1]).collect();
    assert_eq!(
        cells,
        [
            &other("the error #DIV/0!"),
            &other("the truth value TRUE"),
            &other("a date (2024-02-29)"),
            &other("a duration"),
            &Cell::Text("x".to_owned()),
        ]
    );
    let wrong = sheet::parse_rows(Source::Second, sheet.first, &sheet.cells).unwrap_err();
    assert_eq!(
        wrong.to_string(),
        "row 2, column B: feature5 is the error #DIV/0!; expected a number, an empty cell or NA"
    );
}

#[test]
fn a_file_that_is_missing_or_not_alone_is_told_with_the_names_and_the_folder() {
    let temporary = tempfile::tempdir().unwrap();
    let folder = temporary.path();
    let missing = "there is no spreadsheet of source 2 in IN: none of sim_file2.xlsx, \
                   sim_file2.xls, sim_file2.xlsb, sim_file2.ods; put one of them there";
    assert_eq!(refusal(folder), missing);

    fs::write(folder.join("sim_file2.ods"), fixture("made-by-odfpy.ods")).unwrap();
    let two = "source 2 would have more than one spreadsheet in IN: sim_file2.xlsx and \
               sim_file2.ods; keep one of them there";
    let error = spreadsheets(folder).write(Source::Second, &[]).unwrap_err();
    assert_eq!(
        error.message.replace(&folder.display().to_string(), "IN"),
        two
    );
    fs::write(folder.join("sim_file2.xlsx"), "").unwrap();
    assert_eq!(refusal(folder), two);
}

#[test]
fn every_kind_of_damage_is_told_with_the_file() {
    let good = fixture("made-by-openpyxl.xlsx");
    let damaged = "IN/sim_file2.xlsx is damaged, or is not what its name says";
    for (content, explain) in [
        (Vec::new(), damaged),
        (b"id,feature1\n1,2\n".to_vec(), damaged),
        (good[..good.len() / 2].to_vec(), damaged),
        (fixture("made-by-odfpy.ods"), damaged),
        (fixture("made-by-xlwt.xls"), damaged),
        (
            fixture("password.xlsx"),
            "IN/sim_file2.xlsx is protected by a password",
        ),
    ] {
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join("sim_file2.xlsx"), content).unwrap();
        let got = refusal(temporary.path());
        assert!(got.starts_with(explain), "{got}");
    }

    let temporary = tempfile::tempdir().unwrap();
    fs::create_dir(temporary.path().join("sim_file2.xlsx")).unwrap();
    let got = refusal(temporary.path());
    assert!(got.starts_with("cannot read IN/sim_file2.xlsx: "), "{got}");
}

#[test]
fn an_empty_workbook_is_refused_and_one_with_a_header_only_has_no_rows() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("sim_file2.xlsx");
    let mut workbook = rust_xlsxwriter::Workbook::new();
    workbook.add_worksheet();
    workbook.save(&file).unwrap();
    let got = refusal(temporary.path());
    assert!(
        got.starts_with("the first sheet of IN/sim_file2.xlsx is empty"),
        "{got}"
    );
    spreadsheets(temporary.path())
        .write(Source::Second, &[])
        .unwrap();
    assert_eq!(rows(temporary.path(), Source::Second), []);
}

#[test]
fn flipped_bytes_are_refused_or_read_but_never_panic() {
    let temporary = tempfile::tempdir().unwrap();
    for (made, ending) in [
        ("made-by-openpyxl.xlsx", "xlsx"),
        ("made-by-xlwt.xls", "xls"),
        ("made-by-odfpy.ods", "ods"),
    ] {
        let good = fixture(made);
        let file = temporary.path().join(format!("sim_file2.{ending}"));
        for at in (0..good.len()).step_by(7) {
            let mut bytes = good.clone();
            bytes[at] ^= 0x55;
            fs::write(&file, bytes).unwrap();
            if let Err(error) = spreadsheets(temporary.path()).read(Source::Second) {
                assert_eq!(error.kind, PortErrorKind::Refused);
            }
        }
        fs::remove_file(file).unwrap();
    }
}

#[test]
fn a_sheet_has_room_for_so_many_rows_only() {
    let temporary = tempfile::tempdir().unwrap();
    let rows = vec![row(1, &[]); 1 << 20];
    let error = spreadsheets(temporary.path())
        .write(Source::Second, &rows)
        .unwrap_err();
    assert!(
        error
            .message
            .contains("a sheet has room for 1048575 rows, not for 1048576"),
        "{error}"
    );
}

#[test]
fn a_formula_without_a_calculated_value_is_refused_with_its_cell() {
    let folder = tempfile::tempdir().unwrap();
    let mut workbook = rust_xlsxwriter::Workbook::new();
    let sheet = workbook.add_worksheet();
    sheet.write_row(1, 1, ["id", "feature1"]).unwrap();
    sheet.write_row(2, 1, [1, 2]).unwrap();
    // A calculated value is taken as it is.
    let calculated = rust_xlsxwriter::Formula::new("=1+1").set_result("2");
    sheet.write_formula(3, 2, calculated).unwrap();
    sheet.write_number(3, 1, 2).unwrap();
    let path = folder.path().join("sim_file2.xlsx");
    workbook.save(&path).unwrap();
    let expected = [1, 2].map(|id| row(id, &[(1, Value::Integer(2))]));
    assert_eq!(rows(folder.path(), Source::Second), expected);

    let sheet = workbook.worksheet_from_index(0).unwrap();
    let calculated = rust_xlsxwriter::Formula::new("=C9").set_result("77");
    sheet.write_formula(3, 2, calculated).unwrap();
    workbook.save(&path).unwrap();
    drop_value(&path, "<v>77</v>");
    let read = spreadsheets(folder.path()).read(Source::Second).unwrap();
    let wrong = sheet::parse_rows(Source::Second, read.first, &read.cells).unwrap_err();
    let expected = "row 4, column C: feature1 is a formula without a calculated value; expected";
    assert!(wrong.to_string().starts_with(expected), "{wrong}");
}

/// Takes a formula's value out of a workbook, as programs that do not calculate write it.
fn drop_value(path: &Path, value: &str) {
    use std::io::{Read, Write};
    let mut archive = zip::ZipArchive::new(fs::File::open(path).unwrap()).unwrap();
    let mut copy = zip::ZipWriter::new(std::io::Cursor::new(Vec::new()));
    for index in 0..archive.len() {
        let mut part = archive.by_index(index).unwrap();
        let name = String::from_utf8_lossy(part.name_raw()).into_owned();
        let mut content = String::new();
        part.read_to_string(&mut content).unwrap();
        let options = zip::write::SimpleFileOptions::default();
        copy.start_file(name, options).unwrap();
        let content = content.replace(value, "");
        copy.write_all(content.as_bytes()).unwrap();
    }
    fs::write(path, copy.finish().unwrap().into_inner()).unwrap();
}

/// Each of these had the library ask for a hundred gigabytes.
#[test]
fn a_sheet_that_says_it_is_larger_than_its_format_allows_is_refused() {
    let sound = fixture("made-by-xlwt.xls");
    let dimensions = [0x00, 0x02, 0x0e, 0x00];
    let label = [0xfd, 0x00, 0x0a, 0x00];
    for (record, at, byte, told) in [
        (dimensions, 4 + 7, 0x55, "rows and"),
        (label, 4 + 3, 0xea, "columns; the format has 65536 and 256"),
    ] {
        let mut bytes = sound.clone();
        let mut found = bytes.windows(4).enumerate();
        let (start, _) = found.find(|(_, four)| *four == record).unwrap();
        bytes[start + at] = byte;
        let temporary = tempfile::tempdir().unwrap();
        fs::write(temporary.path().join("sim_file2.xls"), bytes).unwrap();
        let error = spreadsheets(temporary.path()).read(Source::Second);
        let error = error.unwrap_err();
        assert_eq!(error.kind, PortErrorKind::Refused);
        assert!(
            error.message.contains("a sheet says that it has"),
            "{error}"
        );
        assert!(error.message.contains(told), "{error}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn a_spreadsheet_that_was_changed_is_read_or_refused(
        kind in 0_usize..3,
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        cut in any::<prop::sample::Index>(),
    ) {
        let temporary = tempfile::tempdir().unwrap();
        let (name, file) = [
            ("made-by-openpyxl.xlsx", "sim_file2.xlsx"),
            ("made-by-xlwt.xls", "sim_file2.xls"),
            ("made-by-odfpy.ods", "sim_file2.ods"),
        ][kind];
        let mut bytes = fixture(name);
        for (at, byte) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        if changes.len() == 1 {
            bytes.truncate(cut.index(bytes.len()));
        }
        fs::write(temporary.path().join(file), bytes).unwrap();
        if let Ok(sheet) = spreadsheets(temporary.path()).read(Source::Second) {
            let _ = sheet::parse_rows(Source::Second, sheet.first, &sheet.cells);
        }
    }
}
