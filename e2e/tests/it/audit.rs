//! The audit log of the real server: read, followed, proven and sent elsewhere; and what a cluster's own log adds.

#[cfg(test)]
mod cluster_log;
#[cfg(test)]
mod cluster_stage;
#[cfg(test)]
mod collector;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod proof;
#[cfg(test)]
mod proxy;
#[cfg(test)]
mod rsyslog;
#[cfg(test)]
mod streams;
#[cfg(test)]
mod tail;
