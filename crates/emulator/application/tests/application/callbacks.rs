//! Others are told how runs ended, in order and through restarts.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use CallbackEvent::{Ended, Failed};
use adapter_memory::Fault;
use async_trait::async_trait;
use emulator_application::callbacks::callback;
use emulator_application::resume_emulations::{OnRestart, resume};
use emulator_application::start_emulation::{Known, start_known};
use emulator_application::{Emulator, cancel_emulation, control_emulation};
use emulator_domain::Timestamp;
use emulator_domain::emulation::{
    CallbackEvent, CallbackOutcome, CallbackState, Emulation, EmulationId, GlobalStatus,
};
use emulator_domain::plan::{Pace, PlanSpec};
use emulator_ports::Callbacks;
use tokio::sync::Notify;
use tokio::time::Instant;

use crate::plans;
use crate::processes::{World, ended, state, stop};

type Message = (String, EmulationId, CallbackEvent, GlobalStatus);

/// Receivers by URL, each with what it answers first; after that they take everything.
#[derive(Clone, Default)]
struct Receivers {
    answers: Arc<Mutex<HashMap<String, VecDeque<CallbackOutcome>>>>,
    told: Arc<Mutex<Vec<Message>>>,
    times: Arc<Mutex<Vec<Instant>>>,
    /// Whether nobody wants to know of runs that have failed.
    is_choosy: Arc<AtomicBool>,
    /// Waited for by those who tell the host C.
    silence: Arc<Notify>,
}

#[async_trait]
impl Callbacks for Receivers {
    fn check(&self, url: &str) -> Result<String, String> {
        match url.starts_with("https://") {
            true => Ok(url.to_owned()),
            false => Err("expected https".to_owned()),
        }
    }

    async fn notify(
        &self,
        url: &str,
        event: CallbackEvent,
        run: &Emulation,
        _: Timestamp,
    ) -> CallbackOutcome {
        let told = (url.to_owned(), run.id(), event, run.status());
        self.told.lock().unwrap().push(told);
        self.times.lock().unwrap().push(Instant::now());
        if url.starts_with(C) {
            self.silence.notified().await;
        }
        if run.status() == GlobalStatus::Failed && self.is_choosy.load(Ordering::SeqCst) {
            return CallbackOutcome::Retryable("500 Internal Server Error".to_owned());
        }
        let mut answers = self.answers.lock().unwrap();
        let answer = answers.get_mut(url).and_then(VecDeque::pop_front);
        answer.unwrap_or(CallbackOutcome::Accepted)
    }
}

impl Receivers {
    fn in_world() -> (World, Self) {
        let receivers = Self::default();
        let mut world = World::new();
        world.callbacks = Some(Arc::new(receivers.clone()));
        (world, receivers)
    }

    /// It does not take what it is told so often.
    fn refuses(&self, url: &str, times: usize) {
        let busy = CallbackOutcome::Retryable("503 Service Unavailable".to_owned());
        let answers = VecDeque::from(vec![busy; times]);
        self.answers.lock().unwrap().insert(url.to_owned(), answers);
    }

    /// Of which runs a receiver was told, and of what.
    fn told(&self, url: &str) -> Vec<(EmulationId, CallbackEvent)> {
        let told = self.told.lock().unwrap();
        let own = told.iter().filter(|(to, ..)| to == url);
        own.map(|(_, id, event, _)| (*id, *event)).collect()
    }
}

const A: &str = "https://a/";
const B: &str = "https://b/";
const C: &str = "https://c/";

async fn started(emulator: &Emulator, told: &[(CallbackEvent, &str)], pace: Pace) -> Emulation {
    let callbacks = told
        .iter()
        .map(|(event, url)| callback(emulator, *event, url));
    let known = Known {
        callbacks: callbacks.collect::<Result<_, _>>().unwrap(),
        ..Known::default()
    };
    let spec = PlanSpec {
        count: plans::count(100),
        pace,
        ..plans::spec("kafka", "transaction", "json", "single")
    };
    start_known(emulator, spec, known).await.unwrap()
}

