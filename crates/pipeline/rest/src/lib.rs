//! The monitor: a page that shows topics, messages and consumer groups, live.
