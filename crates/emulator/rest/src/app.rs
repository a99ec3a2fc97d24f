//! The routes and their state.

use std::sync::{Arc, Mutex, PoisonError};

use actix_web::web::Data;
use emulator_application::Emulator;
use emulator_domain::Dataset;
use platform_http::Routes;
use platform_http::docs::Document;
use platform_http::operations::Operations;

use crate::openapi::openapi_json;
use crate::routes::listing::Pages;
use crate::routes::making::Making;
use crate::routes::{RestState, table};

/// All routes, with `state`.
pub fn routes(state: RestState) -> Routes {
    let operations: Arc<dyn Operations> = Arc::new(state.clone());
    let document = Data::new(document(state.emulator.clone()));
    let making = Making::new();
    let pages = Data::new(Pages::default());
    let owners = Arc::new(state.clone());
    table().owners(owners).with(move |config| {
        config
            .app_data(Data::new(making.clone()))
            .app_data(pages.clone())
            .app_data(Data::from(Arc::clone(&operations)))
            .app_data(document.clone())
            .app_data(Data::new(state.clone()));
    })
}

/// The document for the current models. Building it takes some milliseconds, so it is cached until
/// the models change.
fn document(emulator: Emulator) -> Document {
    let made: Mutex<Option<(Vec<String>, Arc<str>)>> = Mutex::default();
    Document::at_each_request(move || {
        let streams = emulator.streams().into_iter().map(Dataset::from);
        let streams: Vec<_> = streams.map(|stream| stream.name().into_owned()).collect();
        // Every statement leaves it consistent.
        let mut made = made.lock().unwrap_or_else(PoisonError::into_inner);
        match &*made {
            Some((of, document)) if *of == streams => Arc::clone(document),
            _ => {
                let document: Arc<str> = openapi_json(&emulator.sinks(), &streams).into();
                *made = Some((streams, Arc::clone(&document)));
                document
            }
        }
    })
}
