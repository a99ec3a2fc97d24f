//! One request and its response, bounded in size and time.

use std::time::{Duration, Instant};

use backon::{ExponentialBuilder, Retryable};
use bytes::{Bytes, BytesMut};
use reqwest::header::HeaderMap;
use reqwest::{Client, Method, StatusCode, Url};
use tokio::time::timeout;

use crate::s3_error::{S3Error, may_pass};

pub(crate) const RETRIES: &str = "minio_retries_total";

/// How much of an error response is read; code and message are at its beginning.
const REFUSAL_LIMIT: usize = 64 << 10;
/// How long a store may take to send the body of an error.
const REFUSAL_TIME: Duration = Duration::from_secs(2);

/// A signed request.
pub(crate) struct Signed {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    /// Time-out of the whole exchange.
    pub(crate) time: Duration,
    /// Maximum size of the response.
    pub(crate) limit: usize,
}

/// A successful response.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// Sends a request once. Whatever the store does, this ends within the request's time-out and takes
/// no more memory than the request's limit.
pub(crate) async fn send(http: &Client, request: Signed) -> Result<Answer, S3Error> {
    let time = request.time;
    timeout(time, try_send(http, request))
        .await
        .unwrap_or(Err(S3Error::Late(time)))
}

async fn try_send(http: &Client, request: Signed) -> Result<Answer, S3Error> {
    let sending = http
        .request(request.method, request.url)
        .headers(request.headers);
    let mut response = sending.body(request.body).send().await?;
    let (status, headers) = (response.status(), response.headers().clone());
    if !status.is_success() {
        let text = refusal(&mut response).await;
        return Err(S3Error::Refused(status.as_u16(), text));
    }
    let mut body = BytesMut::new();
    while let Some(piece) = response.chunk().await? {
        if body.len() + piece.len() > request.limit {
            return Err(S3Error::Unexpected(format!(
                "the answer is longer than the {} bytes that were asked for",
                request.limit
            )));
        }
        body.extend_from_slice(&piece);
    }
    Ok(Answer {
        status,
        headers,
        body: body.freeze(),
    })
}

/// Retries until success, a permanent failure or the end of the time. `again` receives each
/// transient failure and the pause before the next attempt.
pub(crate) async fn retrying<T, F>(
    time: Duration,
    attempt: impl FnMut() -> F,
    mut again: impl FnMut(&S3Error, Duration),
) -> Result<T, S3Error>
where
    F: Future<Output = Result<T, S3Error>>,
{
    let begin = Instant::now();
    let pauses = ExponentialBuilder::default()
        .with_min_delay(Duration::from_millis(100))
        .with_max_delay(Duration::from_secs(10))
        .with_jitter()
        .without_max_times();
    attempt
        .retry(pauses)
        .when(|error| may_pass(error) && begin.elapsed() < time)
        .notify(|error, pause| {
            metrics::counter!(RETRIES).increment(1);
            again(error, pause);
        })
        .await
}

/// The store's reason for a refusal, as far as it arrives soon and is short.
async fn refusal(response: &mut reqwest::Response) -> String {
    let mut body = Vec::new();
    let reading = async {
        while let Ok(Some(piece)) = response.chunk().await {
            body.extend_from_slice(&piece[..piece.len().min(REFUSAL_LIMIT - body.len())]);
            if body.len() == REFUSAL_LIMIT {
                break;
            }
        }
    };
    // What has arrived by then must suffice.
    let _ = timeout(REFUSAL_TIME, reading).await;
    String::from_utf8_lossy(&body).into_owned()
}
