//! Callbacks: other systems are notified when a run ends.
//!
//! The notifications that a run owes are part of its record. A notification becomes due in the same
//! write that records the end of the run, and is cleared once the receiver has accepted it. A crash
//! therefore loses none; one in progress at the time is sent again. Each URL gets its events one
//! after the other, in the order in which the runs ended. An event that is not accepted within a
//! `TURN` is retried in parallel with those after it. A host that does not respond occupies at most
//! `MAX_PER_HOST` of the slots, so it does not hold up the others.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use emulator_domain::emulation::{
    Callback, CallbackEvent, CallbackOutcome, Emulation, EmulationId, GlobalStatus,
};
use emulator_ports::{Page, RepositoryError};
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::emulation_status::FindError;
use crate::inactive_run::{InactiveRunError, change_inactive};
use crate::{Emulator, list_emulations, metrics};

/// How many notifications are sent at the same time, and how many of those to one host.
const MAX_CONCURRENT: usize = 128;
const MAX_PER_HOST: usize = 4;

/// How long an event holds up the later events of its URL.
const TURN: Duration = Duration::from_secs(60);

/// The delay before a retry when the failure is not the receiver's, for instance of the repository.
const RETRY_DELAY: Duration = Duration::from_secs(1);

/// Why no callbacks are sent.
const NO_CALLBACKS: &str = "this service tells nobody: its administrator sets callbacks.secret and \
                      callbacks.allowed_hosts";

/// The notifications still to be sent.
pub(crate) struct Outbox {
    /// By URL, in order; the first of each queue is being sent.
    queues: Mutex<HashMap<String, VecDeque<(EmulationId, CallbackEvent)>>>,
    slots: Semaphore,
    /// The slots of each host to which something is being sent.
    hosts: Mutex<HashMap<String, Weak<Semaphore>>>,
}

impl Default for Outbox {
    fn default() -> Self {
        Self {
            queues: Mutex::default(),
            slots: Semaphore::new(MAX_CONCURRENT),
            hosts: Mutex::default(),
        }
    }
}

impl Outbox {
    fn queues(&self) -> MutexGuard<'_, HashMap<String, VecDeque<(EmulationId, CallbackEvent)>>> {
        // Every statement leaves the map consistent.
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn slots_at(&self, host: &str) -> Arc<Semaphore> {
        // Every statement leaves the map consistent.
        let mut hosts = self.hosts.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(slots) = hosts.get(host).and_then(Weak::upgrade) {
            return slots;
        }
        hosts.retain(|_, slots| slots.strong_count() > 0);
        let slots = Arc::new(Semaphore::new(MAX_PER_HOST));
        hosts.insert(host.to_owned(), Arc::downgrade(&slots));
        slots
    }

    fn first(&self, url: &str) -> Option<(EmulationId, CallbackEvent)> {
        let mut queues = self.queues();
        let first = queues.get(url)?.front().copied();
        if first.is_none() {
            queues.remove(url);
        }
        first
    }

    fn done(&self, url: &str) {
        if let Some(queue) = self.queues().get_mut(url) {
            queue.pop_front();
        }
    }
}

/// A callback for a new run, if the settings allow it.
///
/// # Errors
/// A message for the user: what is wrong and what is allowed.
pub fn callback(emulator: &Emulator, event: CallbackEvent, url: &str) -> Result<Callback, String> {
    let callbacks = emulator.inner.callbacks.as_ref().ok_or(NO_CALLBACKS)?;
    let url = callbacks.check(url)?;
    Ok(Callback::new(event, url))
}

/// Queues the notifications that are due for a run that has ended.
pub(crate) fn enqueue(emulator: &Emulator, run: &Emulation) {
    for callback in run.callbacks().iter().filter(|callback| callback.is_due()) {
        let next = (run.id(), callback.event);
        let url = callback.url.clone();
        match emulator.inner.outbox.queues().entry(url.clone()) {
            Entry::Occupied(mut queue) => queue.get_mut().push_back(next),
            Entry::Vacant(entry) => {
                entry.insert(VecDeque::from([next]));
                let work = send_in_order(emulator.clone(), url);
                let tracker = &emulator.inner.tracker;
                tracker.spawn_on(work, &emulator.inner.runtime);
            }
        }
    }
}

