//! A service on adapters in memory.

use std::collections::{HashMap, VecDeque};
use std::io::{Read, Write};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use adapter_memory::{MemoryStores, MemoryTasks};
use async_trait::async_trait;
use compute_application::{AcceptError, ComputeService, Limits, Ports, TaskOrder};
use compute_domain::{
    Field, MediaType, ObjectKey, Outcome, ServiceDescription, ServiceDraft, Tag, TaskId,
    TaskStatus, Timestamp,
};
use compute_ports::contract::repository::access;
use compute_ports::{CallbackError, Callbacks, Clock, ProcessError, Processor, Work};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

/// Does to a text what its first word says.
struct Obedient;

impl Processor for Obedient {
    fn description(&self) -> ServiceDescription {
        ServiceDescription::parse(ServiceDraft {
            name: "Obedient".to_owned(),
            slug: "obedient".to_owned(),
            summary: "Does what the text says.".to_owned(),
            description: String::new(),
            data_in: vec![Field::new("text", &[MediaType::Text])],
            data_out: vec![
                Field::new("capitals", &[MediaType::Text]),
                Field::new("len", &[MediaType::Json]),
            ],
            tags: vec![Tag::Generic],
            has_ai: false,
        })
        .unwrap()
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        let text = work.inputs[0].text(1 << 20)?;
        let mut capitals = work.output(MediaType::Text)?;
        capitals.write_all(text.to_uppercase().as_bytes())?;
        match text.split(' ').next() {
            Some("panic") => panic!("as I was told"),
            Some("refuse") => return Err(ProcessError::data("the text is refused")),
            Some("forget") => return Ok(()),
            Some("hang") => {
                while !work.is_cancelled() {
                    std::thread::sleep(Duration::from_millis(1));
                }
                return Err(ProcessError::data("was cancelled"));
            }
            Some("wrong") => drop(work.output(MediaType::Png)?),
            _ => {}
        }
        work.report_progress(0.5);
        write!(work.output(MediaType::Json)?, "{}", text.len())?;
        assert_eq!(
            work.inputs[0].read(&mut [0]).unwrap(),
            0,
            "the end stays the end"
        );
        Ok(())
    }
}

/// What senders answer, and what they were told.
#[derive(Default)]
pub(crate) struct Senders {
    pub(crate) answers: Mutex<VecDeque<CallbackError>>,
    told: Mutex<HashMap<String, Vec<Outcome>>>,
}

#[async_trait]
impl Callbacks for Senders {
    fn check(&self, url: &str) -> Result<(), String> {
        let allowed = url.starts_with("http://engine/");
        allowed
            .then_some(())
            .ok_or_else(|| "allowed is http://engine/".to_owned())
    }

    async fn send(&self, url: &str, outcome: &Outcome) -> Result<(), CallbackError> {
        if let Some(error) = self.answers.lock().unwrap().pop_front() {
            return Err(error);
        }
        let mut told = self.told.lock().unwrap();
        told.entry(url.to_owned())
            .or_default()
            .push(outcome.clone());
        Ok(())
    }
}

/// Goes on by itself, or as a test says that has paused the time.
pub(crate) struct Running;

impl Clock for Running {
    fn now(&self) -> Timestamp {
        static BEGAN: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
        let since = Instant::now().into_std().duration_since(*BEGAN);
        // From some day on, which is far from 1970.
        Timestamp::from_millis(1_800_000_000_000 + u64::try_from(since.as_millis()).unwrap())
    }
}

/// Everything around services, which come and go.
pub(crate) struct Harness {
    pub(crate) stores: MemoryStores,
    pub(crate) tasks: Arc<MemoryTasks>,
    pub(crate) senders: Arc<Senders>,
    pub(crate) limits: Limits,
}

/// A service that runs.
pub(crate) struct Service {
    pub(crate) service: ComputeService,
    stop: CancellationToken,
    running: tokio::task::JoinHandle<()>,
}

impl Harness {
    pub(crate) fn new() -> Self {
        Self {
            stores: MemoryStores::new(access()),
            tasks: Arc::default(),
            senders: Arc::default(),
            limits: Limits {
                max_tasks: 10,
                concurrency: 2,
                deadline: Duration::from_secs(20),
            },
        }
    }

    /// A service that carries nothing out yet.
    pub(crate) fn service(&self) -> ComputeService {
        ComputeService::new(
            Ports {
                processor: Arc::new(Obedient),
                repository: self.tasks.clone(),
                stores: Arc::new(self.stores.clone()),
                callbacks: self.senders.clone(),
                clock: Arc::new(Running),
            },
            self.limits,
        )
    }

    pub(crate) async fn start(&self) -> Service {
        let service = self.service();
        service.resume().await.unwrap();
        let stop = CancellationToken::new();
        let (copy, token) = (service.clone(), stop.clone());
        let running = async move { copy.run(token, Duration::from_millis(200)).await };
        Service {
            service,
            stop,
            running: tokio::spawn(running),
        }
    }

    /// A task on a text, whose object is there.
    pub(crate) fn order(&self, number: u64, text: &str) -> TaskOrder {
        let key = format!("input-{number}.txt");
        self.stores.put(&key, MediaType::Text, text.to_owned());
        TaskOrder {
            id: id(number),
            inputs: vec![ObjectKey::parse(&key).unwrap()],
            access: access(),
            callback_url: url(number),
        }
    }

    /// Waits until the sender of the task was told, and gives what.
    pub(crate) async fn told(&self, number: u64) -> Outcome {
        for _ in 0..1000 {
            if let Some(told) = self.all_told(number).first() {
                return told.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("the sender of task {number} was not told");
    }

    pub(crate) fn all_told(&self, number: u64) -> Vec<Outcome> {
        let told = self.senders.told.lock().unwrap();
        told.get(&url(number)).cloned().unwrap_or_default()
    }

    /// Why the task failed.
    pub(crate) async fn failure(&self, number: u64) -> String {
        match self.told(number).await {
            Outcome::Failed(why) => why,
            Outcome::Finished(keys) => panic!("task {number} finished: {keys:?}"),
        }
    }
}

impl Service {
    pub(crate) async fn accept(&self, order: TaskOrder) -> Result<(), AcceptError> {
        self.service.accept(order).await
    }

    /// Waits until the task has that status.
    pub(crate) async fn becomes(&self, number: u64, status: TaskStatus) {
        for _ in 0..1000 {
            if self.service.status(id(number)).await.unwrap() == Some(status) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("task {number} did not become {status}");
    }

    pub(crate) async fn stop(self) {
        self.stop.cancel();
        self.running.await.unwrap();
    }
}

pub(crate) fn id(number: u64) -> TaskId {
    TaskId::parse(&format!("00000000-0000-4000-8000-{number:012x}")).unwrap()
}

fn url(number: u64) -> String {
    format!("http://engine/tasks/{number}")
}
