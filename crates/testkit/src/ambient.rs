//! The machine's own time and chance, for tests that talk to real servers.

pub use mayfly_system::system as ambient;
