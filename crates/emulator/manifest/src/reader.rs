//! Converts JSON values to those of a plan.

use std::sync::Arc;

use emulator_domain::plan::{
    ChunkSize, Compression, Format, Grouping, Guarantee, HeaderValue, Headers, KeyFormat, Messages,
    Pace, PartitionBy, PlanError, PlanErrors, PlanField, PlanSpec, RecordCount, Sink,
    SubjectStrategy, SyncType, Timeout, Tombstones, Window, Workers,
};
use emulator_domain::record::Stream;
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Dataset, InvalidValue, Seed, Timestamp, Traffic, UserIds, listed};
use serde_json::Value;

use crate::PlanFields;
use crate::{imperfections, time, traffic};

/// Reads the fields one after the other and reports the errors in each.
pub(crate) struct Reader<'f> {
    fields: &'f PlanFields,
    required: &'f [PlanField],
    errors: Vec<PlanError>,
}

impl<'f> Reader<'f> {
    pub(crate) fn new(fields: &'f PlanFields, required: &'f [PlanField]) -> Self {
        Self {
            fields,
            required,
            errors: Vec::new(),
        }
    }

    pub(crate) fn spec(
        mut self,
        sinks: &[Sink],
        formats: &[Format],
        streams: &[Arc<dyn Stream>],
        base: impl FnOnce(Dataset, Sink, Format) -> PlanSpec,
    ) -> Result<PlanSpec, PlanErrors> {
        let sink = self.one_of(PlanField::Sink, sinks, Sink::name);
        let dataset = self.text(PlanField::Domain, Dataset::expected(streams), |name| {
            Dataset::named(name, streams)
        });
        let format = self.one_of(PlanField::Format, formats, Format::name);
        let compressions = &Compression::ALL;
        let compression = self.one_of(PlanField::Compression, compressions, Compression::name);
        let sync_types = listed(&SyncType::ALL.map(SyncType::name));
        let sync_type = self.text(PlanField::SyncType, sync_types, str::parse);
        let grouping = self.grouping(sync_type);
        let partitions = &PartitionBy::ALL;
        let partition_by = self.one_of(PlanField::PartitionBy, partitions, PartitionBy::name);
        let timeout = self.whole(PlanField::Timeout, Timeout::expected(), Timeout::new);
        let seed = self.seed(PlanField::Seed);
        let population = self.seed(PlanField::PopulationSeed);
        let count = self.whole(PlanField::Count, RecordCount::expected(), RecordCount::new);
        let rate = self.rate();
        let pace = self.one_of(PlanField::Pace, &Pace::ALL, Pace::name);
        let start_time = self.time(PlanField::StartTime);
        let window = self.window();
        let workers = self.whole(PlanField::Workers, Workers::expected(), Workers::new);
        let destination = "the name of a topic, bucket or folder".to_owned();
        let destination = self.text(PlanField::Destination, destination, |name| {
            Ok(name.to_owned())
        });
        let guarantee = self.one_of(PlanField::Delivery, &Guarantee::ALL, Guarantee::name);
        let users = self.users();
        let labels = self.labels();
        let key_format = self.one_of(PlanField::KeyFormat, &KeyFormat::ALL, KeyFormat::name);
        let headers = self.headers();
        let tombstones = Tombstones::EXPECTED.to_owned();
        let tombstones = self.value(PlanField::Tombstones, tombstones, |value| {
            value.as_f64().map(Tombstones::new)
        });
        let strategies = &SubjectStrategy::ALL;
        let subject_strategy = self.one_of(
            PlanField::SubjectStrategy,
            strategies,
            SubjectStrategy::name,
        );
        let imperfections = self.value(PlanField::Imperfections, String::new(), |value| {
            Some(imperfections::read(value))
        });
        PlanErrors::none_of(self.errors)?;
        let known = "what is required and could be read is there";
        let base = base(
            dataset.expect(known),
            sink.expect(known),
            format.expect(known),
        );
        Ok(PlanSpec {
            // If only the seed is given, it is also that of the population.
            population: (population.or(seed))
                .or(base.population)
                .filter(|population| *population != seed.unwrap_or(base.seed)),
            seed: seed.unwrap_or(base.seed),
            window,
            users: users.unwrap_or(base.users),
            start_time: start_time
                .or(window.from_time.map(|_| base.dataset.timeline_start()))
                .unwrap_or(base.start_time),
            rate: rate.unwrap_or(base.rate),
            labels: labels.unwrap_or(base.labels),
            compression: compression.unwrap_or(base.compression),
            destination: destination.unwrap_or(base.destination),
            grouping: grouping.unwrap_or(base.grouping),
            partition_by: partition_by.unwrap_or(base.partition_by),
            guarantee: guarantee.unwrap_or(base.guarantee),
            pace: pace.unwrap_or(base.pace),
            timeout: timeout.unwrap_or(base.timeout),
            count: count.or(base.count),
            workers: workers.unwrap_or(base.workers),
            messages: Messages {
                key_format: key_format.unwrap_or(base.messages.key_format),
                headers: headers.unwrap_or(base.messages.headers),
                tombstones: tombstones.unwrap_or(base.messages.tombstones),
                subject_strategy: subject_strategy.unwrap_or(base.messages.subject_strategy),
            },
            imperfections: imperfections.unwrap_or(base.imperfections),
            ..base
        })
    }

