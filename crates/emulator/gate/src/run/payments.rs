//! Payments in columns.

/// Payments, column by column.
#[derive(Clone, Debug, Default)]
pub struct Payments {
    /// Microseconds since 1970.
    pub times: Vec<i64>,
    /// Who pays.
    pub payers: Vec<u32>,
    /// Whose card.
    pub cards: Vec<u32>,
    /// Who is paid.
    pub merchants: Vec<u32>,
    /// Where.
    pub terminals: Vec<u32>,
    /// What the merchant sells.
    pub categories: Vec<u8>,
    /// The merchant's country.
    pub countries: Vec<u16>,
    /// How.
    pub channels: Vec<u8>,
    /// From which device, shortened; 0 if from none.
    pub devices: Vec<u32>,
    /// How much.
    pub cents: Vec<u32>,
    /// The last bits of the payment's id.
    pub tokens: Vec<u32>,
    /// Whether it is fraud: the campaign's number and one; 0 if it is none.
    pub campaigns: Vec<u32>,
}

impl Payments {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.times.len()
    }

    /// Whether there is none.
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

    /// Whether one is fraud.
    #[inline]
    pub fn is_fraud(&self, position: usize) -> bool {
        self.campaigns[position] > 0
    }
}