/// Queues what an earlier process left unsent, in the order in which the runs ended.
pub(crate) async fn resume(emulator: &Emulator) -> Result<(), RepositoryError> {
    let mut due = Vec::new();
    use GlobalStatus::{Cancelled, Completed, Failed};
    for status in [Completed, Failed, Cancelled] {
        let mut page = Page {
            status: Some(status),
            after: None,
            limit: list_emulations::MOST.into(),
        };
        loop {
            let runs = emulator.inner.repository.list(page).await?;
            page.after = runs.last().map(Emulation::id);
            if page.after.is_none() {
                break;
            }
            due.extend(runs.into_iter().filter(|run| run.settled_at().is_none()));
        }
    }
    due.sort_unstable_by_key(|run| (run.finished_at(), run.id()));
    due.iter().for_each(|run| enqueue(emulator, run));
    Ok(())
}

/// Sends the events queued for this URL one by one, until there are none or the process is shutting
/// down.
async fn send_in_order(emulator: Emulator, url: String) {
    while let Some((id, event)) = emulator.inner.outbox.first(&url) {
        let sending = send_until_settled(emulator.clone(), id, event);
        let sending = (emulator.inner.tracker).spawn_on(sending, &emulator.inner.runtime);
        // After its turn the task goes on in the background.
        let _ = timeout(TURN, sending).await;
        if emulator.inner.shutdown.is_cancelled() {
            return;
        }
        emulator.inner.outbox.done(&url);
    }
}

/// Sends one event, with retries, until it is accepted or given up, or the process is shutting
/// down.
async fn send_until_settled(emulator: Emulator, id: EmulationId, event: CallbackEvent) {
    let emulator = &emulator;
    let shutdown = &emulator.inner.shutdown;
    // The end of the run must be on record before anyone is notified.
    let ended = || shutdown.run_until_cancelled(update_stored(emulator, id, |_| ()));
    while let Some(Some((run, ()))) = ended().await {
        let mut callbacks = run.callbacks().iter();
        let Some(callback) = callbacks.find(|one| one.event == event && one.is_due()) else {
            return;
        };
        let outcome = match &emulator.inner.callbacks {
            None => CallbackOutcome::Refused(NO_CALLBACKS.to_owned()),
            Some(callbacks) => {
                let outbox = &emulator.inner.outbox;
                let at_host = outbox.slots_at(callback.host());
                let slots = async { (at_host.acquire().await, outbox.slots.acquire().await) };
                // The semaphores are never closed.
                let Some(_slots) = shutdown.run_until_cancelled(slots).await else {
                    return;
                };
                let url = &callback.url;
                callbacks.notify(url, event, &run, emulator.now()).await
            }
        };
        let (result, why) = match &outcome {
            CallbackOutcome::Accepted => ("delivered", None),
            CallbackOutcome::Retryable(why) => ("failed", Some(why)),
            CallbackOutcome::Refused(why) => ("refused", Some(why)),
        };
        metrics::callback(result);
        if let Some(why) = why {
            let event = event.name();
            tracing::info!(emulation_id = %id, event, why, "a callback was not accepted");
        }
        let updated = update_stored(emulator, id, |run| {
            run.record_callback(event, outcome.clone(), emulator.now())
        });
        let Some((_, Some(pause))) = updated.await else {
            return;
        };
        if !wait(emulator, pause).await {
            return;
        }
    }
}

/// Changes the stored state of a run and retries until it is saved. Returns `None` if the run was
/// forgotten or the process is shutting down.
async fn update_stored<T>(
    emulator: &Emulator,
    id: EmulationId,
    mut change: impl FnMut(&mut Emulation) -> T,
) -> Option<(Emulation, T)> {
    loop {
        let mut changed = None;
        let kept = change_inactive::<InactiveRunError>(emulator, id, async |mut run| {
            changed = Some(change(&mut run));
            let kept = emulator.inner.repository.save(&run).await;
            kept.map_err(FindError::from)?;
            Ok(run)
        });
        match kept.await {
            Ok(Some(run)) => return Some((run, changed?)),
            Err(InactiveRunError::Find(FindError::NotFound(_))) => return None,
            Ok(None) => {}
            Err(error) => tracing::warn!(
                emulation_id = %id, %error,
                "the state of a callback was not recorded"
            ),
        }
        if !wait(emulator, RETRY_DELAY).await {
            return None;
        }
    }
}

/// Waits; returns false if the process is shutting down.
async fn wait(emulator: &Emulator, pause: Duration) -> bool {
    let pause = tokio::time::sleep(pause);
    let waited = emulator.inner.shutdown.run_until_cancelled(pause).await;
    waited.is_some()
}
