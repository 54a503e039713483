//! Both ends of the corridor against each other: TLS and HTTP/2 are real, only the wire is memory.

#[cfg(test)]
mod authorities;
#[cfg(test)]
mod carrier;
#[cfg(test)]
mod choosing;
#[cfg(test)]
mod enrolment;
#[cfg(test)]
mod ghosts;
#[cfg(test)]
mod halves;
#[cfg(test)]
mod handshake;
#[cfg(test)]
mod liveness;
#[cfg(test)]
mod operations;
#[cfg(test)]
mod peers;
#[cfg(test)]
mod rig;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod wire;
