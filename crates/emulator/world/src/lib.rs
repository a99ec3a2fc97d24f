//! The world of payments: lifelike card payments, with fraud.
//!
//! People with habits pay in shops, and some of them are robbed. Every record follows from
//! (population seed, seed, index) alone: its hour, the person who pays, and whether it belongs to a
//! campaign. No state is carried from one record to the next; what spans several records is
//! computed from the number of the session, the trip or the campaign.
//! A world is a model ([`compile`]), so everything that works for a model's streams works for its
//! streams too. Its parameters are [declared] as data.

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

/// Changes whenever any record of any world changes, and only then. It is part of a world's digest,
/// so that a manifest or an unfinished run of a release with other records is refused.
pub const VERSION: u32 = 2;

/// Compiles a document: a world if it names one (`world: payments`), otherwise the user's own
/// streams.
///
/// # Errors
/// All errors in it, in the order of the text.
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

/// The document of the world that needs no file, by its name.
pub fn builtin(name: &str) -> Option<Node> {
    (name == settings::KIND).then(settings::builtin)
}
