//! The tasks as they are typed.

// Said once more, so that the lints see that helpers are test code too.
#[cfg(test)]
mod real_cluster;
