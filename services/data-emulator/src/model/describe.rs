//! Describes a model for people.

use std::fmt::Write;
use std::sync::Arc;
use std::time::{Duration, Instant};

use emulator_application::Emulator;
use emulator_application::sample::{MOST, sample};
use emulator_domain::plan::Format;
use emulator_domain::record::{Block, Envelope, Field, LogicalType, Stream};
use emulator_domain::{Rate, Seed, Timeline, Timestamp};
use emulator_manifest::imperfections;
use emulator_model::{Model, StreamRole};
use indicatif::{HumanBytes, HumanCount, HumanDuration, HumanFloatCount};

use super::diagram::{self, role};

/// The model in one line.
pub(super) fn summary(model: &Model) -> String {
    let streams = model.streams();
    let fields: usize = streams
        .iter()
        .map(|stream| stream.schema().fields().len())
        .sum();
    format!(
        "{}: {} and {}, all sound\n",
        model.name(),
        counted(streams.len(), "stream"),
        counted(fields, "field")
    )
}

/// The seed for measurements.
const SEED: Seed = Seed::new(1);

/// The complete description, with volumes at the given rate.
pub(super) fn page(model: &Model, emulator: &Emulator, rate: Rate) -> String {
    let mut page = summary(model);
    for stream in model.streams() {
        let _ = write!(page, "\n{}", stream_page(model, stream.as_ref()));
        let sizes = sizes(emulator, stream);
        let listed: Vec<_> = sizes
            .iter()
            .map(|(format, size)| format!("{size:.0} as {format}"))
            .collect();
        if !listed.is_empty() {
            let _ = writeln!(page, "  bytes a record: {}", listed.join(", "));
        }
        let size = sizes.iter().find(|(format, _)| *format == Format::Ndjson);
        let size = size.map_or(0.0, |(_, size)| *size);
        let _ = writeln!(page, "  {}", volume(model, stream.name(), rate, size));
    }
    page + "\nRelations\n" + &diagram::text(model)
}

fn stream_page(model: &Model, stream: &dyn Stream) -> String {
    let schema = stream.schema();
    let mut page = format!("{}: {}", stream.name(), role(model, stream.name()));
    if let Some(key) = schema.key() {
        let _ = write!(page, "; key {}", schema.fields()[key].name);
    }
    match stream.id_fields() {
        [] => page += "; no field leads back to the record: no exactly-once runs",
        fields => {
            let _ = write!(page, "; id {}", fields.join(" and "));
        }
    }
    if stream.envelope() == Envelope::Emulation {
        page += "; in the emulation's envelope";
    }
    page.push('\n');
    let description = model.description(stream.name());
    if !description.is_empty() {
        let _ = writeln!(page, "  {description}");
    }
    if let Some(wrong) = stream.imperfections() {
        let _ = writeln!(page, "  imperfections: {}", imperfections::write(wrong));
    }
    let width = schema.longest_name();
    for Field {
        name,
        logical_type,
        nullable,
        meaning,
    } in schema.fields()
    {
        let absent = if *nullable { ", may be absent" } else { "" };
        let meaning = if meaning.is_empty() {
            String::new()
        } else {
            format!(": {meaning}")
        };
        let _ = writeln!(
            page,
            "  {name:width$}  {}{absent}{meaning}",
            type_name(logical_type)
        );
    }
    if let Some(speed) = speed(stream) {
        let speed = HumanCount(speed as u64);
        let _ = writeln!(page, "  {speed} records/s on one core, measured just now");
    }
    page
}

fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

