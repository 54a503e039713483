//! Who may do what, as tables and pure functions.
//!
//! [`operation`] lists every operation of the product with what it requires, [`role`] says what the built-in roles allow, a
//! [`permission::Rule`] is one line of a role and its [`condition`] says where it speaks; [`judge`] finds the line that
//! decides, [`decide`] joins all of it, and [`grant`] says who may give what. Where grants are stored and how they are fetched
//! is not known here.

pub mod condition;
pub mod decide;
pub mod glob;
pub mod grant;
pub mod held;
pub mod judge;
pub mod operation;
pub mod permission;
pub mod role;
