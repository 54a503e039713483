//! The nouns, as others see them.

// Said once more for each, so that the lints see that helpers are test code too.
#[cfg(test)]
mod audit_events;
