//! Registers the message schemas of a run before its first message.

use std::time::Duration;

use emulator_domain::emulation::Emulation;
use emulator_domain::plan::EmulationPlan;
use emulator_ports::{
    DestinationError, DestinationErrorKind, MessagePart, MessageSchema, SchemaId, SchemaIds,
    SchemaLanguage,
};
use tokio::time::{Instant, sleep};

use super::Ending;
use super::stop_signals::StopSignals;
use crate::Emulator;

/// How long a run waits for an unavailable registry.
const PATIENCE: Duration = Duration::from_secs(60);
/// The delay between two attempts to reach it.
const PAUSE: Duration = Duration::from_secs(1);

/// The subject for the schema of one part of a run's messages.
pub(crate) fn subject(plan: &EmulationPlan, part: MessagePart, schema: &MessageSchema) -> String {
    let strategy = plan.messages().subject_strategy;
    strategy.subject(plan.destination(), part.name(), &schema.record)
}

/// Whether this is a schema of JSON records, which readers of JSON do not need.
pub(crate) fn is_json(part: MessagePart, schema: &MessageSchema) -> bool {
    part == MessagePart::Value && schema.language == SchemaLanguage::JsonSchema
}

/// The schemas to register for a run's messages; none without a registry.
fn schemas(emulator: &Emulator, plan: &EmulationPlan) -> Vec<(MessagePart, MessageSchema)> {
    let parts = MessagePart::ALL.into_iter().filter_map(|part| {
        let schema = emulator.inner.encoders.message_schema(plan, part)?;
        Some((part, schema))
    });
    let Some(registry) = &emulator.inner.registry else {
        return Vec::new();
    };
    let parts = parts.filter(|(part, schema)| registry.is_for_json() || !is_json(*part, schema));
    parts.collect()
}

/// The schema ids of the message parts that begin with one.
pub(super) async fn register(
    emulator: &Emulator,
    emulation: &Emulation,
    stop_signals: &StopSignals,
) -> Result<SchemaIds, Ending> {
    let (mut ids, plan) = (SchemaIds::default(), emulation.plan());
    let Some(registry) = &emulator.inner.registry else {
        return Ok(ids);
    };
    // A resumed run must use the schema of its first records, so that is only looked up.
    let is_begun = emulation.checkpoint().next_index > 0;
    for (part, schema) in schemas(emulator, plan) {
        let subject = subject(plan, part, &schema);
        let asked = || async {
            let (language, text) = (schema.language, schema.text.as_str());
            if !is_begun {
                return registry.register(&subject, language, text).await;
            }
            let found = registry.find(&subject, language, text).await?;
            found.ok_or_else(|| {
                let message = format!(
                    "the schema registry has no longer the schema under '{subject}' that the first \
                     records of the run were written with; bring it back, or start a new run"
                );
                DestinationError::new(DestinationErrorKind::Refused, message)
            })
        };
        ids = ids.with(part, until_answered(asked, stop_signals).await?);
    }
    Ok(ids)
}

/// Retries for a minute until the registry responds.
async fn until_answered<F: Future<Output = Result<SchemaId, DestinationError>>>(
    ask: impl Fn() -> F,
    stop_signals: &StopSignals,
) -> Result<SchemaId, Ending> {
    let started = Instant::now();
    let mut is_logged = false;
    loop {
        let error = tokio::select! {
            biased;
            reason = stop_signals.signalled() => return Err(reason.into()),
            answered = ask() => match answered {
                Ok(id) => return Ok(id),
                Err(error) => error,
            },
        };
        if error.kind != DestinationErrorKind::Unreachable || started.elapsed() >= PATIENCE {
            return Err(Ending::failed(error));
        }
        if !std::mem::replace(&mut is_logged, true) {
            let error = error.chain();
            tracing::warn!(
                error,
                "the schema is not registered yet; retrying for up to a minute"
            );
        }
        tokio::select! {
            biased;
            reason = stop_signals.signalled() => return Err(reason.into()),
            () = sleep(PAUSE) => {}
        }
    }
}

/// Schema ids of the right length, with arbitrary values.
pub(super) fn placeholder(emulator: &Emulator, plan: &EmulationPlan) -> SchemaIds {
    let parts = schemas(emulator, plan).into_iter();
    parts.fold(SchemaIds::default(), |ids, (part, _)| {
        ids.with(part, SchemaId(0))
    })
}
