//! Runs CPU-bound work off the threads that answer requests.

use std::sync::Arc;
use std::thread;

use actix_web::http::StatusCode;
use actix_web::web;
use platform_http::ApiError;
use tokio::sync::Semaphore;

/// Limits the work to one core fewer than there are, so that the answering threads keep one for
/// probes; further work waits. More concurrency would finish little sooner, and the results made
/// meanwhile would take up memory. All clones share the slots.
#[derive(Clone, Debug)]
pub(crate) struct Making(Arc<Semaphore>);

impl Making {
    pub(crate) fn new() -> Self {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        Self::at_once((processors - 1).max(1))
    }

    fn at_once(places: usize) -> Self {
        Self(Arc::new(Semaphore::new(places)))
    }

    /// Runs `work` once a slot is free, and returns its result.
    ///
    /// # Errors
    /// 503 if the service is shutting down.
    pub(crate) async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        // The semaphore is never closed. The slot is held until the result has been taken.
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
    async fn no_more_is_made_at_once_than_there_are_places() {
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let granted = Making::new().0.available_permits();
        assert!(granted == 1 || granted < processors, "{granted}");
        let places = 2;
        let making = Making::at_once(places);
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
