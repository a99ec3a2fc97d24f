//! Limits concurrent endless responses.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::HttpRequest;
use actix_web::http::StatusCode;

use crate::client::client;
use crate::{ApiError, Limits};

/// When a client whose stream was refused may retry, in seconds.
const RETRY_AFTER: u64 = 5;

/// Counts the event streams of a server, in total and per client address. All clones share the
/// count. A [`Server`](crate::Server) has one in its app data.
#[derive(Clone, Debug)]
pub struct Streams {
    open: Arc<Mutex<HashMap<IpAddr, usize>>>,
    in_all: usize,
    of_a_client: usize,
}

/// A permit for one stream, held for as long as it lives.
#[derive(Debug)]
pub struct StreamPermit {
    streams: Streams,
    client: IpAddr,
}

impl Streams {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            open: Arc::default(),
            in_all: limits.streams,
            of_a_client: limits.streams_of_a_client,
        }
    }

    /// Acquires a permit for the stream that `request` opens. Keep it for as long as the stream.
    ///
    /// # Errors
    /// If there are too many: 429, after which the connection is closed, so that it does not count
    /// either.
    pub fn open(&self, request: &HttpRequest) -> Result<StreamPermit, ApiError> {
        let client = client(request);
        let mut open = self.lock();
        let in_all: usize = open.values().sum();
        let of_this = open.get(&client).copied().unwrap_or(0);
        let (limit, whose) = if of_this >= self.of_a_client {
            (self.of_a_client, "of one client")
        } else {
            (self.in_all, "in all")
        };
        if of_this >= self.of_a_client || in_all >= self.in_all {
            let detail = format!(
                "there are {limit} streams of events {whose} already, which is the limit; close \
                 one, or ask for the status instead"
            );
            let refusal = ApiError::new(StatusCode::TOO_MANY_REQUESTS, detail);
            return Err(refusal.retry_after(RETRY_AFTER).closing());
        }
        open.insert(client, of_this + 1);
        Ok(StreamPermit {
            streams: self.clone(),
            client,
        })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<IpAddr, usize>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for StreamPermit {
    fn drop(&mut self) {
        let mut open = self.streams.lock();
        if let Some(count) = open.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                open.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn streams_are_counted_by_client_and_in_all_until_they_end() {
        let streams = Streams::new(&Limits {
            streams: 3,
            streams_of_a_client: 2,
            ..Limits::default()
        });
        let ask = |client: &str| {
            let address = format!("{client}:1000").parse().unwrap();
            streams.open(&TestRequest::default().peer_addr(address).to_http_request())
        };
        let first = ask("10.0.0.1").unwrap();
        let _second = ask("10.0.0.1").unwrap();
        let refused = ask("10.0.0.1").unwrap_err().to_string();
        assert!(
            refused.contains("2 streams of events of one client"),
            "{refused}"
        );
        let _third = ask("10.0.0.2").unwrap();
        let refused = ask("10.0.0.3").unwrap_err().to_string();
        assert!(refused.contains("3 streams of events in all"), "{refused}");
        drop(first);
        let _fourth = ask("10.0.0.3").unwrap();
    }
}
