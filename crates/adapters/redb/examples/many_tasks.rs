//! Measures the processor time needed to keep tasks: accepted, ended, their senders notified, each
//! step on disk before the next.
//!
//! ```sh
//! cargo run --release -p adapter-redb --example many_tasks -- FOLDER [TASKS [AT ONCE]]
//! ```
#![allow(clippy::print_stdout, reason = "it is a command")]

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_redb::{OnDamage, RedbTasks, StateKey};
use compute_domain::{MediaType, ObjectKey, Outcome, Task, TaskId, TaskStatus, Timestamp};
use compute_ports::{StoreAccess, TaskRepository};
use tokio::sync::Semaphore;
use uuid::Uuid;

/// How long a task and its callback take.
const WORK: Duration = Duration::from_millis(10);

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("name a folder")?);
    let mut number = |default: usize| arguments.next().map_or(Ok(default), |text| text.parse());
    let (tasks, at_once) = (number(20_000)?, number(16)?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .build()?;
    runtime.block_on(async {
        let key = StateKey::parse(&"5".repeat(64).into())?;
        let kept = Arc::new(RedbTasks::open(&folder, OnDamage::Fail, Some(key))?);
        let places = Arc::new(Semaphore::new(at_once));
        let (begun, before) = (Instant::now(), processor_time()?);
        for number in 0..tasks {
            let place = Arc::clone(&places).acquire_owned().await?;
            let kept = Arc::clone(&kept);
            tokio::spawn(async move {
                keep(&kept, number as u128).await;
                drop(place);
            });
        }
        drop(places.acquire_many(at_once.try_into()?).await?);
        let (seconds, used) = (begun.elapsed().as_secs_f64(), processor_time()? - before);
        println!(
            "{tasks} tasks, {at_once} at once: {:.0} tasks/s, {:.0} us of processor time each",
            tasks as f64 / seconds,
            used * 1e6 / tasks as f64
        );
        Ok(())
    })
}

async fn keep(tasks: &RedbTasks, number: u128) {
    let id = TaskId::new(Uuid::from_u128(
        number.wrapping_mul(0x9E37_79B9_7F4A_7C15_F39C_C060_5CED_C835),
    ));
    let at = |millis: u64| Timestamp::from_millis(1_800_000_000_000 + number as u64 * 2 + millis);
    let access = StoreAccess {
        endpoint: "http://127.0.0.1:9000".to_owned(),
        region: "us-east-1".to_owned(),
        bucket: "compute".to_owned(),
        access_key_id: "minio".to_owned().into(),
        secret_access_key: "minio123".to_owned().into(),
    };
    let input = ObjectKey::parse("plan.json").expect("it is one");
    let url = format!("http://127.0.0.1:8000/api/tasks/{}", id);
    let mut task = Task::accepted(id, vec![input], url, at(0));
    tasks.add(&task, &access).await.expect("it is kept");
    tokio::time::sleep(WORK).await;
    for status in [
        TaskStatus::Fetching,
        TaskStatus::Processing,
        TaskStatus::Saving,
    ] {
        task.advance(status, at(1))
            .expect("they come in this order");
    }
    let output = compute_domain::output_key(id, 0, MediaType::Json);
    task.end(Outcome::Finished(vec![output]), at(2))
        .expect("it was saving");
    tasks.save(&task).await.expect("it is kept");
    tokio::time::sleep(WORK).await;
    task.callback_delivered(at(3));
    tasks.save(&task).await.expect("it is kept");
}

/// CPU time of this process in seconds; Linux only.
fn processor_time() -> Result<f64, Box<dyn std::error::Error>> {
    let times = fs::read_to_string("/proc/self/stat")?;
    let (_, fields) = times.rsplit_once(')').ok_or("no such fields")?;
    let fields: Vec<&str> = fields.split_whitespace().collect();
    // In hundredths of a second: user time and system time.
    Ok((fields[11].parse::<f64>()? + fields[12].parse::<f64>()?) / 100.0)
}
