//! Processes that misbehave, each with the memory that it may take.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

use std::env;
use std::io::{self, Cursor, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use adapter_workers::{Bounds, Workers, work};
use compute_domain::{Field, MediaType, ServiceDescription, ServiceDraft};
use compute_ports::{Control, Input, Outputs, ProcessError, Processor, Work, process_in_memory};

/// Set for processes that are to work; this program is one then.
const WORKS: &str = "WORKS";
const MEMORY: u64 = 64 << 20;

/// Does to a text what its first word says, and gives its own process's id and the text.
struct Obedient;

impl Processor for Obedient {
    fn description(&self) -> ServiceDescription {
        let text = |name| Field::new(name, &[MediaType::Text]);
        ServiceDescription::parse(ServiceDraft {
            name: "Obedient".to_owned(),
            slug: "obedient".to_owned(),
            summary: "Does what the text says.".to_owned(),
            description: String::new(),
            data_in: vec![text("text"), text("more")],
            data_out: vec![text("process"), text("copy")],
            tags: Vec::new(),
            has_ai: false,
        })
        .unwrap()
    }

    fn process(&self, work: &mut Work) -> Result<(), ProcessError> {
        // The second first: each input is read when it is needed.
        let mut more = Vec::new();
        work.inputs[1].read_to_end(&mut more)?;
        let text = work.inputs[0].text(1 << 20)?;
        work.report_progress(0.5);
        match text.split(' ').next() {
            Some("panic") => panic!("as I was told"),
            Some("refuse") => return Err(ProcessError::data("the text is refused")),
            Some("exit") => std::process::exit(7),
            Some("overflow") => assert!(overflow(0) > 0),
            Some("eat") => drop(vec![1_u8; 10 * MEMORY as usize]),
            Some("hang") => loop {
                std::thread::sleep(Duration::from_secs(1));
            },
            Some("wrong") => drop(work.output(MediaType::Png)?),
            _ => {}
        }
        write!(work.output(MediaType::Text)?, "{}", std::process::id())?;
        work.output(MediaType::Text)?.write_all(&more)?;
        Ok(())
    }
}

#[allow(unconditional_recursion, reason = "that is what it is for")]
fn overflow(depth: u64) -> u64 {
    std::hint::black_box([depth; 1000])[0] + overflow(depth + 1)
}

/// Not a test: what the processes do that the tests below start. Among these it has nothing to do.
#[test]
fn a_process_that_works() {
    if env::var_os(WORKS).is_some() {
        work(&Obedient, MEMORY).unwrap();
    }
}

fn workers() -> Workers {
    Workers::new(&Obedient, Bounds { memory: MEMORY }, || {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .env(WORKS, "1")
            .args(["--exact", "a_process_that_works"]);
        command
    })
}

fn inputs(text: &str, more: &[u8]) -> Vec<(MediaType, Vec<u8>)> {
    vec![
        (MediaType::Text, text.into()),
        (MediaType::Text, more.into()),
    ]
}

fn process_of(workers: &Workers) -> String {
    let out = process_in_memory(workers, inputs("copy", b"")).unwrap();
    String::from_utf8(out[0].1.clone()).unwrap()
}

#[test]
fn data_of_any_size_pass_through_one_process_after_the_other_task() {
    let workers = workers();
    let first = process_of(&workers);
    assert_ne!(first, std::process::id().to_string());
    let large: Vec<u8> = (0..20_000_000_u32)
        .map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8)
        .collect();
    let out = process_in_memory(&workers, inputs("copy", &large)).unwrap();
    assert!(out[1].1 == large, "it comes back as it went in");
    let refused = process_in_memory(&workers, inputs("refuse", b"")).unwrap_err();
    assert!(matches!(&refused, ProcessError::Data(why) if why == "the text is refused"));
    assert_eq!(process_of(&workers), first, "the process is kept");
}

#[test]
fn a_process_that_breaks_fails_its_task_and_the_next_has_another() {
    for (text, says) in [
        (
            "exit",
            "broke off (exit status: 7); a task may use 64 MiB of memory",
        ),
        ("eat", "broke off (signal: 6"),
        ("overflow", "broke off (signal: 6"),
        ("wrong", "never image/png"),
    ] {
        let workers = workers();
        let first = process_of(&workers);
        let error = if text == "wrong" {
            only_texts(&workers, text).unwrap_err()
        } else {
            process_in_memory(&workers, inputs(text, b"")).unwrap_err()
        };
        assert!(error.to_string().contains(says), "{text}: {error}");
        assert_ne!(process_of(&workers), first, "{text}: another process");
    }
}

#[test]
fn a_panic_is_passed_on_and_the_next_task_has_another_process() {
    let workers = workers();
    let first = process_of(&workers);
    let panicked = catch_unwind(AssertUnwindSafe(|| {
        process_in_memory(&workers, inputs("panic", b""))
    }));
    let words = panicked.unwrap_err();
    assert_eq!(words.downcast_ref::<String>().unwrap(), "as I was told");
    assert_ne!(process_of(&workers), first);
}

#[test]
fn a_process_that_hangs_is_ended_when_nobody_waits_and_disturbs_nobody() {
    let workers = Arc::new(workers());
    let control = Arc::new(Control::default());
    let hanging = {
        let (workers, control) = (workers.clone(), control.clone());
        std::thread::spawn(move || task(&workers, "hang", control))
    };
    while control.progress() < 0.5 {
        std::thread::sleep(Duration::from_millis(5));
    }
    process_of(&workers);
    let began = Instant::now();
    control.cancel();
    let error = hanging.join().unwrap().unwrap_err();
    assert!(
        error.to_string().contains("the task was stopped"),
        "{error}"
    );
    assert!(began.elapsed() < Duration::from_secs(5));
}

#[test]
fn processes_end_with_whoever_has_them() {
    let workers = workers();
    let process = process_of(&workers);
    drop(workers);
    let alive = Command::new("kill")
        .args(["-0", &process])
        .output()
        .unwrap();
    assert!(!alive.status.success());
}

/// Runs a task whose outputs may be texts only.
fn only_texts(workers: &Workers, text: &str) -> Result<(), ProcessError> {
    task(workers, text, Arc::default())
}

fn task(workers: &Workers, text: &str, control: Arc<Control>) -> Result<(), ProcessError> {
    struct Texts;

    impl Outputs for Texts {
        fn create(&mut self, media_type: MediaType) -> io::Result<Box<dyn Write + Send>> {
            match media_type {
                MediaType::Text => Ok(Box::new(io::sink())),
                other => Err(io::Error::other(format!("this is never {other}"))),
            }
        }
    }

    let input = |text: &str| {
        let bytes = Cursor::new(text.to_owned().into_bytes());
        Input::new(MediaType::Text, Box::new(bytes))
    };
    let inputs = vec![input(text), input("")];
    workers.process(&mut Work::new(inputs, Box::new(Texts), control))
}
