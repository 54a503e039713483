//! MEMORY: the only crate that knows SQL.
