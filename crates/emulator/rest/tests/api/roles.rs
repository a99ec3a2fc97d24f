//! Who may do what.

use emulator_rest::routes;
use platform_http::contract::every_route_keeps_to_its_role;

use crate::service::Service;

#[actix_web::test]
async fn every_route_asks_for_its_role() {
    let service = Service::start().await;
    every_route_keeps_to_its_role(routes(service.state.clone())).await;
}
