//! Who may do what.

#![allow(clippy::unwrap_used, reason = "a test says what is wrong by panicking")]

#[path = "browser/state.rs"]
mod state;

use actix_web::rt;
use platform_http::contract::every_route_keeps_to_its_role;
use tokio::runtime::Runtime;
use warehouse_domain::hr;
use warehouse_rest::routes;

#[test]
fn every_route_asks_for_its_role_also_those_of_the_old_system() {
    let data = tempfile::tempdir().unwrap();
    let runtime = Runtime::new().unwrap();
    let mut state = state::state(data.path(), &runtime, hr::dictionary());
    state.legacy_get = true;
    rt::System::new().block_on(every_route_keeps_to_its_role(routes(state)));
}
