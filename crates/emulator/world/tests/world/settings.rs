//! What a world may be asked to be.

use crate::harness::{read, stream, total};

#[test]
fn what_cannot_be_is_refused_with_what_can() {
    for (json, expected) in [
        (
            r#"{"world": "weather"}"#,
            "world: got 'weather'; expected payments",
        ),
        (
            r#"{"world": "payments", "customers": 0}"#,
            "customers: got 0; expected a whole number from 1000 to 100000000",
        ),
        (
            r#"{"world": "payments", "merchants": 5000000}"#,
            "merchants: got 5000000; expected a whole number from 2000 to 4000000",
        ),
        (
            r#"{"world": "payments", "fraud_share": 0.5}"#,
            "fraud_share: got 0.5; expected a number from 0.0005 to 0.035",
        ),
        (
            r#"{"world": "payments", "difficulty": -1}"#,
            "difficulty: got -1; expected a number from 0 to 1",
        ),
        (
            r#"{"world": "payments", "start": "2026-02-30"}"#,
            "start: got '2026-02-30'; expected a day from 1970-01-15 to 9000-12-31, such as 2026-01-01",
        ),
        (
            r#"{"world": "payments", "day": 3}"#,
            "unknown key 'day'; expected world, model, customers, merchants, population_seed, payments_a_month, fraud_share, difficulty, start, days or streams; did you mean 'days'?",
        ),
        (
            r#"{"world": "payments", "streams": {"paymant": {}}}"#,
            "streams: unknown key 'paymant'; expected customer, card, merchant, terminal, login, payment, chargeback or payment_truth; did you mean 'payment'?",
        ),
        (
            r#"{"world": "payments", "streams": {"payment": {"fields": {}}}}"#,
            "streams.payment: unknown key 'fields'; expected imperfections",
        ),
        (
            r#"{"world": "payments", "streams": {"payment": {"imperfections": {"late": 2}}}}"#,
            "streams.payment.imperfections: got late.share 2; expected 0, or a share of the records from 0.000001 to 1",
        ),
        (
            r#"{"world": "payments", "streams": {"login": {"imperfections": {"late": 0.5, "missing": 0.6}}}}"#,
            "streams.login.imperfections: got shares of 1.1 together; expected shares that add up to 1 at most: a record has one fault",
        ),
        (
            r#"{"world": "payments", "streams": {"card": {"imperfections": {"clock_skew": 0.1}}}}"#,
            "streams.card.imperfections: got clock_skew.device 'device_id'; expected clock_skew.device with the field that says whose clock it is: card_id, customer_id or network",
        ),
    ] {
        assert_eq!(read(json).unwrap_err().to_string(), expected, "{json}");
    }
}

#[test]
fn the_extremes_of_each_setting_make_a_world() {
    for settings in [
        r#""customers": 1000, "days": 1"#,
        r#""customers": 1000, "merchants": 2000, "days": 30, "payments_a_month": 1"#,
        r#""customers": 3000, "days": 30, "fraud_share": 0.035, "difficulty": 0"#,
        r#""customers": 3000, "days": 30, "fraud_share": 0.0005, "difficulty": 1"#,
        r#""customers": 1000, "start": "9000-12-31", "days": 3660"#,
    ] {
        let model = read(&format!(r#"{{"world": "payments", {settings}}}"#)).unwrap();
        for name in ["payment", "login", "chargeback", "payment_truth"] {
            let stream = stream(&model, name);
            let len = total(&**stream, 3);
            let end = len.min(2_000);
            assert_eq!(
                crate::harness::fill(&**stream, 3, len - end..len).len() as u64,
                end
            );
        }
    }
}
