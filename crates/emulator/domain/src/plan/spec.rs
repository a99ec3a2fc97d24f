//! From single values to a consistent plan.

use crate::imperfection::Imperfections;
use crate::record::transaction::Labels;
use crate::{Dataset, InvalidValue, Rate, Seed, Timeline, Timestamp, Traffic, UserIds, listed};

use super::{
    Compression, EmulationPlan, ExactlyOnce, Format, Grouping, Guarantee, Medium, Messages, Pace,
    PartitionBy, PlanError, PlanErrors, PlanField, RecordCount, Sink, SyncType, Timeout, Window,
    Workers,
};

/// A run, field by field: each value is valid, but they are not yet checked against each other.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanSpec {
    /// The data set.
    pub dataset: Dataset,
    /// The source of all randomness.
    pub seed: Seed,
    /// The seed of the users and merchants; that of the run if absent.
    pub population: Option<Seed>,
    /// The ids of the population.
    pub users: UserIds,
    /// Event time of record 0.
    pub start_time: Timestamp,
    /// Records per second of event time, and how that changes.
    pub rate: Traffic,
    /// Which part of the timeline.
    pub window: Window,
    /// Whether transactions carry their label.
    pub labels: Labels,
    /// How records are encoded.
    pub format: Format,
    /// How the blocks of objects are compressed.
    pub compression: Compression,
    /// Where records go.
    pub sink: Sink,
    /// The topic, bucket or folder.
    pub destination: String,
    /// How records are grouped into objects.
    pub grouping: Grouping,
    /// Into which table partitions objects go.
    pub partition_by: PartitionBy,
    /// What a crash may do to records.
    pub guarantee: Guarantee,
    /// Whether the run waits for event times.
    pub pace: Pace,
    /// How long it may last.
    pub timeout: Timeout,
    /// The maximum number of records.
    pub count: Option<RecordCount>,
    /// The number of shares that may be generated in parallel.
    pub workers: Workers,
    /// What messages have besides their values.
    pub messages: Messages,
    /// The imperfections.
    pub imperfections: Imperfections,
}

impl PlanSpec {
    /// The simplest run: seed 0, from the year 1970 on, 10,000 records per second of event time,
    /// labelled, in one object under the dataset's default name, as fast as one worker can, for at
    /// most a year.
    pub fn new(dataset: impl Into<Dataset>, sink: Sink, format: Format) -> Self {
        let dataset = dataset.into();
        let rate = Rate::per_second(10_000.0).expect("the rate is in range");
        let (start_time, rate) = (dataset.own_time()).unwrap_or((Timestamp::EARLIEST, rate));
        Self {
            seed: Seed::new(0),
            population: None,
            users: UserIds::CONTRACT,
            start_time,
            rate: rate.into(),
            window: Window::default(),
            labels: Labels::Shown,
            format,
            compression: format.compressions()[0],
            sink,
            destination: dataset.destination(),
            dataset,
            grouping: Grouping::Grouped,
            partition_by: PartitionBy::Nothing,
            guarantee: Guarantee::AtLeastOnce,
            pace: Pace::Unlimited,
            timeout: Timeout::MAX,
            count: None,
            workers: Workers::MIN,
            messages: Messages::default(),
            imperfections: Imperfections::default(),
        }
    }

    /// The seed of the users and merchants.
    pub fn population(&self) -> Seed {
        self.population.unwrap_or(self.seed)
    }

