//! Sends requests to a running service.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use anyhow::Context;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{RequestBuilder, Response, Url};
use tracing::info;

use super::{print_line, skipped};
use crate::cli::{Client, Question};

/// Rows per request: the service's maximum.
const ROWS: usize = 1000;

pub(super) async fn run(client: &Client) -> anyhow::Result<u8> {
    let http = reqwest::Client::new();
    let base = Url::parse(&client.url)
        .with_context(|| format!("invalid --url {:?}; expected http://HOST:PORT", client.url))?;
    let path = |segments: &[&str]| {
        let mut url = base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    };
    match &client.question {
        Question::AddNewRecords { table, file } => {
            let url = path(&["new_records", table]);
            return add(&http, &url, file).await;
        }
        Question::Backup { table } => {
            print_line(&ask(http.post(path(&["backup", table]))).await?);
        }
        Question::Restore { table } => {
            print_line(&ask(http.post(path(&["restore", table]))).await?);
        }
        Question::Get { id, table } => {
            let url = path(&["tables", table, "rows", &id.to_string()]);
            print_line(&ask(http.get(url)).await?);
        }
        Question::Req1 | Question::Req2 => {
            let name = match client.question {
                Question::Req1 => "req1",
                _ => "req2",
            };
            let request = http
                .get(path(&["reports", name]))
                .header(ACCEPT, "text/csv");
            print_line(ask(request).await?.trim_end());
        }
    }
    Ok(0)
}

/// Sends all rows; exit code 1 if any was rejected.
async fn add(http: &reqwest::Client, url: &Url, path: &Path) -> anyhow::Result<u8> {
    let cannot = || format!("{} cannot be read", path.display());
    let file = File::open(path).with_context(cannot)?;
    let mut lines = BufReader::new(file).split(b'\n');
    let (mut code, mut sent, mut empty) = (0, 0, 0);
    loop {
        let mut body = Vec::new();
        let (first, empty_before) = (sent, empty);
        for line in lines.by_ref().take(ROWS) {
            let line = line.with_context(cannot)?;
            // Sent all the same, so that the service counts the lines of the file.
            empty += u64::from(matches!(&*line, b"" | b"\r"));
            body.extend_from_slice(&line);
            body.push(b'\n');
            sent += 1;
        }
        if body.is_empty() {
            if empty > 0 {
                print_line(&skipped(empty));
            }
            return Ok(code);
        }
        // The service refuses a request without a row.
        if empty - empty_before == sent - first {
            continue;
        }
        let request = http
            .post(url.clone())
            .header(CONTENT_TYPE, "text/csv")
            .body(body);
        let response = send(request).await?;
        let is_row_answer = response.status().as_u16() == 422 || response.status().is_success();
        let text = response
            .text()
            .await
            .context("the answer ended in the middle")?;
        let answer: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
        let (true, Some(sentence)) = (is_row_answer, answer["response"].as_str()) else {
            anyhow::bail!("the service refused the rows: {text}");
        };
        print_line(sentence);
        for rejected in answer["rejected"].as_array().into_iter().flatten() {
            code = 1;
            let mut rejected = rejected.clone();
            // The service counts in the request, a reader in the file.
            if let Some(index) = rejected["index"].as_u64() {
                rejected["index"] = (first + index).into();
            }
            print_line(&format!("  {rejected}"));
        }
    }
}

async fn ask(request: RequestBuilder) -> anyhow::Result<String> {
    let response = send(request).await?;
    let status = response.status();
    let text = response
        .text()
        .await
        .context("the answer ended in the middle")?;
    anyhow::ensure!(
        status.is_success(),
        "the service refused the request: {text}"
    );
    Ok(text)
}

/// Logs each request, whatever its outcome, but not its contents.
async fn send(request: RequestBuilder) -> anyhow::Result<Response> {
    let (client, request) = request.build_split();
    let request = request.context("invalid --url; expected http://HOST:PORT")?;
    let (method, url) = (request.method().clone(), request.url().clone());
    match client.execute(request).await {
        Ok(response) => {
            let status = response.status().as_u16();
            info!(%method, %url, status, "the service answered");
            Ok(response)
        }
        Err(error) => {
            info!(%method, %url, "the service did not answer");
            Err(error).context("the service does not answer; does it run at --url?")
        }
    }
}
