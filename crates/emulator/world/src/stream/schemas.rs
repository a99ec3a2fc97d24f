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
                Field::new("customer_id", Long, "the customer's number, from 1"),
                Field::new(
                    "joined_at",
                    Timestamp,
                    "when the customer joined; for the first customers, the start of the world",
                ),
                Field::nullable("left_at", Timestamp, "when the customer left"),
                Field::new("birth_date", Date, "18 to 90 years before the world begins"),
                Field::new("city", Text, "where the customer lives"),
                Field::new("country", country(), "ISO 3166 code of the city's country"),
                Field::new(
                    "income",
                    AMOUNT,
                    "in euros per year; lognormal with median 33,000; influences spending",
                ),
            ],
            "customer_id",
            "customer_id",
        ),
        Kind::Card => (
            vec![
                Field::new("card_id", Long, "the card's number, from 1"),
                Field::new("customer_id", Long, "the cardholder"),
                Field::new("network", Text, "visa (55 %), mastercard (40 %) or amex"),
                Field::new("expires_on", Date, "the last day on which it is valid"),
            ],
            "card_id",
            "card_id",
        ),
        Kind::Merchant => (
            vec![
                Field::new(
                    "merchant_id",
                    Long,
                    "the merchant's number, which reveals nothing else",
                ),
                Field::new("category", category(), "what it sells"),
                Field::new("category_code", Integer, "the category's ISO 18245 code"),
                Field::nullable("city", Text, "the shop's city, unless it is online"),
                Field::new("country", country(), "ISO 3166 code of its country"),
                Field::nullable("latitude", Float, "degrees north"),
                Field::nullable("longitude", Float, "degrees east"),
            ],
            "merchant_id",
            "merchant_id",
        ),
        Kind::Terminal => (
            vec![
                Field::new("terminal_id", Long, "the terminal's number, from 1"),
                Field::new("merchant_id", Long, "the merchant that uses it"),
                Field::new("is_online", Boolean, "whether it belongs to an online shop"),
            ],
            "terminal_id",
            "terminal_id",
        ),
        Kind::Login => (
            vec![
                Field::new("login_id", Uuid, "the login"),
                Field::new("logged_in_at", Timestamp, "when it happened"),
                Field::new("customer_id", Long, "the owner of the account"),
                Field::new("device_id", Long, "the device, as a number from 0 to 2^53"),
                Field::new("address", LogicalType::Ipv4, "IPv4 address"),
                Field::new("country", country(), "the country of the address"),
                Field::new(
                    "succeeded",
                    Boolean,
                    "whether the password was correct, as in 97 % of logins",
                ),
            ],
            "customer_id",
            "login_id",
        ),
        Kind::Payment => (
            vec![
                Field::new("payment_id", Uuid, "the payment"),
                Field::new("paid_at", Timestamp, "when it was made"),
                Field::new("customer_id", Long, "the cardholder"),
                Field::new("card_id", Long, "the card"),
                Field::new("merchant_id", Long, "the payee"),
                Field::new("terminal_id", Long, "the terminal that read the card"),
                Field::new("category", category(), "what the merchant sells"),
                Field::new("country", country(), "the merchant's country"),
                Field::new(
                    "channel",
                    LogicalType::Enum(symbols(&CHANNEL)),
                    "how the card was read",
                ),
                Field::nullable("device_id", Long, "the device of an online payment"),
                Field::new(
                    "amount",
                    AMOUNT,
                    "in euros; lognormal with a Pareto tail, depending on category and income",
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
                Field::new("amount", AMOUNT, "the amount of the payment, in euros"),
                Field::new(
                    "reason",
                    LogicalType::Enum(symbols(&REASON)),
                    "the reason that the customer gives",
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
                    "the pattern of the campaign",
                ),
                Field::nullable("step", Integer, "the step of the campaign, from 1 to 8"),
                Field::new(
                    "is_disputed",
                    Boolean,
                    "whether a chargeback is raised: the label that a bank would have",
                ),
                Field::new(
                    "label_is_wrong",
                    Boolean,
                    "whether that label contradicts is_fraud",
                ),
            ],
            "payment_id",
            "payment_id",
        ),
    };
    let schema = Schema::new(fields, Some(key), Some(id));
    (schema.expect("the fields have names of their own"), id)
}
