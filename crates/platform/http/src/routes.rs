//! What a service answers.

use std::sync::Arc;

use actix_web::web::ServiceConfig;

/// Puts routes into one worker of the server.
pub type Configure = Arc<dyn Fn(&mut ServiceConfig) + Send + Sync>;

/// The routes of a service, by who may use them.
#[derive(Clone)]
pub struct Routes {
    /// For everybody: probes, pages and their files.
    pub open: Configure,
    /// For whom the [`Authenticator`](crate::Authenticator) lets pass; for everybody if there is
    /// none.
    pub protected: Configure,
}

impl Routes {
    /// The routes that the two functions add.
    pub fn new(
        open: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
        protected: impl Fn(&mut ServiceConfig) + Send + Sync + 'static,
    ) -> Self {
        Self {
            open: Arc::new(open),
            protected: Arc::new(protected),
        }
    }
}
