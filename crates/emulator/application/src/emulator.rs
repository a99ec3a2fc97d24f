//! What the use cases work with.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use emulator_domain::emulation::{Emulation, EmulationId};
use emulator_domain::plan::{Format, Pace, PlanSpec, Sink, Workers};
use emulator_domain::record::transaction::Labels;
use emulator_domain::{Dataset, DestinationRules, Rate, Seed, Timestamp, UserIds};
use emulator_ports::{
    Callbacks, Clock, Destination, EmulationRepository, Encoders, SchemaRegistry,
};
use rayon::ThreadPool;
use tokio::runtime::Handle;
use tokio::sync::{Semaphore, watch};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use uuid::Uuid;

use crate::callbacks::Outbox;
use crate::follow_emulation::ObservedEmulations;
use crate::models::Models;
use crate::quota::Share;
use crate::requests::Requests;
use crate::runner::{Reins, RunHandle, StopSignals};

/// What an [`Emulator`] is made of; the service chooses.
pub struct EmulatorParts {
    /// Where runs are remembered.
    pub repository: Arc<dyn EmulationRepository>,
    /// Which names of topics, buckets and folders runs may deliver to.
    pub destination_rules: DestinationRules,
    /// Where records can go.
    pub destinations: BTreeMap<Sink, Arc<dyn Destination>>,
    /// How records are written.
    pub encoders: Arc<dyn Encoders>,
    /// Where schemas of messages are registered, if anywhere.
    pub registry: Option<Arc<dyn SchemaRegistry>>,
    /// How others are told that runs have ended, if they are.
    pub callbacks: Option<Arc<dyn Callbacks>>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// The process's main runtime. Runs are tied to it, not to the server that accepted them.
    pub runtime: Handle,
    /// How much may go on at once.
    pub limits: Limits,
    /// Threads that generate, for all runs together; the machine's cores.
    pub threads: usize,
    /// What a request leaves open.
    pub defaults: Defaults,
    /// What becomes of unfinished runs when the process ends.
    pub on_shutdown: OnShutdown,
    /// Models that runs may be of.
    pub models: Models,
}

/// What becomes of unfinished runs when the process ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnShutdown {
    /// They are cancelled: nobody would remember them.
    Cancel,
    /// They stay as they are in the repository, for [`resume`](crate::resume_emulations::resume)
    /// in the next process.
    Leave,
}

/// How much may go on at once.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Runs that generate and deliver.
    pub running: usize,
    /// Runs that wait for one of those to end; more are refused.
    pub waiting: usize,
}

/// What holds where a request says nothing.
#[derive(Clone, Copy, Debug)]
pub struct Defaults {
    /// Records a second of event time.
    pub rate: Rate,
    /// Whether runs wait for event times.
    pub pace: Pace,
    /// The seed of the people and shops of runs without a seed; that of the run if there is none.
    pub population: Option<Seed>,
    /// The ids of the population.
    pub users: UserIds,
    /// Whether transactions carry their label.
    pub labels: Labels,
}

/// The emulator: remembers, admits and carries out runs. Clones are the same emulator.
#[derive(Clone)]
pub struct Emulator {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) destination_rules: DestinationRules,
    pub(crate) repository: Arc<dyn EmulationRepository>,
    /// Learns of each run that is saved.
    pub(crate) saved: watch::Receiver<Instant>,
    pub(crate) destinations: BTreeMap<Sink, Arc<dyn Destination>>,
    pub(crate) encoders: Arc<dyn Encoders>,
    pub(crate) registry: Option<Arc<dyn SchemaRegistry>>,
    pub(crate) callbacks: Option<Arc<dyn Callbacks>>,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) runtime: Handle,
    pub(crate) models: Models,
    pub(crate) limits: Limits,
    pub(crate) slots: Semaphore,
    pub(crate) pool: Arc<ThreadPool>,
    pub(crate) tracker: TaskTracker,
    pub(crate) shutdown: CancellationToken,
    on_shutdown: OnShutdown,
    defaults: Defaults,
    active: Mutex<HashMap<EmulationId, RunHandle>>,
    /// Held while a run that rests is changed.
    pub(crate) resting: tokio::sync::Mutex<()>,
    pub(crate) requests: tokio::sync::Mutex<Requests>,
}