fn type_name(logical_type: &LogicalType) -> String {
    let fields = |fields: &[Field]| {
        let fields = fields
            .iter()
            .map(|field| format!("{}: {}", field.name, type_name(&field.logical_type)));
        fields.collect::<Vec<_>>().join(", ")
    };
    match logical_type {
        LogicalType::Uuid => "uuid".to_owned(),
        LogicalType::Integer | LogicalType::Long => "integer".to_owned(),
        LogicalType::Decimal { precision, scale } => format!("decimal({precision}, {scale})"),
        LogicalType::Text | LogicalType::Ipv4 => "text".to_owned(),
        LogicalType::Timestamp => "timestamp".to_owned(),
        LogicalType::Date => "date".to_owned(),
        LogicalType::Time => "time".to_owned(),
        LogicalType::Float => "float".to_owned(),
        LogicalType::Boolean | LogicalType::Flag => "boolean".to_owned(),
        LogicalType::Enum(symbols) => {
            const SHOWN: usize = 6;
            let more = if symbols.len() > SHOWN { ", ..." } else { "" };
            let symbols: Vec<&str> = symbols.iter().take(SHOWN).map(|symbol| &**symbol).collect();
            format!("one of {}{more}", symbols.join(", "))
        }
        LogicalType::Struct(parts) => format!("struct of {}", fields(parts)),
        LogicalType::Array(element) => format!("array of {}", type_name(&element.logical_type)),
        LogicalType::Map(value) => format!("map to {}", type_name(&value.logical_type)),
    }
}

/// Bytes per record, averaged over the first records and including what surrounds them, in every
/// format that the stream supports.
fn sizes(emulator: &Emulator, stream: &Arc<dyn Stream>) -> Vec<(Format, f64)> {
    let count = stream.population(SEED).min(MOST.into());
    let records = u16::try_from(count).unwrap_or(MOST);
    let size = |format| {
        let object = sample(emulator, stream.clone(), records, Some(SEED), format).ok()?;
        Some((format, object.len() as f64 / f64::from(records)))
    };
    Format::ALL.into_iter().filter_map(size).collect()
}

/// The number of records, how long they take at a rate, and their size as NDJSON.
fn volume(model: &Model, stream: &str, rate: Rate, size: f64) -> String {
    let (all, per_place) = extent(model, stream);
    let per_second = per_place * rate.get();
    let at = format!("at a rate of {}", HumanFloatCount(rate.get()));
    match all {
        Some(all) => format!(
            "{} records {at} in {}: {} as ndjson",
            HumanCount(all as u64),
            lasting(all / per_second),
            HumanBytes((all * size) as u64)
        ),
        None => format!(
            "{} records a second {at}, without end: {} a second as ndjson",
            HumanFloatCount(per_second),
            HumanBytes((per_second * size) as u64)
        ),
    }
}

/// A duration for people: short ones with one decimal.
fn lasting(seconds: f64) -> String {
    match Duration::try_from_secs_f64(seconds) {
        Ok(short) if short < Duration::from_secs(60) => format!("{seconds:.1} s"),
        Ok(long) => HumanDuration(long).to_string(),
        Err(_) => "longer than can be told".to_owned(),
    }
}

/// The mean number of records in a stream, if it ends, and the mean number per place of the
/// timeline.
fn extent(model: &Model, stream: &str) -> (Option<f64>, f64) {
    match model.role(stream) {
        Some(StreamRole::Entities { count }) => (Some(count as f64), 1.0),
        Some(StreamRole::Children { parent, mean, .. }) => {
            let (all, per_place) = extent(model, &parent);
            (all.map(|all| all * mean), per_place * mean)
        }
        Some(StreamRole::Events | StreamRole::Changes { .. }) | None => (None, 1.0),
    }
}

/// Records generated per second, without encoding.
fn speed(stream: &dyn Stream) -> Option<f64> {
    const BLOCK: u64 = 512;
    const LONG_ENOUGH: Duration = Duration::from_millis(50);
    let timeline = Timeline::new(Timestamp::EARLIEST, Rate::new(1_000.0).ok()?);
    let end = stream.population(SEED);
    let (mut block, mut made) = (Block::default(), 0);
    let start = Instant::now();
    while start.elapsed() < LONG_ENOUGH && made < end {
        let range = made..end.min(made + BLOCK);
        made = range.end;
        stream.fill(SEED, &timeline, range, &mut block).ok()?;
    }
    (made > 0).then(|| made as f64 / start.elapsed().as_secs_f64())
}
