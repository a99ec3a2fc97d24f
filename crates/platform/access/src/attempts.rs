//! Rate limit for wrong tokens.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::{Clock, DefaultClock};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Attempts per minute and client.
const ATTEMPTS: NonZeroU32 = NonZeroU32::new(10).expect("it is not 0");
/// The number of clients above which idle ones are forgotten.
const CLIENTS: usize = 10_000;

pub(crate) struct Attempts {
    limiter: DefaultKeyedRateLimiter<IpAddr>,
    clock: DefaultClock,
}

impl Default for Attempts {
    fn default() -> Self {
        Self {
            limiter: RateLimiter::keyed(Quota::per_minute(ATTEMPTS)),
            clock: DefaultClock::default(),
        }
    }
}

impl Attempts {
    /// Counts an attempt of a client, or returns in how many seconds it may make the next one.
    pub(crate) fn count(&self, client: IpAddr) -> Result<(), u64> {
        if self.limiter.len() > CLIENTS {
            self.limiter.retain_recent();
        }
        let counted = self.limiter.check_key(&network(client));
        counted.map_err(|wait| wait.wait_time_from(self.clock.now()).as_secs() + 1)
    }
}

/// A single customer of a provider has 2^64 IPv6 addresses, so these count as one client.
fn network(client: IpAddr) -> IpAddr {
    match client.to_canonical() {
        IpAddr::V6(address) => {
            let mut segments = address.segments();
            segments[4..].fill(0);
            IpAddr::V6(segments.into())
        }
        address => address,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_ten_attempts_a_minute_and_others_theirs() {
        let attempts = Attempts::default();
        let count = |client: &str| attempts.count(client.parse().unwrap());
        for _ in 0..10 {
            assert_eq!(count("10.0.0.1"), Ok(()));
        }
        let wait = count("::ffff:10.0.0.1").unwrap_err();
        assert!((1..=7).contains(&wait), "{wait}");
        assert_eq!(count("10.0.0.2"), Ok(()));
        for host in 1..=10 {
            assert_eq!(count(&format!("2001:db8::{host}")), Ok(()));
        }
        assert!(count("2001:db8:0:0:ffff::1").is_err());
        assert_eq!(count("2001:db8:0:1::1"), Ok(()));
    }
}
