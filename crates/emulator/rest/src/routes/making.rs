//! Work that takes a processor's time, away from the threads that answer.

use std::sync::Arc;
use std::thread;

use actix_web::http::StatusCode;
use actix_web::web;
use platform_http::ApiError;
use tokio::sync::Semaphore;

/// As much at once as there are processors; further work waits. With more threads at work nothing
/// is done sooner, the threads that answer get no time for probes, and all that is made in the
/// meantime waits in memory. Clones share the places.
#[derive(Clone, Debug)]
pub(crate) struct Making(Arc<Semaphore>);

impl Making {
    pub(crate) fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self(Arc::new(Semaphore::new(processors)))
    }

    /// What `work` returns, once it has had its place.
    ///
    /// # Errors
    /// 503 if the service shuts down.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        // Nobody closes the semaphore. The place is kept until the result has been taken.
        let _place = self.0.acquire().await;
        web::block(work).await.map_err(|_| {
            let detail = "the service shuts down and begins nothing more";
            ApiError::new(StatusCode::SERVICE_UNAVAILABLE, detail)
        })
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[actix_web::test]
    async fn no_more_is_made_at_once_than_there_are_processors() {
        let making = Making::new();
        let places = making.0.available_permits();
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let all = (0..8 * places).map(|number| {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            let making = &making;
            async move {
                let made = making.run(move || {
                    most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                    thread::sleep(Duration::from_millis(5));
                    now.fetch_sub(1, Ordering::SeqCst);
                    number
                });
                made.await.unwrap()
            }
        });
        let made = futures::future::join_all(all).await;
        assert_eq!(made, (0..8 * places).collect::<Vec<_>>());
        assert_eq!(most.load(Ordering::SeqCst), places);
    }
}
