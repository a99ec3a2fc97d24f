//! Executes the commands.

mod embedded;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use compute_domain::{Field, Outcome};
use compute_ports::Processor;
use compute_rest::RestState;
use platform_egress::Url;
use platform_http::settings::HttpSettings;
use platform_runtime::program::WrongUse;
use platform_runtime::settings::SettingsError;
use tokio_util::sync::CancellationToken;

use crate::cli::{Command, Files, Send, Serve, Work};
use crate::client::Client;
use crate::composition::{self, Running};
use crate::settings::ServiceSettings;

/// Executes a command until it is done or `stop` is cancelled; returns the exit code.
pub(crate) async fn carry_out(
    command: &Command,
    processors: &[Arc<dyn Processor>],
    settings: &ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    match command {
        Command::List => {
            list(processors);
            Ok(0)
        }
        Command::Serve(options) => serve(options, processors, settings, stop).await,
        Command::Try(options) => embedded::try_one(options, processors, settings).await,
        Command::Run(options) => embedded::run(options, processors, settings, stop).await,
        Command::Send(options) => send(options, settings).await,
        Command::Access(command) => command.run(Some(&settings.data_dir)),
        Command::Shared(_) => unreachable!("it is answered before"),
        Command::Work(_) => unreachable!("it is begun before settings are read"),
    }
}

/// The worker process of a service: carries out one task after the other.
pub(crate) fn work(processors: &[Arc<dyn Processor>], options: &Work) -> ExitCode {
    let worked = composition::find(processors, &options.name)
        .map_err(io::Error::other)
        .and_then(|processor| adapter_workers::work(&*processor, options.memory));
    match worked {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The service explains what it means for the task.
            let _ = writeln!(io::stderr(), "{error}");
            ExitCode::FAILURE
        }
    }
}

fn list(processors: &[Arc<dyn Processor>]) {
    for processor in processors {
        let description = processor.description();
        let draft = description.draft();
        say(&format!("{:<18}{}", draft.slug, draft.summary));
        for (way, fields) in [("in", &draft.data_in), ("out", &draft.data_out)] {
            let field = |field: &Field| format!("{} ({})", field.name, field.types_in_words());
            let fields: Vec<_> = fields.iter().map(field).collect();
            say(&format!("{:<18}{way:<4}{}", "", fields.join(", ")));
        }
    }
}

async fn serve(
    options: &Serve,
    processors: &[Arc<dyn Processor>],
    settings: &ServiceSettings,
    stop: &CancellationToken,
) -> anyhow::Result<u8> {
    let processor = composition::find(processors, &options.name)?;
    if settings.key.is_none() {
        tracing::warn!("TASKS_KEY is not set: tasks that are unfinished at a restart fail");
    }
    let folder = settings.data_dir.join(&options.name);
    let service = composition::service(processor, settings, &folder).await?;
    let announcer = composition::announcer(&service, settings)?;
    let state = RestState {
        shown: vec![service.clone()],
        service,
        announcer: Some(announcer),
        metrics: composition::metrics(),
    };
    let running = Running::start(
        &settings.http,
        state,
        Some(&settings.data_dir),
        stop.clone(),
    )?;
    if !settings.engines.is_empty() && names_another_port(&settings.url, running.port) {
        tracing::warn!(
            url = settings.url,
            port = running.port,
            "SERVICE_URL tells engines another port of this machine than the service listens on; \
             set it to that port, unless something forwards one to the other"
        );
    }
    say(&format!("{}  {}", options.name, running.url));
    running.ended().await?;
    Ok(0)
}

/// Whether the URL leads to another port of this machine. Other hosts may be a proxy.
fn names_another_port(url: &str, port: u16) -> bool {
    Url::parse(url).is_ok_and(|url| {
        let is_here = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        is_here && url.port_or_known_default() != Some(port)
    })
}

async fn send(options: &Send, settings: &ServiceSettings) -> anyhow::Result<u8> {
    let access = settings.store.clone().ok_or_else(|| {
        let why = "send needs the store that both sides use: set S3_HOST, S3_ACCESS_KEY_ID and \
                   S3_SECRET_ACCESS_KEY";
        SettingsError::combination("s3.host", why)
    })?;
    let wrong = || WrongUse("--listen: expected HOST:PORT, such as 127.0.0.1:0".to_owned());
    let (host, port) = options.listen.rsplit_once(':').ok_or_else(wrong)?;
    let http = HttpSettings {
        host: host.to_owned(),
        port: port.parse().map_err(|_| wrong())?,
        ..HttpSettings::loopback()
    };
    let mut client = Client::start(
        &http,
        options.callback.as_deref(),
        access,
        settings.retry_for,
    )?;
    send_files(&mut client, &options.url, &options.files).await
}

/// Sends files, reports the outcome and writes the outputs.
async fn send_files(client: &mut Client, url: &str, files: &Files) -> anyhow::Result<u8> {
    let Files { files, out } = files;
    tokio::fs::create_dir_all(out)
        .await
        .with_context(|| format!("cannot create the folder {}", out.display()))?;
    let mut keys = Vec::new();
    for file in files {
        keys.push(client.upload(file).await?);
    }
    let done = client.compute(url, &keys).await?;
    match done.outcome {
        Outcome::Finished(keys) => {
            say(&format!("finished in {} ms", done.time.as_millis()));
            for path in client.download(&keys, out).await? {
                say(&path.display().to_string());
            }
            Ok(0)
        }
        Outcome::Failed(why) => {
            say(&format!("failed: {why}"));
            Ok(1)
        }
    }
}

/// Prints a line for the user of the command.
fn say(line: &str) {
    // If standard output is closed, there is nowhere to report it.
    let _ = writeln!(io::stdout(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_of_this_machine_leads_to_the_port_or_to_another() {
        for (url, expected) in [
            ("http://localhost:9090", false),
            ("http://localhost:9091", true),
            ("http://localhost", true),
            ("https://127.0.0.1:9090/a", false),
            ("http://[::1]:1", true),
            ("http://this-host:9091", false),
            ("http://10.0.0.1:80", false),
        ] {
            assert_eq!(names_another_port(url, 9090), expected, "{url}");
        }
    }
}
