//! Plans of streams.

use std::ops::Range;
use std::sync::Arc;

use super::*;
use crate::Dataset;
use crate::record::{Block, Envelope, Field, IndexError, ModelText, Schema, Stream};

/// Two children for each place on the timeline, as far as there are places.
#[derive(Debug)]
struct Lines {
    model: ModelText,
    population: u64,
    ids: Vec<String>,
    schema: Schema,
    own_time: Option<(Timestamp, Rate)>,
}

impl Stream for Lines {
    fn name(&self) -> &str {
        "order_line"
    }

    fn model(&self) -> &ModelText {
        &self.model
    }

    fn schema(&self) -> &Schema {
        &self.schema
    }

    fn key(&self) -> Option<&Field> {
        None
    }

    fn envelope(&self) -> Envelope {
        Envelope::None
    }

    fn own_time(&self) -> Option<(Timestamp, Rate)> {
        self.own_time
    }

    fn population(&self, _: Seed) -> u64 {
        self.population
    }

    fn position(&self, _: Seed, index: u64) -> u64 {
        index / 2
    }

    fn first_at(&self, _: Seed, position: u64) -> u64 {
        position.saturating_mul(2)
    }

    fn fill(&self, _: Seed, _: &Timeline, _: Range<u64>, _: &mut Block) -> Result<(), IndexError> {
        unreachable!("a plan makes no records")
    }

    fn id_fields(&self) -> &[String] {
        &self.ids
    }

    fn index_of(&self, _: Seed, _: &[&str]) -> Option<u64> {
        None
    }
}

fn lines(digest: &str, population: u64, ids: &[&str]) -> Arc<dyn Stream> {
    Arc::new(shop(digest, population, ids))
}

fn shop(digest: &str, population: u64, ids: &[&str]) -> Lines {
    Lines {
        model: ModelText {
            name: "shop".to_owned(),
            json: digest.into(),
            digest: digest.to_owned(),
        },
        population,
        ids: ids.iter().map(|id| (*id).to_owned()).collect(),
        schema: Schema::new(Vec::new(), None, None).unwrap(),
        own_time: None,
    }
}

fn spec_of(stream: Arc<dyn Stream>) -> PlanSpec {
    let dataset = Dataset::from(stream);
    PlanSpec {
        destination: dataset.destination(),
        dataset,
        ..spec()
    }
}

#[test]
fn children_happen_at_their_parents_times_and_are_as_many_as_happen_in_time() {
    let plan = |population, change: fn(&mut PlanSpec)| {
        let mut spec = spec_of(lines("1", population, &["line"]));
        change(&mut spec);
        EmulationPlan::new(spec).unwrap()
    };
    let endless = plan(u64::MAX, |_| {});
    assert_eq!(endless.end(), 200_000);
    let timeline = endless.timeline();
    assert_eq!(endless.event_time(7), timeline.at(3));
    assert_eq!(plan(5_000, |_| {}).planned(), Some(5_000));
    let unlimited = plan(u64::MAX, |spec| spec.pace = Pace::Unlimited);
    assert_eq!(unlimited.planned(), None);
    assert_eq!(unlimited.end(), 2 * timeline.capacity());
}

#[test]
fn every_destination_takes_the_usual_name_of_a_stream() {
    for sink in Sink::ALL {
        let spec = PlanSpec {
            sink,
            ..spec_of(lines("1", 1, &["line"]))
        };
        let plan = EmulationPlan::new(spec).unwrap();
        assert_eq!(plan.destination(), "shop-order-line");
        assert_eq!(plan.dataset().name(), "shop/order_line");
    }
}

#[test]
fn what_nobody_could_check_is_not_promised() {
    let unidentified = |guarantee| {
        let spec = PlanSpec {
            guarantee,
            ..spec_of(lines("1", 1, &[]))
        };
        EmulationPlan::new(spec).map_err(|errors| errors.to_string())
    };
    assert!(unidentified(Guarantee::AtLeastOnce).is_ok());
    assert_eq!(
        unidentified(Guarantee::ExactlyOnce).unwrap_err(),
        "invalid delivery 'exactly-once'; expected at-least-once, because no field of \
         shop/order_line leads back to the index of its record; give it a field of sequence or \
         uuid, or one that is unique, or name such a field with id"
    );
}

#[test]
fn records_with_times_of_their_own_keep_them() {
    let own = (Timestamp::EARLIEST.moved(5), Rate::new(2.0).unwrap());
    let stream = Arc::new(Lines {
        own_time: Some(own),
        ..shop("1", 9, &["line"])
    });
    let spec = PlanSpec::new(
        Dataset::from(stream as Arc<dyn Stream>),
        Sink::Kafka,
        Format::Json,
    );
    assert!(EmulationPlan::new(spec.clone()).is_ok());
    let refused = |change: fn(&mut PlanSpec)| {
        let mut spec = spec.clone();
        change(&mut spec);
        EmulationPlan::new(spec).unwrap_err().to_string()
    };
    assert_eq!(
        refused(|spec| spec.start_time = Timestamp::EARLIEST),
        "invalid start_time 1970-01-01T00:00:00.000Z; expected 1970-01-01T00:00:00.000Z, when the \
         time of shop/order_line begins; leave it out"
    );
    assert_eq!(
        refused(|spec| spec.rate = Rate::new(3.0).unwrap().into()),
        "invalid rate 3; expected none, because the records of shop/order_line have times of their \
         own"
    );
}

#[test]
fn a_stream_is_known_by_its_name_and_a_run_by_its_model() {
    let streams = [lines("1", 1, &[])];
    let named = |name| Dataset::named(name, &streams).map_err(|error| error.to_string());
    assert_eq!(named("shop/order_line"), Ok(streams[0].clone().into()));
    assert_eq!(named("Transaction"), Ok(Domain::Transaction.into()));
    assert_eq!(
        named("shop/orderline").unwrap_err(),
        "'shop/orderline'; expected transaction, user-profile, device-log or shop/order_line; \
         did you mean 'shop/order_line'?"
    );
    // With many streams, the first twenty names are told.
    let told = |count| {
        let streams: Vec<_> = (0..count).map(|_| lines("1", 1, &[])).collect();
        Dataset::expected(&streams)
    };
    assert!(told(17).ends_with("shop/order_line or shop/order_line"));
    assert!(told(18).ends_with("shop/order_line or one of 1 more streams"));
    let id = |digest| {
        let plan = EmulationPlan::new(spec_of(lines(digest, 9, &["line"]))).unwrap();
        EmulationId::of_plan(&plan)
    };
    assert_eq!(id("1"), id("1"));
    assert_ne!(id("1"), id("2"));
    assert_ne!(Dataset::from(lines("1", 9, &[])), lines("2", 9, &[]).into());
}
