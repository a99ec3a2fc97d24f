//! Lifelike payments: a world that can be believed.
//!
//! People with habits pay in shops, some of them are robbed, and every record of it follows from
//! (population seed, seed, index) alone: which hour it is in, who is in its session, whether a campaign
//! has it. Nothing is remembered from one record to the next; what reaches over several of them is
//! computed from the number of the session, the trip, the campaign.
//!
//! A world is a model ([`compile`]): whatever can be done with a model's streams can be done with its.
//! What it is like is [declared] as data.

mod amount;
mod calendar;
mod campaigns;
mod chargeback;
pub mod declared;
mod exponential;
mod fraud;
mod habits;
mod kind;
mod login;
mod moment;
mod payment;
mod people;
mod purchase;
mod settings;
mod shops;
mod stream;
mod world;

use std::sync::Arc;

use emulator_domain::record::{ModelText, Stream};
use emulator_model::{Model, ModelErrors, Node};
use sha2::{Digest, Sha256};

pub use campaigns::{PATTERNS, Pattern};
pub use settings::Settings;

use crate::kind::{KINDS, Kind};
use crate::stream::WorldStream;
use crate::world::Base;

/// Changes whenever any record of any world changes, and only then: part of a world's digest, so that
/// a manifest or an unfinished run of a release with other records is refused.
pub const VERSION: u32 = 2;

/// The model that a document describes: a world if it says which (`world: payments`), or streams of
/// the user's own.
///
/// # Errors
/// Everything that is wrong with it, in the order of its text.
pub fn compile(document: &Node) -> Result<Model, ModelErrors> {
    if document.get("world").is_none() {
        return Model::compile(document);
    }
    let settings = Settings::read(document)?;
    let json = document.to_json();
    let digest = Sha256::digest(format!("{json}\nworld {VERSION}"));
    let text = ModelText {
        name: settings.name.clone(),
        digest: digest.iter().map(|byte| format!("{byte:02x}")).collect(),
        json: json.into(),
    };
    let base = Arc::new(Base::new(text.clone(), settings));
    let streams = KINDS.map(|kind| {
        let stream: Arc<dyn Stream> = Arc::new(WorldStream::new(base.clone(), kind));
        (stream, kind.about(&base))
    });
    let payments = KINDS.iter().position(|kind| *kind == Kind::Payment);
    Model::of_streams(document, text, streams.into(), payments.unwrap_or(0))
}

/// The world that is there without a file, by its name.
pub fn builtin(name: &str) -> Option<Node> {
    (name == settings::KIND).then(settings::builtin)
}
