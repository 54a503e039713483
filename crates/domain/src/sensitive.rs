//! Values that must never be shown by accident.

use std::fmt;

use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroize;

/// A secret: debug output hides it, it has no `Display`, its memory is wiped when dropped, and reading it takes the one
/// loud method [`Sensitive::expose`].
///
/// It can be read from a request or from a sealed record, and it is deliberately clumsy to write out again:
/// [`expose_to_serializer`] must be named field by field.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Sensitive<T: Zeroize>(T);

impl<T: Zeroize> Sensitive<T> {
    /// Wraps a secret.
    pub const fn new(secret: T) -> Self {
        Self(secret)
    }

    /// The secret itself. Every call is a place to look at in a review.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize> fmt::Debug for Sensitive<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[hidden]")
    }
}

impl<T: Zeroize> Drop for Sensitive<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl From<&str> for Sensitive<String> {
    fn from(secret: &str) -> Self {
        Self(secret.to_owned())
    }
}

/// For `#[serde(serialize_with = …)]` on the few fields that carry a secret on purpose.
///
/// # Errors
/// Only the serializer's own.
pub fn expose_to_serializer<T, S>(secret: &Sensitive<T>, serializer: S) -> Result<S::Ok, S::Error>
where
    T: Zeroize + Serialize,
    S: Serializer,
{
    secret.expose().serialize(serializer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_output_hides_the_secret() {
        assert_eq!(format!("{:?}", Sensitive::from("hunter2")), "[hidden]");
    }
}
