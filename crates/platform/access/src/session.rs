//! Sessions of a browser: a token exchanged for a cookie, so that the token itself is kept nowhere.
//!
//! A session is not kept either. Its text names the token and the session's end, under a keyed hash
//! that covers the token's own: whoever revokes the token ends its sessions.

use std::time::Duration;

use jiff::Timestamp;

use crate::Folder;
use crate::tokens::Kept;

/// How long a session lasts, if its token does.
pub(crate) const LASTS: Duration = Duration::from_secs(12 * 3600);

/// The text of a session and its seconds.
pub(crate) fn begin(folder: &Folder, token: &Kept, now: Timestamp) -> (String, u64) {
    let left = token.expires.map(|end| end.as_second() - now.as_second());
    let left = left.map_or(LASTS.as_secs(), |left| u64::try_from(left).unwrap_or(0));
    let seconds = left.min(LASTS.as_secs());
    let end = (now.as_second() + seconds as i64).to_string();
    let hash = hash(folder, token, &end);
    (format!("{}.{end}.{hash}", token.id), seconds)
}

/// The id of the token that the text of a session names.
pub(crate) fn token_of(text: &str) -> &str {
    text.split('.').next().unwrap_or_default()
}

/// Whether the text is that of a session of this token which has not ended.
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
