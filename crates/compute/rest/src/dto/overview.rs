//! The data of the status page.

use compute_application::{ComputeService, EngineView, Reach};
use compute_domain::{CallbackState, Field, Outcome, Task};
use serde::Serialize;

/// The current state.
#[derive(Serialize)]
pub(crate) struct OverviewAnswer {
    services: Vec<ServiceAnswer>,
    engines: Vec<EngineAnswer>,
}

#[derive(Serialize)]
struct ServiceAnswer {
    name: String,
    slug: String,
    summary: String,
    data_in: Vec<FieldAnswer>,
    data_out: Vec<FieldAnswer>,
    max_tasks: usize,
    concurrency: usize,
    deadline_seconds: u64,
    /// Tasks that have not ended, oldest first.
    active: Vec<TaskAnswer>,
    /// Number of undelivered callbacks.
    undelivered_count: usize,
    /// Tasks of some of those, oldest first.
    undelivered: Vec<TaskAnswer>,
    /// Settled tasks, newest first.
    recent: Vec<TaskAnswer>,
}

#[derive(Serialize)]
struct FieldAnswer {
    name: String,
    types: Vec<&'static str>,
}

#[derive(Serialize)]
struct TaskAnswer {
    id: String,
    status: &'static str,
    /// Milliseconds since 1970.
    accepted_at: u64,
    /// Each status and how long it lasted, in milliseconds; `None` for the current one.
    phases: Vec<(&'static str, Option<u64>)>,
    /// From 0 to 1, if it has not ended.
    progress: Option<f64>,
    outputs: usize,
    error: Option<String>,
    callback: &'static str,
    callback_error: Option<String>,
}

#[derive(Serialize)]
struct EngineAnswer {
    url: String,
    state: &'static str,
    /// When the engine last answered, in milliseconds since 1970.
    answered_at: Option<u64>,
    error: Option<String>,
}

impl OverviewAnswer {
    pub(crate) fn of(services: &[ComputeService], engines: Vec<EngineView>) -> Self {
        Self {
            services: services.iter().map(ServiceAnswer::of).collect(),
            engines: engines.into_iter().map(EngineAnswer::of).collect(),
        }
    }
}

impl ServiceAnswer {
    fn of(service: &ComputeService) -> Self {
        let draft = service.description().draft();
        let overview = service.overview();
        let fields = |fields: &[Field]| fields.iter().map(FieldAnswer::of).collect();
        Self {
            name: draft.name.clone(),
            slug: draft.slug.clone(),
            summary: draft.summary.clone(),
            data_in: fields(&draft.data_in),
            data_out: fields(&draft.data_out),
            max_tasks: overview.limits.max_tasks,
            concurrency: overview.limits.concurrency,
            deadline_seconds: overview.limits.deadline.as_secs(),
            active: overview
                .active
                .iter()
                .map(|view| TaskAnswer::of(&view.task, Some(view.progress)))
                .collect(),
            undelivered_count: overview.undelivered_count,
            undelivered: overview
                .undelivered
                .iter()
                .map(|task| TaskAnswer::of(task, None))
                .collect(),
            recent: overview
                .recent
                .iter()
                .map(|task| TaskAnswer::of(task, None))
                .collect(),
        }
    }
}

impl FieldAnswer {
    fn of(field: &Field) -> Self {
        Self {
            name: field.name.clone(),
            types: field.types.iter().map(|one| one.name()).collect(),
        }
    }
}

impl TaskAnswer {
    fn of(task: &Task, progress: Option<f64>) -> Self {
        let snapshot = task.snapshot();
        let ends = snapshot.phases.iter().skip(1).map(|(_, at)| Some(*at));
        let phases = snapshot.phases.iter().zip(ends.chain([None]));
        let (outputs, error) = match &snapshot.outcome {
            Some(Outcome::Finished(keys)) => (keys.len(), None),
            Some(Outcome::Failed(why)) => (0, Some(why.clone())),
            None => (0, None),
        };
        let (callback, callback_error) = match &snapshot.callback {
            CallbackState::NotDue => ("not due", None),
            CallbackState::Due { last_error, .. } => ("waiting", last_error.clone()),
            CallbackState::Delivered(_) => ("delivered", None),
            CallbackState::Abandoned { why, .. } => ("abandoned", Some(why.clone())),
        };
        Self {
            id: task.id().to_string(),
            status: task.status().name(),
            accepted_at: task.accepted_at().millis(),
            phases: phases
                .map(|((status, began), ended)| {
                    let lasted = ended.map(|ended| ended.since(*began).as_millis() as u64);
                    (status.name(), lasted)
                })
                .collect(),
            progress,
            outputs,
            error,
            callback,
            callback_error,
        }
    }
}

impl EngineAnswer {
    fn of(view: EngineView) -> Self {
        let (state, answered_at, error) = match view.reach {
            Reach::Unregistered => ("not registered", None, None),
            Reach::Failing { attempts, why } => {
                ("failing", None, Some(format!("attempt {attempts}: {why}")))
            }
            Reach::Registered(at) => ("registered", Some(at.millis()), None),
            Reach::Silent(why) => ("silent", None, Some(why)),
            Reach::Left => ("left", None, None),
        };
        Self {
            url: view.url,
            state,
            answered_at,
            error,
        }
    }
}
