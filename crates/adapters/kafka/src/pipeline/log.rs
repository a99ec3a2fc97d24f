//! The pipeline's topics as a log.

use std::collections::VecDeque;
use std::sync::Arc;

use async_trait::async_trait;
use pipeline_domain::log::{Offsets, Partition};
use pipeline_domain::source::{Names, Source};
use pipeline_ports::{EventConsumer, EventLog, EventReplay, Group, PortError, Topic};

use super::consumer::KafkaConsumer;
use super::replay::KafkaReplay;
use super::topics::name;
use crate::KafkaConfig;
use crate::cluster_error::{ClusterErrors, blocking};
use crate::scan::{Extent, TopicClient};
use crate::topic;

/// A dead letter holds the event and the error, so it is larger than the event.
const DEAD_LETTERS: &[(&str, &str)] = &[("max.message.bytes", "2097152")];

/// The topics of one pipeline in a cluster.
///
/// Needs a tokio runtime with time enabled; blocking calls run on its blocking threads.
#[derive(Clone, Debug)]
pub struct KafkaLog {
    config: Arc<KafkaConfig>,
    names: Names,
}

impl KafkaLog {
    /// Uses the configured cluster; does not connect yet.
    pub fn new(config: KafkaConfig, names: Names) -> Self {
        Self {
            config: Arc::new(config),
            names,
        }
    }
}

#[async_trait]
impl EventLog for KafkaLog {
    async fn identity(&self) -> Result<String, PortError> {
        let cluster = blocking(&self.config, topic::cluster_id).await?;
        // Pipelines with different prefixes share a cluster but no events.
        Ok(format!("{cluster}/{}", self.names.ack()))
    }

    async fn prepare(&self) -> Result<(), PortError> {
        let names = self.names.clone();
        Ok(blocking(&self.config, move |config| {
            for source in Source::ALL {
                topic::prepare(config, &names.topic(source), &[])?;
            }
            topic::prepare(config, &names.ack(), &[])?;
            topic::prepare(config, &names.dead_letters(), DEAD_LETTERS)
        })
        .await?)
    }

    async fn open(&self, group: Group) -> Result<Box<dyn EventConsumer>, PortError> {
        let names = self.names.clone();
        // The reader runs on this runtime.
        let runtime = tokio::runtime::Handle::current();
        let consumer = blocking(&self.config, move |config| {
            let _inside = runtime.enter();
            KafkaConsumer::open(config, names, group)
        })
        .await?;
        Ok(Box::new(consumer))
    }

    async fn replay(
        &self,
        topics: &[Topic],
        from: &Offsets,
        to: Option<&Offsets>,
    ) -> Result<Box<dyn EventReplay>, PortError> {
        let (names, topics) = (self.names.clone(), topics.to_owned());
        let (from, to) = (from.clone(), to.cloned());
        let replay = blocking(&self.config, move |config| {
            let (mut scans, mut truncated) = (VecDeque::new(), false);
            for topic in topics {
                let client = TopicClient::new(config, &name(&names, topic), "pipeline-history")?;
                let mut extent = client.extent()?;
                truncated |= match topic {
                    Topic::Events(source) => narrow(&mut extent, source, &from, to.as_ref()),
                    _ => extent.values().any(|offsets| offsets.start > 0),
                };
                scans.push_back((topic, client.scan(&extent)?));
            }
            Ok(KafkaReplay {
                scans,
                truncated,
                failures: ClusterErrors::new(config),
            })
        })
        .await?;
        Ok(Box::new(replay))
    }
}

/// Narrows a topic's contents to the requested range; returns whether part of it was deleted.
fn narrow(extent: &mut Extent, source: Source, from: &Offsets, to: Option<&Offsets>) -> bool {
    let mut truncated = false;
    for (number, offsets) in extent {
        let partition = Partition {
            source,
            number: *number,
        };
        let wanted = from.next(partition).unwrap_or(0);
        if wanted < offsets.start {
            truncated = true;
            tracing::warn!(
                %source, partition = number, from = wanted, earliest = offsets.start,
                "events were deleted before they were read again"
            );
        }
        offsets.start = offsets.start.max(wanted);
        if let Some(to) = to {
            offsets.end = offsets.end.min(to.next(partition).unwrap_or(offsets.start));
        }
    }
    truncated
}
