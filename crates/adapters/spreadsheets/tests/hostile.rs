//! Spreadsheets that would take all memory: each is refused, with its file, in a process that has
//! little of it, and soon.
#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]
#![allow(clippy::print_stdout, reason = "it is its own test harness")]

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use adapter_spreadsheets::SpreadsheetFolder;
use pipeline_domain::sheet;
use pipeline_domain::source::Source;
use pipeline_ports::Spreadsheets;
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

/// Address space of the child process, in KiB: threads and the program itself take some of it.
const MEMORY: u32 = 600_000;

const SOON: Duration = Duration::from_secs(60);

/// Writes the part of a workbook that is hostile.
type Part = fn(&mut dyn Write);

fn main() {
    if let Some(folder) = std::env::args().skip_while(|it| it != "--read").nth(1) {
        println!("{}", read(Path::new(&folder)));
        return;
    }
    const WORKSHEET: &str = "xl/worksheets/sheet1.xml";
    const STRINGS: &str = "xl/sharedStrings.xml";
    let cases: [(&str, &str, Part, &str); 5] = [
        (
            "a cell in the last row and column",
            WORKSHEET,
            |part| sheet_of(part, |part| cell(part, 1_048_576, "XFD")),
            "row 1048576, column XFD: the cell lies so far from the others",
        ),
        (
            "a cell in the last column, below no name",
            WORKSHEET,
            |part| sheet_of(part, |part| cell(part, 2, "XFD")),
            "row 2, column XFD: 7 is in a column without a name",
        ),
        (
            "a cell at either end of many rows",
            WORKSHEET,
            |part| {
                sheet_of(part, |part| {
                    (2..50_000).for_each(|row| cell(part, row, "XFD"));
                })
            },
            "column XFD: the cell lies so far from the others",
        ),
        (
            "20 million shared strings",
            STRINGS,
            |part| {
                part.write_all(
                    b"<sst xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">",
                )
                .unwrap();
                repeat(part, b"<si/>", 20_000_000);
                part.write_all(b"</sst>").unwrap();
            },
            "its part \"xl/sharedStrings.xml\" is too large when unpacked",
        ),
        (
            "a long text beside the sheets",
            "docProps/app.xml",
            |part| repeat(part, &[b'x'; 1 << 20], 70),
            "its part \"docProps/app.xml\" is too large when unpacked",
        ),
    ];
    for (what, name, hostile, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        workbook(&folder.path().join("sim_file1.xlsx"), name, hostile);
        let began = Instant::now();
        let output = Command::new("sh")
            .args([
                "-c",
                &format!("ulimit -v {MEMORY} && exec \"$0\" --read \"$1\""),
            ])
            .arg(std::env::current_exe().unwrap())
            .arg(folder.path())
            .output()
            .unwrap();
        let (took, text) = (began.elapsed(), String::from_utf8_lossy(&output.stdout));
        assert!(output.status.success(), "{what}: {output:?}");
        assert!(
            text.contains("sim_file1.xlsx") && text.contains(expected),
            "{what}: {text}"
        );
        assert!(took < SOON, "{what}: {took:?}");
        println!("test {what} ... refused after {took:.2?}");
    }
}

/// What the spreadsheet of the first source is refused with.
fn read(folder: &Path) -> String {
    let spreadsheets = SpreadsheetFolder::new(folder.to_owned());
    match spreadsheets.read(Source::First) {
        Ok(read) => match sheet::parse_rows(Source::First, read.first, &read.cells) {
            Ok(rows) => format!("{} rows", rows.len()),
            Err(wrong) => format!("{}: {wrong}", read.file),
        },
        Err(error) => error.message,
    }
}

/// A workbook with a part in place of the usual one, or beside the others.
fn workbook(path: &Path, name: &str, hostile: Part) {
    const RELATIONS: &str = "http://schemas.openxmlformats.org/officeDocument/2006/relationships";
    const PACKAGE: &str = "http://schemas.openxmlformats.org/package/2006";
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    let parts = [
        (
            "[Content_Types].xml",
            format!("<Types xmlns=\"{PACKAGE}/content-types\"/>"),
        ),
        (
            "_rels/.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"r1\" \
                 Type=\"{RELATIONS}/officeDocument\" Target=\"xl/workbook.xml\"/></Relationships>"
            ),
        ),
        (
            "xl/workbook.xml",
            format!(
                "<workbook xmlns=\"{MAIN}\" xmlns:r=\"{RELATIONS}\"><sheets>\
                 <sheet name=\"a\" sheetId=\"1\" r:id=\"r1\"/></sheets></workbook>"
            ),
        ),
        (
            "xl/_rels/workbook.xml.rels",
            format!(
                "<Relationships xmlns=\"{PACKAGE}/relationships\"><Relationship Id=\"r1\" \
                 Type=\"{RELATIONS}/worksheet\" Target=\"worksheets/sheet1.xml\"/></Relationships>"
            ),
        ),
    ];
    let mut zip = ZipWriter::new(BufWriter::new(File::create(path).unwrap()));
    let options = SimpleFileOptions::default().large_file(true);
    for (name, content) in parts {
        zip.start_file(name, options).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    if !name.contains("worksheets") {
        zip.start_file("xl/worksheets/sheet1.xml", options).unwrap();
        sheet_of(&mut zip, |_| {});
    }
    zip.start_file(name, options).unwrap();
    hostile(&mut zip);
    zip.finish().unwrap();
}

/// A sheet with the name `id` in its first cell, and other cells.
fn sheet_of(part: &mut dyn Write, cells: fn(&mut dyn Write)) {
    const MAIN: &str = "http://schemas.openxmlformats.org/spreadsheetml/2006/main";
    write!(
        part,
        "<worksheet xmlns=\"{MAIN}\"><sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is>\
         <t>id</t></is></c></row>"
    )
    .unwrap();
    cells(part);
    part.write_all(b"</sheetData></worksheet>").unwrap();
}

fn cell(part: &mut dyn Write, row: u32, column: &str) {
    write!(
        part,
        "<row r=\"{row}\"><c r=\"{column}{row}\"><v>7</v></c></row>"
    )
    .unwrap();
}

fn repeat(part: &mut dyn Write, piece: &[u8], times: usize) {
    let many = piece.repeat((1_usize << 20).div_ceil(piece.len()).min(times));
    let pieces = many.len() / piece.len();
    for _ in 0..times / pieces {
        part.write_all(&many).unwrap();
    }
}
