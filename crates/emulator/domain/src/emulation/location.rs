//! The location that a run delivers to: the same from its first record to its last.

use super::Emulation;

/// The records of a run would be spread over two locations.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "the run began to deliver to {before}, and the settings now lead to {now}: it is not continued \
     there, because neither place would have all of it. Start a new run; to continue a run after a \
     restart, start the service with the settings that it began with"
)]
pub struct DeliveredElsewhere {
    /// Where its first records are.
    pub before: String,
    /// Where the others would go.
    pub now: String,
}

impl Emulation {
    /// Sets the cluster, store or directory that the run delivers to; it cannot change later.
    ///
    /// # Errors
    /// If it has already delivered to another one.
    pub fn deliver_to(&mut self, location: String) -> Result<(), DeliveredElsewhere> {
        match &self.location {
            Some(before) if *before != location => Err(DeliveredElsewhere {
                before: before.clone(),
                now: location,
            }),
            _ => {
                self.location = Some(location);
                Ok(())
            }
        }
    }

    /// The cluster, store or directory that it delivers to, once that is known.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }
}
