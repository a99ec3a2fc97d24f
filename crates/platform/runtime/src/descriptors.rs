//! The limit of open files and connections of the process.

/// Raises the soft limit to the hard limit, as far as the system allows, and returns the resulting
/// limit. Many systems start a process with 1,024, which the streams of browsers alone may use up.
pub fn raise_limit() -> u64 {
    let raised = rlimit::increase_nofile_limit(u64::MAX);
    raised.unwrap_or_else(|_| limit())
}

/// The soft limit.
pub fn limit() -> u64 {
    // If the limit is unknown, the usual value.
    rlimit::Resource::NOFILE.get_soft().unwrap_or(1024)
}

/// How many of `limit` descriptors connections may use. The rest is for the work of runs: 512, but
/// half of a limit below 1,024, and an eighth of one above 4,096.
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
