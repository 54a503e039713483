//! Tests of the workshop's tools, against the real things where there are such.

// Said once more, so that the lints see that helpers are test code too.
#[cfg(test)]
mod fake_cluster;
#[cfg(test)]
mod house;
#[cfg(test)]
mod network;
#[cfg(test)]
mod real_cluster;
