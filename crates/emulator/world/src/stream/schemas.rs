//! The fields of each stream.

use emulator_domain::record::{Field, LogicalType, Schema};

use super::Kind;
use super::columns::{CATEGORY, CHANNEL, COUNTRY, PATTERN, REASON, distinct, symbols};

const AMOUNT: LogicalType = LogicalType::Decimal {
    precision: 12,
    scale: 2,
};

/// The schema of a stream, and the field that identifies the record.
pub(super) fn schema(kind: Kind) -> (Schema, &'static str) {
    use LogicalType::{Boolean, Date, Float, Integer, Long, Text, Timestamp, Uuid};
    let country = || LogicalType::Enum(distinct(&COUNTRY));
    let category = || LogicalType::Enum(symbols(&CATEGORY));
    let (fields, key, id) = match kind {
        Kind::Customer => (
            vec![
                Field::new("customer_id", Long, "the customer; 1 for the first"),
                Field::new(
                    "joined_at",
                    Timestamp,
                    "when the customer joined, or the beginning of the world",
                ),
                Field::nullable("left_at", Timestamp, "when the customer left"),
                Field::new("birth_date", Date, "18 to 90 years before the beginning"),
                Field::new("city", Text, "where the customer lives"),
                Field::new("country", country(), "ISO 3166 code of the city's country"),
                Field::new(
                    "income",
                    AMOUNT,
                    "euros a year: lognormal, median 33,000; drives spending",
                ),
            ],
            "customer_id",
            "customer_id",
        ),
        Kind::Card => (
            vec![
                Field::new("card_id", Long, "the card; 1 for the first"),
                Field::new("customer_id", Long, "whose it is"),
                Field::new("network", Text, "visa (55 %), mastercard (40 %) or amex"),
                Field::new("expires_on", Date, "the last day of its validity"),
            ],
            "card_id",
            "card_id",
        ),
        Kind::Merchant => (
            vec![
                Field::new(
                    "merchant_id",
                    Long,
                    "the merchant; the number tells nothing of it",
                ),
                Field::new("category", category(), "what it sells"),
                Field::new("category_code", Integer, "the same as ISO 18245 code"),
                Field::nullable("city", Text, "where it is; absent if it sells online"),
                Field::new("country", country(), "ISO 3166 code of its country"),
                Field::nullable("latitude", Float, "degrees north"),
                Field::nullable("longitude", Float, "degrees east"),
            ],
            "merchant_id",
            "merchant_id",
        ),
        Kind::Terminal => (
            vec![
                Field::new("terminal_id", Long, "the terminal; 1 for the first"),
                Field::new("merchant_id", Long, "where it is"),
                Field::new("is_online", Boolean, "whether it is a shop's web page"),
            ],
            "terminal_id",
            "terminal_id",
        ),
        Kind::Login => (
            vec![
                Field::new("login_id", Uuid, "the login"),
                Field::new("logged_in_at", Timestamp, "when"),
                Field::new("customer_id", Long, "whose account"),
                Field::new("device_id", Long, "the device, 0 to 2^53"),
                Field::new("address", LogicalType::Ipv4, "IPv4 address"),
                Field::new("country", country(), "where the address is"),
                Field::new(
                    "succeeded",
                    Boolean,
                    "whether the password was right; 97 % are",
                ),
            ],
            "customer_id",
            "login_id",
        ),
        Kind::Payment => (
            vec![
                Field::new("payment_id", Uuid, "the payment"),
                Field::new("paid_at", Timestamp, "when"),
                Field::new("customer_id", Long, "whose card"),
                Field::new("card_id", Long, "the card"),
                Field::new("merchant_id", Long, "who is paid"),
                Field::new("terminal_id", Long, "where the card was read"),
                Field::new("category", category(), "what the merchant sells"),
                Field::new("country", country(), "the merchant's country"),
                Field::new(
                    "channel",
                    LogicalType::Enum(symbols(&CHANNEL)),
                    "how the card was read",
                ),
                Field::nullable("device_id", Long, "the device of a payment online"),
                Field::new(
                    "amount",
                    AMOUNT,
                    "euros: lognormal body, Pareto tail, by category and income",
                ),
            ],
            "customer_id",
            "payment_id",
        ),
        Kind::Chargeback => (
            vec![
                Field::new("chargeback_id", Uuid, "the chargeback"),
                Field::new(
                    "raised_at",
                    Timestamp,
                    "when the customer disputed the payment",
                ),
                Field::new("payment_id", Uuid, "the payment"),
                Field::new("card_id", Long, "the card"),
                Field::new("amount", AMOUNT, "euros, as paid"),
                Field::new(
                    "reason",
                    LogicalType::Enum(symbols(&REASON)),
                    "what the customer says",
                ),
            ],
            "card_id",
            "chargeback_id",
        ),
        Kind::Truth => (
            vec![
                Field::new("payment_id", Uuid, "the payment"),
                Field::new("is_fraud", Boolean, "whether it is fraud"),
                Field::nullable("campaign", Long, "the campaign that it is part of"),
                Field::nullable(
                    "pattern",
                    LogicalType::Enum(symbols(&PATTERN)),
                    "how the campaign goes about",
                ),
                Field::nullable("step", Integer, "the step of the campaign, from 1 to 8"),
                Field::new(
                    "is_disputed",
                    Boolean,
                    "whether a chargeback is raised: the label that a bank has",
                ),
                Field::new(
                    "label_is_wrong",
                    Boolean,
                    "whether that label is not the truth",
                ),
            ],
            "payment_id",
            "payment_id",
        ),
    };
    let schema = Schema::new(fields, Some(key), Some(id));
    (schema.expect("the fields have names of their own"), id)
}
