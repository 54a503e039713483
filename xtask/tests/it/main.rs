//! The tasks as they are typed.

// Said once more for each, so that the lints see that helpers are test code too.
#[cfg(test)]
mod demo;
#[cfg(test)]
mod real_cluster;
#[cfg(test)]
mod real_demo;
