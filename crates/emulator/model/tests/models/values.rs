//! What generators make.

use super::harness::{SHOP, model, rows};

#[test]
fn show() {
    let shop = model(SHOP);
    for stream in shop.streams() {
        println!("{}", stream.name());
        for row in rows(&shop, stream.name(), 7, 0..5) {
            println!("{row:?}");
        }
    }
    for row in rows(&shop, "customer_change", 7, 3000..3010) {
        println!("{row:?}");
    }
}
