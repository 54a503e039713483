//! The operations with a real store and a scripted cluster.

// Said once more for each, so that the lints see that helpers are test code too.
#[cfg(test)]
mod delayed_once;
#[cfg(test)]
mod deterministic;
#[cfg(test)]
mod gateway_authorities;
#[cfg(test)]
mod gateway_keys;
#[cfg(test)]
mod gateways;
#[cfg(test)]
mod moved_meanwhile;
#[cfg(test)]
mod rotating;
#[cfg(test)]
mod scene;
#[cfg(test)]
mod scripted_place;
#[cfg(test)]
mod shortened;
#[cfg(test)]
mod simulation;
#[cfg(test)]
mod stops;
#[cfg(test)]
mod temporary_roles;
#[cfg(test)]
mod unclear;
#[cfg(test)]
mod world;
