//! The store as its callers see it, on both databases.

// Said once more for each, so that the lints see that helpers are test code too.
#[cfg(test)]
mod audit_chain;
#[cfg(test)]
mod due_at_once;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod nouns;
#[cfg(test)]
mod opening;
#[cfg(test)]
mod released;
#[cfg(test)]
mod support;