/// The run, as soon as everybody was told or given up.
async fn settled(emulator: &Emulator, id: EmulationId) -> Emulation {
    loop {
        let run = state(emulator, id).await;
        if run.settled_at().is_some() {
            return run;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_told_of_its_events_when_the_run_has_ended_and_never_before() {
    let (world, receivers) = Receivers::in_world();
    let emulator = world.process();
    let both = [(Ended, A), (Failed, B)];
    let run = started(&emulator, &both, Pace::Unlimited).await;
    let run = settled(&emulator, run.id()).await;
    assert_eq!(run.status(), GlobalStatus::Completed);
    let states: Vec<_> = run.callbacks().iter().map(|one| one.state.name()).collect();
    assert_eq!(states, ["delivered", "not needed"]);
    assert_eq!(receivers.told(A), [(run.id(), Ended)]);
    assert_eq!(receivers.told(B), []);

    world.messages.set_fault(Some(Fault::RefuseOpen));
    let failed = started(&emulator, &both, Pace::Unlimited).await;
    settled(&emulator, failed.id()).await;
    assert_eq!(receivers.told(A)[1..], [(failed.id(), Ended)]);
    assert_eq!(receivers.told(B), [(failed.id(), Failed)]);
    world.messages.set_fault(None);

    // One that is paused has not ended; it has when it is cancelled. The clock stands still.
    let held = started(&emulator, &both, Pace::Realtime).await;
    let paused = control_emulation::pause(&emulator, held.id())
        .await
        .unwrap();
    assert_eq!(paused.status(), GlobalStatus::Paused);
    assert_eq!(paused.callbacks()[0].state, CallbackState::Waiting);
    assert_eq!(receivers.told(A).len(), 2);
    cancel_emulation::cancel(&emulator, held.id())
        .await
        .unwrap();
    settled(&emulator, held.id()).await;
    assert_eq!(receivers.told(A)[2..], [(held.id(), Ended)]);
    let statuses = [
        GlobalStatus::Completed,
        GlobalStatus::Failed,
        GlobalStatus::Failed,
        GlobalStatus::Cancelled,
    ];
    let told: Vec<_> = receivers
        .told
        .lock()
        .unwrap()
        .iter()
        .map(|told| told.3)
        .collect();
    assert_eq!(told, statuses);
    assert!(callback(&emulator, Ended, "http://a/").is_err());
    stop(emulator).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_receiver_is_told_again_until_it_takes_it_and_later_runs_wait_their_turn() {
    let (world, receivers) = Receivers::in_world();
    receivers.refuses(A, 2);
    let emulator = world.process();
    let first = started(&emulator, &[(Ended, A)], Pace::Unlimited).await;
    ended(&emulator, first.id()).await;
    let second = started(&emulator, &[(Ended, A)], Pace::Unlimited).await;
    let other = started(&emulator, &[(Ended, B)], Pace::Unlimited).await;
    // Nobody waits for somebody else's receiver.
    settled(&emulator, other.id()).await;
    let due = state(&emulator, first.id()).await;
    let CallbackState::Due { attempts, error } = &due.callbacks()[0].state else {
        panic!("{due:?}")
    };
    assert!((1..=2).contains(attempts), "{attempts}");
    assert_eq!(error.as_deref(), Some("503 Service Unavailable"));
    settled(&emulator, second.id()).await;
    let (first, second) = ((first.id(), Ended), (second.id(), Ended));
    assert_eq!(receivers.told(A), [first, first, first, second]);
    stop(emulator).await;
}

#[tokio::test]
async fn an_event_that_is_never_taken_holds_its_url_for_a_minute_and_is_tried_on() {
    let (world, receivers) = Receivers::in_world();
    let emulator = world.process();
    receivers.is_choosy.store(true, Ordering::SeqCst);
    let mut runs = Vec::new();
    for fault in [Some(Fault::RefuseOpen), None, None] {
        world.messages.set_fault(fault);
        let run = started(&emulator, &[(Ended, A)], Pace::Unlimited).await;
        ended(&emulator, run.id()).await;
        runs.push(run.id());
    }
    while receivers.told(A).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    // From here on time passes as soon as nobody does anything.
    tokio::time::pause();
    settled(&emulator, runs[2]).await;
    let taken = receivers.told(A);
    let first = |run: EmulationId| taken.iter().position(|(id, _)| *id == run).unwrap();
    let places = [first(runs[0]), first(runs[1]), first(runs[2])];
    assert!(places.is_sorted() && places[0] == 0, "{taken:?}");
    let times = receivers.times.lock().unwrap().clone();
    let waited = times[places[1]] - times[0];
    assert!((55..65).contains(&waited.as_secs()), "{waited:?}");
    assert!(state(&emulator, runs[0]).await.callbacks()[0].is_due());
    receivers.is_choosy.store(false, Ordering::SeqCst);
    settled(&emulator, runs[0]).await;
    stop(emulator).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_host_that_does_not_answer_has_four_waiting_and_nobody_else() {
    let (world, receivers) = Receivers::in_world();
    let emulator = world.process();
    let urls: Vec<_> = (0..200).map(|number| format!("{C}{number}")).collect();
    for url in &urls {
        let run = started(&emulator, &[(Ended, url)], Pace::Unlimited).await;
        ended(&emulator, run.id()).await;
    }
    let other = started(&emulator, &[(Ended, B)], Pace::Unlimited).await;
    settled(&emulator, other.id()).await;
    let asked = |receivers: &Receivers| {
        let told = receivers.told.lock().unwrap();
        told.iter().filter(|(to, ..)| to.starts_with(C)).count()
    };
    assert_eq!(asked(&receivers), 4);
    // Nor does the end of the process wait for all of them.
    let answered = async {
        tokio::time::sleep(Duration::from_millis(200)).await;
        receivers.silence.notify_waiters();
    };
    tokio::join!(stop(emulator), answered);
    assert_eq!(asked(&receivers), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_due_is_told_by_the_next_process_in_the_order_of_the_ends() {
    let (world, receivers) = Receivers::in_world();
    receivers.refuses(A, 1);
    let emulator = world.process();
    let mut runs = Vec::new();
    for _ in 0..3 {
        let run = started(&emulator, &[(Ended, A), (Failed, A)], Pace::Unlimited).await;
        ended(&emulator, run.id()).await;
        runs.push((run.id(), Ended));
        world.clock.advance(1_000_000);
    }
    while receivers.told(A).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop(emulator).await;
    assert_eq!(receivers.told(A), [runs[0]]);
    let emulator = world.process();
    resume(&emulator, OnRestart::Resume).await.unwrap();
    for (id, _) in &runs {
        settled(&emulator, *id).await;
    }
    assert_eq!(receivers.told(A)[1..], runs);
    stop(emulator).await;
    // There is nothing left to tell.
    let emulator = world.process();
    resume(&emulator, OnRestart::Resume).await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(receivers.told(A).len(), 4);
    stop(emulator).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_hour_it_is_tried_once_more_and_given_up() {
    let (mut world, receivers) = Receivers::in_world();
    receivers.refuses(A, 9);
    let emulator = world.process();
    let run = started(&emulator, &[(Ended, A)], Pace::Unlimited).await;
    ended(&emulator, run.id()).await;
    while receivers.told(A).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop(emulator).await;
    world.clock.advance(2 * 3_600_000_000);
    let emulator = world.process();
    resume(&emulator, OnRestart::Resume).await.unwrap();
    let given_up = settled(&emulator, run.id()).await;
    assert_eq!(given_up.callbacks()[0].state.name(), "abandoned");
    assert_eq!(receivers.told(A).len(), 2);
    // A service that tells nobody any more gives up at once.
    receivers.refuses(B, 1);
    let run = started(&emulator, &[(Ended, B)], Pace::Unlimited).await;
    ended(&emulator, run.id()).await;
    while receivers.told(B).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    stop(emulator).await;
    world.callbacks = None;
    let emulator = world.process();
    resume(&emulator, OnRestart::Resume).await.unwrap();
    let given_up = settled(&emulator, run.id()).await;
    let CallbackState::Abandoned { error, .. } = &given_up.callbacks()[0].state else {
        panic!("{given_up:?}")
    };
    assert!(error.contains("callbacks.secret"), "{error}");
    assert!(callback(&emulator, Ended, A).is_err());
    stop(emulator).await;
}
