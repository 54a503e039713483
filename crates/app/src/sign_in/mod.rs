//! Signing in with email and password, and getting a new password.
//!
//! Whoever fails learns nothing but that they failed: an unknown address, a wrong password, a disabled person and one
//! under attack all end in the same words, after the same work.

mod forget;
mod login;
mod reset;
mod throttle;

pub use forget::forget;
pub(crate) use login::with_right_password;
pub use login::{SignIn, login};
pub use reset::reset;
pub use throttle::forget_old_attempts;
pub(crate) use throttle::{HardLimit, admit_hard, admit_source};
