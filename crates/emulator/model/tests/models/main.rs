//! Models as a whole: what they make, what they hold to, and what is refused.

mod at_once;
mod harness;
mod purity;
mod refusals;
mod relations;
mod values;
