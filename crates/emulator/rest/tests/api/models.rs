//! Models: stored, used, looked at, taken away.

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::service::{Answer, Service, body};

const SHOP: &str = "\
model: shop
streams:
  customer:
    count: 50
    key: customer_id
    fields:
      customer_id: { sequence: { start: 1 } }
      address: { struct: { city: { choice: [Berlin, Hamburg] } } }
  order:
    key: customer_id
    fields:
      order_id: { uuid: {} }
      customer_id: { ref: customer.customer_id }
";

async fn put(service: &Service, name: &str, text: &str) -> Answer {
    let path = format!("/models/{name}");
    let media_type = Some("application/yaml");
    service.send(Method::PUT, &path, media_type, text).await
}

#[actix_web::test]
async fn a_stored_model_is_offered_everywhere() {
    let service = Service::start().await;
    let stored = put(&service, "shop", SHOP).await;
    assert_eq!(stored.status, 201, "{}", stored.text());
    assert_eq!(
        stored.json()["streams"],
        json!(["shop/customer", "shop/order"])
    );
    assert_eq!(put(&service, "shop", SHOP).await.status, 200);
    let listed = service.get("/models").await.json();
    assert_eq!(listed["models"], json!([stored.json()]));
    assert_eq!(service.get("/models/shop").await.json()["model"], "shop");

    let catalogue = service.get("/domains").await.json();
    let names = catalogue["domains"].as_array().unwrap().iter();
    let customer = names
        .clone()
        .find(|entry| entry["name"] == "shop/customer")
        .unwrap();
    assert_eq!(customer["destination"], "shop-customer");
    assert_eq!(customer["id"], "customer_id");
    assert_eq!(
        customer["csv_columns"],
        json!(["customer_id", "address.city"])
    );
    assert_eq!(customer["fields"][0]["example"], 1);
    for path in ["shop/customer", "shop%2Fcustomer"] {
        let sample = service
            .get(&format!("/domains/{path}/sample?count=2&seed=7&format=csv"))
            .await;
        assert!(
            sample.text().starts_with("customer_id,address.city\r\n1,"),
            "{}",
            sample.text()
        );
    }
    let document = service.get("/openapi.json").await.text();
    assert!(document.contains("\"shop/customer\""), "{document}");
    let unknown = service.get("/domains/shop/custmer/sample").await;
    assert_eq!(unknown.status, 404);
    assert!(
        unknown.detail().contains("did you mean 'shop/customer'?"),
        "{}",
        unknown.detail()
    );

    let request = body(json!({"emulation_domain": "shop/customer", "pace": "unlimited"}));
    let id = service.started(&request).await;
    let status = service.ended(&id).await;
    assert_eq!(status["records"]["acknowledged"], 50, "{status}");
    let manifest = service
        .get(&format!("/emulator/{id}/manifest"))
        .await
        .json();
    assert_eq!(manifest["model"]["digest"], stored.json()["digest"]);
    assert_eq!(manifest["model"]["text"]["model"], "shop");
    let messages = service.messages.messages("shop-customer").unwrap();
    let record: Value = serde_json::from_slice(&messages[49].payload).unwrap();
    assert_eq!(record["customer_id"], 50);
    assert_eq!(messages[49].key, Some(b"50".to_vec()));
}

#[actix_web::test]
async fn a_model_that_is_used_stays_and_one_that_is_not_goes() {
    let service = Service::start().await;
    put(&service, "shop", SHOP).await;
    let request = body(json!({"emulation_domain": "shop/order", "timeout": 60}));
    let id = service.started(&request).await;
    let used = service.send(Method::DELETE, "/models/shop", None, "").await;
    assert_eq!(used.status, 409);
    assert!(used.detail().contains(&id), "{}", used.detail());
    let changed = SHOP.replace("count: 50", "count: 60");
    assert_eq!(put(&service, "shop", &changed).await.status, 409);
    service
        .post(&format!("/emulator/{id}/cancel"), &json!({}))
        .await;
    service.ended(&id).await;
    let gone = service.send(Method::DELETE, "/models/shop", None, "").await;
    assert_eq!(gone.status, 204);
    for method in [Method::GET, Method::DELETE] {
        let answer = service.send(method, "/models/shop", None, "").await;
        assert_eq!(answer.status, 404);
        assert_eq!(answer.detail(), "unknown model 'shop'");
    }
    let refused = service.post("/emulator", &request).await;
    assert_eq!(refused.status, 400);
    assert!(
        refused
            .detail()
            .contains("invalid emulation_domain 'shop/order'")
    );
}

#[actix_web::test]
async fn what_is_no_model_is_refused_with_the_place() {
    let service = Service::start().await;
    let wrong = SHOP.replace("key: customer_id", "kye: customer_id");
    let answer = put(&service, "shop", &wrong).await;
    assert_eq!(answer.status, 400);
    let errors = answer.json()["errors"].clone();
    assert_eq!(errors[0]["field"], "streams.customer", "{errors}");
    let detail = errors[0]["detail"].as_str().unwrap();
    assert!(
        detail.starts_with("line 5, column 5: unknown key 'kye'"),
        "{errors}"
    );
    let other = put(&service, "market", SHOP).await;
    assert_eq!(other.status, 400);
    assert_eq!(
        other.detail(),
        "invalid name 'market'; expected shop, the name that the text has"
    );
    let large = format!("{SHOP}# {}", "x".repeat(1 << 20));
    assert_eq!(put(&service, "shop", &large).await.status, 413);
    let binary = service
        .send(Method::PUT, "/models/shop", None, vec![0xff, 0xfe])
        .await;
    assert_eq!(binary.status, 400);
    assert!(
        service.get("/models").await.json()["models"]
            .as_array()
            .unwrap()
            .is_empty()
    );
}
