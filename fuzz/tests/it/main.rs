//! The kept inputs, with the stable compiler.

#[cfg(test)]
mod corpus;
