//! The real binary, end to end.

// Said once more for each, so that the lints see that helpers are test code too.
#[cfg(test)]
mod access_guide;
#[cfg(test)]
mod administration;
#[cfg(test)]
mod audit;
#[cfg(test)]
mod belongings;
#[cfg(test)]
mod browser;
#[cfg(test)]
mod confined;
#[cfg(test)]
mod crowd;
#[cfg(test)]
mod database;
#[cfg(test)]
mod described;
#[cfg(test)]
mod due;
#[cfg(test)]
mod first_token;
#[cfg(test)]
mod floods;
#[cfg(test)]
mod from_outside;
#[cfg(test)]
mod gateway;
#[cfg(test)]
mod key_rotations;
#[cfg(test)]
mod kill;
#[cfg(test)]
mod kubectl;
#[cfg(test)]
mod people;
#[cfg(test)]
mod renewed_token;
#[cfg(test)]
mod room;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod sdk;
#[cfg(test)]
mod sealed_off;
#[cfg(test)]
mod sso;
#[cfg(test)]
mod tools;
#[cfg(test)]
mod tutorials;
#[cfg(test)]
mod two_servers;
