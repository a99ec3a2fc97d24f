//! Valid requests of group members that would nevertheless crash the broker.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::request::{Member, Request};

/// How much later than due the broker may forget an absent member.
const LATE: Duration = Duration::from_secs(5);

/// Tracks members that wait for a response, because a second request of the same member crashes the
/// broker; and the protocols of groups, because members of one group with different first protocols
/// do so too. Clones share their state.
#[derive(Clone, Debug, Default)]
pub(super) struct Groups(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    waiting: HashSet<Member>,
    protocols: HashMap<Vec<u8>, Protocol>,
}

#[derive(Debug)]
struct Protocol {
    name: Vec<u8>,
    session: Duration,
    /// When the last member offering it will be forgotten, unless it sends another request.
    until: Instant,
}

impl Groups {
    /// Records a member's request at this time; returns the member if it now waits for a response.
    pub(super) fn enter(
        &self,
        request: Request,
        now: Instant,
    ) -> Result<Option<Member>, &'static str> {
        let mut state = self.lock();
        let member = match request {
            Request::Join {
                member,
                session,
                protocol,
            } => {
                state.join(&member.0, session, protocol, now)?;
                member
            }
            Request::Sync(member) => {
                state.hear_of(&member.0, now);
                member
            }
            Request::Heartbeat(member) => {
                state.hear_of(&member.0, now);
                return Ok(None);
            }
            Request::Other => return Ok(None),
        };
        // A member without an id is assigned one.
        if member.1.is_empty() {
            return Ok(None);
        }
        match state.waiting.insert(member.clone()) {
            true => Ok(Some(member)),
            false => Err("its member waits for an answer already"),
        }
    }

    pub(super) fn leave(&self, member: &Member) {
        self.lock().waiting.remove(member);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn join(
        &mut self,
        group: &[u8],
        session: Duration,
        name: Vec<u8>,
        now: Instant,
    ) -> Result<(), &'static str> {
        self.protocols.retain(|_, protocol| protocol.until > now);
        let protocol = self
            .protocols
            .entry(group.to_vec())
            .or_insert_with(|| Protocol {
                name: name.clone(),
                session,
                until: now,
            });
        if protocol.name != name {
            return Err("the group's other members begin with another protocol");
        }
        protocol.session = protocol.session.max(session);
        self.hear_of(group, now);
        Ok(())
    }

    fn hear_of(&mut self, group: &[u8], now: Instant) {
        if let Some(protocol) = self.protocols.get_mut(group) {
            // The broker hears from a member again once all have joined, which takes up to a
            // session.
            protocol.until = now + 2 * protocol.session + LATE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn member(name: &str) -> Member {
        (b"g".to_vec(), name.into())
    }

    fn join(name: &str, protocol: &str) -> Request {
        Request::Join {
            member: member(name),
            session: 10 * SECOND,
            protocol: protocol.into(),
        }
    }

    #[test]
    fn a_member_has_one_question_at_a_time_and_a_new_one_is_given_its_name() {
        let (groups, now) = (Groups::default(), Instant::now());
        assert_eq!(groups.enter(join("a", "range"), now), Ok(Some(member("a"))));
        assert_eq!(groups.enter(join("", "range"), now), Ok(None));
        assert_eq!(groups.enter(join("", "range"), now), Ok(None));
        groups.enter(join("a", "range"), now).unwrap_err();
        groups.enter(Request::Sync(member("a")), now).unwrap_err();
        let beat = groups.enter(Request::Heartbeat(member("a")), now);
        assert_eq!(beat, Ok(None));
        groups.leave(&member("a"));
        let sync = groups.enter(Request::Sync(member("a")), now);
        assert_eq!(sync, Ok(Some(member("a"))));
    }

    #[test]
    fn members_of_a_group_begin_with_one_protocol_until_all_are_forgotten() {
        let (groups, now) = (Groups::default(), Instant::now());
        groups.enter(join("a", "range"), now).unwrap();
        groups.enter(join("b", "sticky"), now).unwrap_err();
        groups.enter(join("b", "range"), now).unwrap();
        // Heard of again after 20 s: forgotten 25 s later, not before.
        let later = now + 20 * SECOND;
        groups
            .enter(Request::Heartbeat(member("b")), later)
            .unwrap();
        let early = later + 24 * SECOND;
        groups.enter(join("c", "sticky"), early).unwrap_err();
        let late = later + 26 * SECOND;
        groups.enter(join("c", "sticky"), late).unwrap();
        groups.enter(join("a", "range"), late).unwrap_err();
    }
}
