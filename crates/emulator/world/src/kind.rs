//! The streams of a world.

/// A stream of the world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Customer,
    Card,
    Merchant,
    Terminal,
    Login,
    Payment,
    Chargeback,
    Truth,
}

/// All streams, each after those that it refers to.
pub(crate) const KINDS: [Kind; 8] = [
    Kind::Customer,
    Kind::Card,
    Kind::Merchant,
    Kind::Terminal,
    Kind::Login,
    Kind::Payment,
    Kind::Chargeback,
    Kind::Truth,
];

impl Kind {
    /// The name of the stream.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Customer => "customer",
            Self::Card => "card",
            Self::Merchant => "merchant",
            Self::Terminal => "terminal",
            Self::Login => "login",
            Self::Payment => "payment",
            Self::Chargeback => "chargeback",
            Self::Truth => "payment_truth",
        }
    }
}
