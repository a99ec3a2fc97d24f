//! Browser sessions: a token is exchanged for a cookie, so that the browser need not store the
//! token.
//!
//! The server does not store sessions either. The text of a session contains the token's id and the
//! end of the session, under a keyed hash that covers the token's own hash. Revoking a token
//! therefore ends its sessions.

use std::time::Duration;

use jiff::Timestamp;

use crate::Folder;
use crate::tokens::Kept;

/// The maximum duration of a session; it also ends with its token.
pub(crate) const LASTS: Duration = Duration::from_secs(12 * 3600);

/// Creates a session; returns its text and its duration in seconds.
pub(crate) fn begin(folder: &Folder, token: &Kept, now: Timestamp) -> (String, u64) {
    let left = token.expires.map(|end| end.as_second() - now.as_second());
    let left = left.map_or(LASTS.as_secs(), |left| u64::try_from(left).unwrap_or(0));
    let seconds = left.min(LASTS.as_secs());
    let end = (now.as_second() + seconds as i64).to_string();
    let hash = hash(folder, token, &end);
    (format!("{}.{end}.{hash}", token.id), seconds)
}

/// The id of the token in the text of a session.
pub(crate) fn token_of(text: &str) -> &str {
    text.split('.').next().unwrap_or_default()
}

/// Whether the text is a session of this token that has not expired.
pub(crate) fn is_valid(folder: &Folder, token: &Kept, text: &str, now: Timestamp) -> bool {
    let mut parts = text.split('.').skip(1);
    let (Some(end), Some(given), None) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let ends = end.parse::<i64>().unwrap_or(0);
    let texts = [token.id.as_str(), end, token.hash.as_str()];
    now.as_second() < ends && folder.is_hash(given, "session", &texts)
}

fn hash(folder: &Folder, token: &Kept, end: &str) -> String {
    folder.hash("session", &[&token.id, end, &token.hash])
}
