//! Limits responses to clients that do not read them: their bytes by a shared budget, their time by
//! the operating system.

use std::any::Any;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use actix_tls::accept::rustls_0_23::TlsStream;
use actix_web::body::{BodySize, BoxBody, MessageBody};
use actix_web::dev::ServiceResponse;
use actix_web::http::StatusCode;
use actix_web::web::Bytes;
use actix_web::{ResponseError, rt};
use socket2::SockRef;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::ApiError;

/// The number of bytes passed to a connection at a time. What it buffers before its client reads is
/// little more.
const PIECE: usize = 16 << 10;
/// The number of bytes that the operating system buffers for a client.
const SEND_BUFFER: usize = 256 << 10;
/// When a client whose response exceeded the budget may retry, in seconds.
const RETRY_AFTER: u64 = 5;

/// The total size of responses waiting for their clients. Small ones are not counted.
#[derive(Clone, Debug)]
pub(crate) struct Budget(Arc<Semaphore>);

impl Budget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS))))
    }

    /// Sends the body piece by piece, or refuses the response if the budget is exhausted. Streaming
    /// bodies are unchanged.
    pub(crate) fn bound(&self, response: ServiceResponse) -> ServiceResponse {
        let (request, response) = response.into_parts();
        let (head, body) = response.into_parts();
        let bytes = match body.try_into_bytes() {
            Ok(bytes) if bytes.len() > PIECE => bytes,
            Ok(bytes) => return ServiceResponse::new(request, head.set_body(BoxBody::new(bytes))),
            Err(body) => return ServiceResponse::new(request, head.set_body(body)),
        };
        let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let response = match Arc::clone(&self.0).try_acquire_many_owned(len) {
            Ok(permit) => head.set_body(BoxBody::new(Pieces {
                rest: bytes,
                _permit: permit,
            })),
            Err(_) => {
                let detail = "too many answers wait for clients that do not read them; try again";
                ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail)
                    .retry_after(RETRY_AFTER)
                    .closing()
                    .error_response()
            }
        };
        ServiceResponse::new(request, response)
    }
}

/// A body that is sent piece by piece. Passed as a whole, it would be copied to the connection, and
/// its share of the budget released before the client has read it.
struct Pieces {
    rest: Bytes,
    _permit: OwnedSemaphorePermit,
}

impl MessageBody for Pieces {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        BodySize::Sized(self.rest.len() as u64)
    }

    fn poll_next(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        let piece = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(self.rest.split_to(piece))))
    }
}

/// Makes the operating system end a connection whose client accepts nothing for `time`, however
/// little is buffered.
pub(crate) fn bound_connection(connection: &dyn Any, time: Duration) {
    let plain = connection.downcast_ref::<rt::net::TcpStream>();
    let secured = connection.downcast_ref::<TlsStream<rt::net::TcpStream>>();
    let Some(stream) = plain.or_else(|| secured.map(|stream| stream.get_ref().0)) else {
        return;
    };
    let socket = SockRef::from(stream);
    let bounded = socket.set_send_buffer_size(SEND_BUFFER);
    #[cfg(target_os = "linux")]
    let bounded = bounded.and_then(|()| socket.set_tcp_user_timeout(Some(time)));
    if let Err(error) = bounded {
        tracing::debug!(%error, ?time, "a connection is not bounded in time");
    }
}