    /// The incompatibilities between the values.
    fn conflicts(&self) -> Vec<PlanError> {
        let mut errors = Vec::new();
        let sink = self.sink.capabilities();
        if !sink.names.allows(&self.destination) {
            let value = InvalidValue::text(&self.destination, sink.names.expected());
            errors.push(PlanError::new(PlanField::Destination, value));
        }
        if self.guarantee == Guarantee::ExactlyOnce && sink.exactly_once == ExactlyOnce::Unsupported
        {
            let expected = format!(
                "{}, because {} keeps no record of what was delivered",
                Guarantee::AtLeastOnce,
                sink.name
            );
            let value = InvalidValue::text(self.guarantee.name(), expected);
            errors.push(PlanError::new(PlanField::Delivery, value));
        }
        if self.partition_by != PartitionBy::Nothing {
            let chunked = SyncType::Chunked;
            let why = if sink.medium != Medium::Objects {
                Some(format!("{} keeps no objects", sink.name))
            } else if self.grouping.sync_type() != chunked {
                Some(format!("only {chunked} objects are divided by it"))
            } else {
                None
            };
            if let Some(why) = why {
                let expected = format!("{}, because {why}", PartitionBy::Nothing);
                let value = InvalidValue::text(self.partition_by.name(), expected);
                errors.push(PlanError::new(PlanField::PartitionBy, value));
            }
        }
        if let Some((start, rate)) = self.dataset.own_time() {
            let name = self.dataset.name();
            if self.start_time != start {
                let expected = format!("{start}, when the time of {name} begins; leave it out");
                let value = InvalidValue::shown(self.start_time, expected);
                errors.push(PlanError::new(PlanField::StartTime, value));
            }
            if self.rate != rate.into() {
                let expected =
                    format!("none, because the records of {name} have times of their own");
                let got = self
                    .rate
                    .constant()
                    .map_or_else(|| "a shape".to_owned(), |rate| rate.get().to_string());
                let value = InvalidValue::shown(got, expected);
                errors.push(PlanError::new(PlanField::Rate, value));
            }
        }
        let compressions = self.format.compressions();
        if !compressions.contains(&self.compression) {
            let names: Vec<_> = compressions.iter().map(|each| each.name()).collect();
            let expected = format!("{} for {}", listed(&names), self.format);
            let value = InvalidValue::text(self.compression.name(), expected);
            errors.push(PlanError::new(PlanField::Compression, value));
        }
        if self.guarantee == Guarantee::ExactlyOnce && !self.dataset.is_verifiable() {
            let expected = format!(
                "{}, because {}",
                Guarantee::AtLeastOnce,
                self.dataset.unverifiable()
            );
            let value = InvalidValue::text(self.guarantee.name(), expected);
            errors.push(PlanError::new(PlanField::Delivery, value));
        }
        if let (Some(_), Some(population)) = (self.dataset.stream(), self.population) {
            let expected = format!(
                "{}, its seed: the people of {} are records of its model",
                self.seed.get(),
                self.dataset
            );
            let value = InvalidValue::shown(population.get(), expected);
            errors.push(PlanError::new(PlanField::PopulationSeed, value));
        }
        errors.extend(self.window.conflicts(self.start_time));
        self.message_conflicts(&mut errors);
        self.imperfection_conflicts(&mut errors);
        if !self.format.suits(sink.medium) {
            let able = Format::ALL
                .into_iter()
                .filter(|format| format.suits(sink.medium));
            let names: Vec<_> = able.map(Format::name).collect();
            let expected = format!(
                "{} for {}; {} goes to {}",
                listed(&names),
                sink.name,
                self.format,
                listed(
                    &Sink::requestable()
                        .filter(|sink| self.format.suits(sink.medium()))
                        .map(Sink::name)
                        .collect::<Vec<_>>()
                )
            );
            let value = InvalidValue::text(self.format.name(), expected);
            errors.push(PlanError::new(PlanField::Format, value));
        }
        errors
    }
}

impl EmulationPlan {
    /// The plan, if the values are compatible.
    ///
    /// # Errors
    /// All incompatibilities: a destination name that the sink does not accept, a guarantee that it
    /// cannot give or that nobody could check, a compression that the format does not have, or
    /// message settings that are not possible here.
    pub fn new(spec: PlanSpec) -> Result<Self, PlanErrors> {
        PlanErrors::none_of(spec.conflicts())?;
        let timeline = Timeline::of(spec.start_time, &spec.rate, spec.seed)
            .expect("a shape is no more than the fastest rate");
        let records_before = |moment| {
            let places = timeline.records_before(moment);
            spec.dataset.first_at(spec.seed, places)
        };
        let Window {
            first_index,
            from_time,
            ..
        } = spec.window;
        let first = from_time.map_or(first_index, records_before);
        let until = match spec.pace {
            Pace::Realtime => {
                let begin = match first {
                    0 => Some(spec.start_time),
                    first => timeline.at(spec.dataset.position(spec.seed, first)),
                };
                let begin = from_time.or(begin).unwrap_or(Timestamp::LATEST);
                Some(begin.moved(spec.timeout.get() as i64 * 1_000_000))
            }
            Pace::Unlimited => None,
        };
        let mut plan = Self {
            timeline,
            first,
            until,
            records: 0,
            deliveries: None,
            changes: Vec::new(),
            spec,
        };
        plan.settle();
        if first > 0 && first >= plan.extent() {
            return Err(plan.spec.window.after_all_records(first).into());
        }
        if plan.records > 0 && plan.end() == 0 {
            let got = format!("missing of all {} records", plan.records);
            let value = InvalidValue::shown(got, "a run that delivers a record");
            return Err(plan.spec.imperfection_error(value).into());
        }
        Ok(plan)
    }
}
