//! Payments in columns.

/// Payments, column by column.
#[derive(Clone, Debug, Default)]
pub struct Payments {
    /// Microseconds since 1970.
    pub times: Vec<i64>,
    /// The payers.
    pub payers: Vec<u32>,
    /// The cards.
    pub cards: Vec<u32>,
    /// The payees.
    pub merchants: Vec<u32>,
    /// The terminals.
    pub terminals: Vec<u32>,
    /// What the merchant sells.
    pub categories: Vec<u8>,
    /// The merchant's country.
    pub countries: Vec<u16>,
    /// The channels.
    pub channels: Vec<u8>,
    /// The devices, shortened; 0 if there is none.
    pub devices: Vec<u32>,
    /// The amounts in cents.
    pub cents: Vec<u32>,
    /// The last bits of the payment's id.
    pub tokens: Vec<u32>,
    /// The number of the fraud campaign plus one; 0 for honest payments.
    pub campaigns: Vec<u32>,
}

impl Payments {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there are no payments.
    pub fn is_empty(&self) -> bool {
        self.times.is_empty()
    }

    /// How many are fraud.
    pub fn frauds(&self) -> usize {
        self.campaigns
            .iter()
            .filter(|campaign| **campaign > 0)
            .count()
    }

    /// Whether the payment is fraud.
    #[inline]
    pub fn is_fraud(&self, position: usize) -> bool {
        self.campaigns[position] > 0
    }
}
