//! A run of the world of payments, read through the same streams as any run.

use std::ops::Range;
use std::sync::Arc;

use emulator_domain::record::{Block, Cells, Presence, Stream, Value};
use emulator_domain::{Seed, Timeline};
use emulator_model::{Entry, Model, Node, NodeValue};
use emulator_world::declared::CITIES;

use super::{ByPayer, DAYS, Payer, Payments, Plan, References, Run};

/// Records per block.
const BLOCK: u64 = 16_384;

/// A stream of a run.
struct Reader<'m> {
    stream: &'m Arc<dyn Stream>,
    timeline: Timeline,
    seed: Seed,
    total: u64,
}

impl<'m> Reader<'m> {
    fn new(model: &'m Model, name: &str, seed: Seed) -> Self {
        let stream = model.stream(name).expect("the world has this stream");
        let (start, rate) = stream.own_time().expect("its streams have their own time");
        let timeline = Timeline::new(start, rate);
        let in_time = stream.first_at(seed, timeline.capacity());
        Self {
            total: in_time.min(stream.population(seed)),
            stream,
            timeline,
            seed,
        }
    }

    fn fill(&self, range: Range<u64>) -> Block {
        let mut block = Block::default();
        self.stream
            .fill(self.seed, &self.timeline, range, &mut block)
            .expect("the range is within the stream");
        block
    }

    /// Reads all records, block by block.
    fn each(&self, mut take: impl FnMut(Block)) {
        let mut first = 0;
        while first < self.total {
            let end = (first + BLOCK).min(self.total);
            take(self.fill(first..end));
            first = end;
        }
    }

    fn position(&self, name: &str) -> usize {
        let mut fields = self.stream.schema().fields().iter();
        let position = fields.position(|field| field.name == name);
        position.unwrap_or_else(|| panic!("{} has no field {name}", self.stream.name()))
    }
}

/// The whole numbers of a field; for decimals, the unscaled values.
fn longs(block: &Block, field: usize) -> &[i64] {
    match &block.columns[field].cells {
        Cells::Long(values)
        | Cells::Decimal {
            unscaled: values, ..
        } => values,
        other => panic!("field {field} has no numbers: {other:?}"),
    }
}

fn words(block: &Block, field: usize) -> &[u32] {
    match &block.columns[field].cells {
        Cells::Word { positions, .. } => positions,
        other => panic!("field {field} has no words: {other:?}"),
    }
}

fn ids(block: &Block, field: usize) -> &[uuid::Uuid] {
    match &block.columns[field].cells {
        Cells::Uuid(values) => values,
        other => panic!("field {field} has no ids: {other:?}"),
    }
}

fn model(customers: u64, population: Seed, difficulty: f64) -> Model {
    let entry = |name: &str, value| Entry {
        name: name.to_owned(),
        place: Default::default(),
        node: Node::new(value),
    };
    let document = Node::new(NodeValue::Map(vec![
        entry("world", NodeValue::Text("payments".to_owned())),
        entry("customers", NodeValue::Integer(customers as i64)),
        entry(
            "population_seed",
            // Integers in models are limited to this.
            NodeValue::Integer((population.get() & i64::MAX as u64) as i64),
        ),
        entry("difficulty", NodeValue::Float(difficulty)),
        entry("days", NodeValue::Integer(DAYS as i64)),
    ]));
    emulator_world::compile(&document).expect("these settings are allowed")
}

pub(super) fn read(plan: Plan, population: Seed, seed: Seed, read: &(dyn Fn(u64) + Sync)) -> Run {
    const FEW: u64 = 1_000;
    let of_few = Reader::new(&model(FEW, population, plan.difficulty), "payment", seed).total;
    let customers = (plan.records * FEW).div_ceil(of_few).max(FEW);
    let model = model(customers, population, plan.difficulty);
    let reader = |name| Reader::new(&model, name, seed);
    let mut run = Run {
        plan,
        payments: Payments::default(),
        by_payer: ByPayer {
            ends: Vec::new(),
            order: Vec::new(),
        },
        payers: payers(&reader("customer")),
        cities: cities(&reader("merchant")),
        networks: Vec::new(),
        references: References::default(),
        first_day: i64::from(emulator_world::Settings::default().start.days()),
    };
    let holders = holders(&reader("card"), &mut run);
    let owners = owners(&reader("terminal"), &mut run);
    payments(&reader("payment"), &reader("payment_truth"), &mut run, read);
    follow(&mut run, &holders, &owners);
    chargebacks(&reader("chargeback"), &reader("payment"), &mut run);
    logins(&reader("login"), &mut run);
    run.by_payer = ByPayer::new(&run.payments, run.payers.len());
    run
}

/// Customers by number, from 1; number 0 stands for none.
fn payers(customers: &Reader<'_>) -> Vec<Payer> {
    let [joined, left, city] =
        ["joined_at", "left_at", "city"].map(|name| customers.position(name));
    let mut payers = vec![Payer {
        exists: false,
        offset: 0,
        stays: false,
    }];
    let start = customers.timeline.start();
    customers.each(|block| {
        for row in 0..block.len() {
            let is_founder =
                matches!(block.columns[joined].get(row), Value::Timestamp(at) if at == start);
            let stays = is_founder && block.columns[left].presence(row) == Presence::Null;
            let city = words(&block, city)[row] as usize;
            payers.push(Payer {
                exists: true,
                offset: CITIES[city].offset,
                stays,
            });
        }
    });
    payers
}