impl Emulator {
    /// Puts the parts together and starts the generating threads, which idle until there is a run.
    ///
    /// # Errors
    /// If the machine gives no threads.
    pub fn new(parts: EmulatorParts) -> Result<Self, rayon::ThreadPoolBuildError> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(parts.threads)
            .thread_name(|number| format!("generate-{number}"))
            // The run finds its batch missing and fails; the others go on.
            .panic_handler(|_| tracing::error!("a generating thread panicked"))
            .build()?;
        let (repository, saved) = ObservedEmulations::new(parts.repository);
        let inner = Inner {
            slots: Semaphore::new(parts.limits.running),
            destination_rules: parts.destination_rules,
            repository: Arc::new(repository),
            saved,
            destinations: parts.destinations,
            encoders: parts.encoders,
            registry: parts.registry,
            callbacks: parts.callbacks,
            outbox: Outbox::default(),
            clock: parts.clock,
            runtime: parts.runtime,
            models: parts.models,
            limits: parts.limits,
            pool: Arc::new(pool),
            tracker: TaskTracker::new(),
            shutdown: CancellationToken::new(),
            on_shutdown: parts.on_shutdown,
            defaults: parts.defaults,
            active: Mutex::default(),
            resting: tokio::sync::Mutex::default(),
            requests: tokio::sync::Mutex::default(),
        };
        Ok(Self {
            inner: Arc::new(inner),
        })
    }

    /// The clock's time.
    pub fn now(&self) -> Timestamp {
        self.inner.clock.now()
    }

    /// Where records can go.
    pub fn sinks(&self) -> Vec<Sink> {
        self.inner.destinations.keys().copied().collect()
    }

    /// What a request that says no more than this means: the defaults, a seed drawn for it, event
    /// times from now on, and whatever a model says is to be wrong.
    pub fn spec(&self, dataset: impl Into<Dataset>, sink: Sink, format: Format) -> PlanSpec {
        let Defaults {
            rate,
            pace,
            population,
            users,
            labels,
        } = self.inner.defaults;
        let plain = PlanSpec::new(dataset, sink, format);
        // The people of a model are records of it.
        let population = population.filter(|_| plain.dataset.stream().is_none());
        // Records with times of their own keep them.
        let (start_time, rate) = match plain.dataset.own_time() {
            Some(_) => (plain.start_time, plain.rate.clone()),
            None => (self.now(), rate.into()),
        };
        PlanSpec {
            seed: drawn_seed(),
            population,
            start_time,
            rate,
            pace,
            users,
            labels,
            workers: self.inner.all_workers(),
            imperfections: plain.dataset.imperfections(),
            ..plain
        }
    }

    /// Takes no new runs, stops the running ones as [`OnShutdown`] says and flushes what they have in
    /// flight. Returns when all have stopped or `bound` is over, with the runs that have not.
    pub async fn shut_down(&self, bound: Duration) -> Vec<EmulationId> {
        self.inner.shutdown.cancel();
        self.inner.tracker.close();
        // Who still runs is told by the map below.
        let _ = tokio::time::timeout(bound, self.inner.tracker.wait()).await;
        self.inner.active().keys().copied().collect()
    }
}

impl Inner {
    /// As many workers as there are threads for them.
    pub(crate) fn all_workers(&self) -> Workers {
        Workers::new(self.pool.current_num_threads() as u64).unwrap_or(Workers::MAX)
    }

    /// How many batches a run that begins now may have in the making: its share of the threads. Each
    /// takes memory for as long as the run lasts, and one keeps up with any destination.
    pub(crate) fn workers_of_a_run(&self) -> usize {
        let running = self.limits.running - self.slots.available_permits();
        (self.pool.current_num_threads() / running.max(1)).max(1)
    }

    /// What steers a run that is to be under way, from both ends.
    pub(crate) fn reins(&self, run: &Emulation) -> (RunHandle, Reins) {
        RunHandle::new(self.stop_signals(), Share::of(run))
    }

    /// What stops a run: shutting down is one of them.
    fn stop_signals(&self) -> StopSignals {
        let pause = CancellationToken::new();
        match self.on_shutdown {
            OnShutdown::Cancel => StopSignals {
                cancel: self.shutdown.child_token(),
                interrupt: CancellationToken::new(),
                pause,
            },
            OnShutdown::Leave => StopSignals {
                cancel: CancellationToken::new(),
                interrupt: self.shutdown.clone(),
                pause,
            },
        }
    }

    /// The runs that wait or run, with what steers each.
    pub(crate) fn active(&self) -> MutexGuard<'_, HashMap<EmulationId, RunHandle>> {
        // The map is whole after every statement that changes it.
        self.active.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A seed that nobody chose. Both halves, because a version 4 UUID has fixed bits in each.
fn drawn_seed() -> Seed {
    let (high, low) = Uuid::new_v4().as_u64_pair();
    Seed::drawn(high ^ low.rotate_left(32))
}
