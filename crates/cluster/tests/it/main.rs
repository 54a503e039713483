//! The executor against API servers, fake and real.

// Said once more for each, so that the lints see that helpers are test code too.
#[cfg(test)]
mod conformance;
#[cfg(test)]
mod connections;
#[cfg(test)]
mod deadlines;
#[cfg(test)]
mod egress;
#[cfg(test)]
mod ground;
#[cfg(test)]
mod identity;
#[cfg(test)]
mod lists;
#[cfg(test)]
mod names;
#[cfg(test)]
mod secrets;
#[cfg(test)]
mod token_life;
#[cfg(test)]
mod trust;