fn cities(merchants: &Reader<'_>) -> Vec<Option<u8>> {
    let city = merchants.position("city");
    let mut cities = vec![None];
    merchants.each(|block| {
        let is_there = |row| block.columns[city].presence(row) == Presence::Present;
        let found = words(&block, city).iter().enumerate();
        cities.extend(found.map(|(row, city)| is_there(row).then_some(*city as u8)));
    });
    cities
}

/// The holder of each card.
fn holders(cards: &Reader<'_>, run: &mut Run) -> Vec<u32> {
    let [customer, network] = ["customer_id", "network"].map(|name| cards.position(name));
    let mut holders = vec![0];
    run.networks.push(0);
    cards.each(|block| {
        for (row, holder) in longs(&block, customer).iter().enumerate() {
            run.references
                .follow((1..run.payers.len() as i64).contains(holder));
            holders.push(*holder as u32);
            run.networks.push(match block.columns[network].get(row) {
                Value::Text("visa") => 0,
                Value::Text("mastercard") => 1,
                _ => 2,
            });
        }
    });
    holders
}

/// The merchant of each terminal.
fn owners(terminals: &Reader<'_>, run: &mut Run) -> Vec<u32> {
    let merchant = terminals.position("merchant_id");
    let mut owners = vec![0];
    terminals.each(|block| {
        for owner in longs(&block, merchant) {
            run.references
                .follow((1..run.cities.len() as i64).contains(owner));
            owners.push(*owner as u32);
        }
    });
    owners
}

fn payments(payments: &Reader<'_>, truth: &Reader<'_>, run: &mut Run, read: &(dyn Fn(u64) + Sync)) {
    let [
        id,
        payer,
        card,
        merchant,
        terminal,
        category,
        country,
        channel,
        device,
        amount,
    ] = [
        "payment_id",
        "customer_id",
        "card_id",
        "merchant_id",
        "terminal_id",
        "category",
        "country",
        "channel",
        "device_id",
        "amount",
    ]
    .map(|name| payments.position(name));
    let [truth_id, campaign] = ["payment_id", "campaign"].map(|name| truth.position(name));
    let columns = &mut run.payments;
    let mut first = 0;
    payments.each(|block| {
        let end = first + block.len() as u64;
        let truths = truth.fill(first..end);
        columns
            .times
            .extend(block.times.iter().map(|time| time.micros()));
        let numbers = |field| longs(&block, field).iter().map(|value| *value as u32);
        columns.payers.extend(numbers(payer));
        columns.cards.extend(numbers(card));
        columns.merchants.extend(numbers(merchant));
        columns.terminals.extend(numbers(terminal));
        columns.cents.extend(numbers(amount));
        columns
            .categories
            .extend(words(&block, category).iter().map(|word| *word as u8));
        columns
            .countries
            .extend(words(&block, country).iter().map(|word| *word as u16));
        columns
            .channels
            .extend(words(&block, channel).iter().map(|word| *word as u8));
        let found = ids(&block, id);
        columns.tokens.extend(found.iter().map(|id| token(*id)));
        let campaigns = longs(&truths, campaign);
        for row in 0..block.len() {
            let used = block.columns[device].presence(row) == Presence::Present;
            let device = longs(&block, device)[row];
            columns
                .devices
                .push(if used { shortened(device) } else { 0 });
            let is_fraud = truths.columns[campaign].presence(row) == Presence::Present;
            columns.campaigns.push(if is_fraud {
                campaigns[row] as u32 + 1
            } else {
                0
            });
            run.references
                .follow(ids(&truths, truth_id)[row] == found[row]);
        }
        first = end;
        read(block.len() as u64);
    });
}

/// The last bits of an id, which do not include its version and variant.
fn token(id: uuid::Uuid) -> u32 {
    id.as_u128() as u32
}

/// A 53-bit device number reduced to 32 bits, never 0.
fn shortened(device: i64) -> u32 {
    (emulator_model::mix(device as u64) >> 32) as u32 | 1
}

/// Checks that each card belongs to its customer, and each terminal to its merchant.
fn follow(run: &mut Run, holders: &[u32], owners: &[u32]) {
    let payments = &run.payments;
    for position in 0..payments.len() {
        let holder = holders.get(payments.cards[position] as usize);
        let owner = owners.get(payments.terminals[position] as usize);
        let (payer, merchant) = (payments.payers[position], payments.merchants[position]);
        let references = &mut run.references;
        references.follow((1..run.payers.len()).contains(&(payer as usize)));
        references.follow((1..run.cities.len()).contains(&(merchant as usize)));
        references.follow(holder == Some(&payer));
        references.follow(owner == Some(&merchant));
    }
}

/// Checks that each chargeback refers to an existing payment with the same card and amount.
fn chargebacks(chargebacks: &Reader<'_>, payments: &Reader<'_>, run: &mut Run) {
    let [payment, card, amount] =
        ["payment_id", "card_id", "amount"].map(|name| chargebacks.position(name));
    chargebacks.each(|block| {
        for row in 0..block.len() {
            let id = ids(&block, payment)[row];
            let position = payments.stream.index_of(payments.seed, &[&id.to_string()]);
            let found = position.is_some_and(|position| {
                let position = position as usize;
                let all = &run.payments;
                all.tokens[position] == token(id)
                    && i64::from(all.cards[position]) == longs(&block, card)[row]
                    && i64::from(all.cents[position]) == longs(&block, amount)[row]
            });
            run.references.follow(found);
        }
    });
}

fn logins(logins: &Reader<'_>, run: &mut Run) {
    let customer = logins.position("customer_id");
    logins.each(|block| {
        for customer in longs(&block, customer) {
            run.references
                .follow((1..run.payers.len() as i64).contains(customer));
        }
    });
}
