//! Tokens of a real issuer over real HTTPS, and everything that is not one.

#[cfg(test)]
mod altered;
#[cfg(test)]
mod fetching;
#[cfg(test)]
mod fitting;
#[cfg(test)]
mod ground;
#[cfg(test)]
mod real_cluster;
