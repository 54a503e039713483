//! Who may do what, as tables and one pure function.
//!
//! [`operation`] lists every operation of the product with what it requires, [`role`] says what the built-in roles
//! allow, and [`decide`] joins the two. Where grants are stored and how they are fetched is not known here.

pub mod decide;
pub mod operation;
pub mod permission;
pub mod role;