    /// The value of a field, if it is given and valid.
    fn value<T>(
        &mut self,
        field: PlanField,
        expected: String,
        read: impl FnOnce(&Value) -> Option<Result<T, InvalidValue>>,
    ) -> Option<T> {
        // Without these three no default plan can fill in the rest.
        let decisive = [PlanField::Sink, PlanField::Domain, PlanField::Format];
        let Some(value) = self.fields.get(field) else {
            if self.required.contains(&field) || decisive.contains(&field) {
                self.errors.push(PlanError::Missing { field, expected });
            }
            return None;
        };
        let read = read(value).unwrap_or_else(|| Err(InvalidValue::json(value, expected)));
        read.map_err(|value| self.errors.push(PlanError::new(field, value)))
            .ok()
    }

    fn text<T>(
        &mut self,
        field: PlanField,
        expected: String,
        read: impl FnOnce(&str) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        self.value(field, expected, |value| value.as_str().map(read))
    }

    fn one_of<T: Copy>(
        &mut self,
        field: PlanField,
        all: &[T],
        name: impl Fn(T) -> &'static str,
    ) -> Option<T> {
        let names: Vec<_> = all.iter().map(|one| name(*one)).collect();
        self.text(field, listed(&names), |text| {
            InvalidValue::one_of(text, all, &name)
        })
    }

    /// JSON has only one kind of number: 10.0 is a whole number, 10.5 is not.
    fn whole<T>(
        &mut self,
        field: PlanField,
        expected: String,
        read: impl FnOnce(i128) -> Result<T, InvalidValue>,
    ) -> Option<T> {
        let expected = match expected.strip_prefix("a whole number") {
            Some(_) => expected,
            None => format!("a whole number, {expected}"),
        };
        self.value(field, expected, |value| {
            let number = value.as_number()?;
            let float = || number.as_f64().filter(|float| float.fract() == 0.0);
            let number = number.as_i128().or_else(|| {
                float()
                    .filter(|float| float.abs() < 1e38)
                    .map(|float| float as i128)
            });
            number.map(read)
        })
    }

    fn seed(&mut self, field: PlanField) -> Option<Seed> {
        self.whole(field, Seed::expected(), |number| {
            let seed = u64::try_from(number).map(Seed::new);
            seed.map_err(|_| InvalidValue::shown(number, Seed::expected()))
        })
    }

    fn time(&mut self, field: PlanField) -> Option<Timestamp> {
        self.text(field, time::EXPECTED.to_owned(), time::parse)
    }

    fn window(&mut self) -> Window {
        let expected = || format!("0 to {}", RecordCount::MAX.get());
        let first_index = self.whole(PlanField::FirstIndex, expected(), |index| {
            let index = u64::try_from(index).ok();
            let index = index.filter(|index| *index <= RecordCount::MAX.get());
            index.ok_or_else(|| InvalidValue::shown("beyond the ids of records", expected()))
        });
        Window {
            first_index: first_index.unwrap_or_default(),
            from_time: self.time(PlanField::FromTime),
            to_time: self.time(PlanField::ToTime),
        }
    }

    fn rate(&mut self) -> Option<Traffic> {
        self.value(PlanField::Rate, traffic::expected(), |value| {
            Some(traffic::read(value))
        })
    }

    /// For `single` and `grouped` the size is irrelevant and may be 0.
    fn grouping(&mut self, sync_type: Option<SyncType>) -> Option<Grouping> {
        let field = PlanField::MaxChunkSize;
        let size = self.whole(field, ChunkSize::expected(), |bytes| match bytes {
            0 if sync_type != Some(SyncType::Chunked) => Ok(None),
            bytes => ChunkSize::new(bytes).map(Some),
        });
        match (sync_type?, size.flatten()) {
            (SyncType::Single, _) => Some(Grouping::Single),
            (SyncType::Grouped, _) => Some(Grouping::Grouped),
            (SyncType::Chunked, Some(max_chunk_size)) => Some(Grouping::Chunked { max_chunk_size }),
            (SyncType::Chunked, None) => {
                if !self.errors.iter().any(|error| error.field() == field) {
                    let expected = ChunkSize::expected();
                    self.errors.push(PlanError::Missing { field, expected });
                }
                None
            }
        }
    }

    fn users(&mut self) -> Option<UserIds> {
        let expected = || format!("1 to {}", u32::MAX - 1);
        let mut id = |field| {
            self.whole(field, expected(), |id| {
                u32::try_from(id).map_err(|_| InvalidValue::shown(id, expected()))
            })
        };
        let (first, last) = (id(PlanField::FirstUserId)?, id(PlanField::LastUserId)?);
        let users = UserIds::new(first, last);
        users
            .map_err(|_| {
                let (fewest, most) = (UserIds::FEWEST, u32::MAX - 1);
                let expected = format!("at least {fewest} ids from first_user_id on, up to {most}");
                let value = InvalidValue::shown(last, expected);
                self.errors
                    .push(PlanError::new(PlanField::LastUserId, value));
            })
            .ok()
    }

    fn headers(&mut self) -> Option<Headers> {
        self.value(PlanField::Headers, Headers::expected(), |value| {
            let headers = value.as_object()?.iter();
            let headers = headers
                .map(|(name, value)| Some((name.clone(), HeaderValue::from(value.as_str()?))));
            Some(Headers::new(headers.collect::<Option<Vec<_>>>()?))
        })
    }

    fn labels(&mut self) -> Option<Labels> {
        self.value(PlanField::Labels, "true or false".to_owned(), |value| {
            Some(Ok(if value.as_bool()? {
                Labels::Shown
            } else {
                Labels::Withheld
            }))
        })
    }
}
