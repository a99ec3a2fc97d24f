//! How many files and connections the process may have open.

/// Raises the soft limit to the hard one, as far as the system lets, and gives what holds then.
/// Many systems start a process with 1,024, of which a browser's streams alone may take as many.
pub fn raise_limit() -> u64 {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    raised.unwrap_or_else(|_| limit())
}

/// The soft limit.
pub fn limit() -> u64 {
    // If nothing can be found out, what is usual.
    rlimit::Resource::NOFILE.get_soft().unwrap_or(1024)
}

/// How many of `limit` connections may take, so that what runs need is left: a half, and no fewer
/// than 512 but for very low limits.
pub fn for_connections(limit: u64) -> usize {
    let kept = (limit / 2).min(512).max(limit / 8);
    usize::try_from(limit.saturating_sub(kept))
        .unwrap_or(usize::MAX)
        .max(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_runs() {
        for (limit, connections) in [
            (4, 2),
            (256, 128),
            (1024, 512),
            (4096, 3584),
            (1_048_576, 917_504),
        ] {
            assert_eq!(for_connections(limit), connections, "of {limit}");
        }
    }

    #[test]
    fn the_limit_is_raised_to_the_hard_one() {
        let raised = raise_limit();
        assert_eq!(raised, limit());
        assert!(raised >= 1024, "{raised}");
    }
}
