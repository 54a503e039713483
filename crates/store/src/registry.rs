//! Every statement there is, so that a test can prepare each one on both databases.
//!
//! A file with a [`crate::sql::statements`] block has a line here; a test counts the blocks.

use crate::{installation, sealed, sql::Sql};

/// The statements of each file.
pub(crate) static STATEMENTS: &[&[&Sql]] = &[installation::STATEMENTS, sealed::STATEMENTS];
