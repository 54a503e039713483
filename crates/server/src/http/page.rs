//! Which page of a list a query asks for: `cursor` and `limit`.

use std::{fmt::Display, str::FromStr};

use mayfly_app::AppError;

use super::{
    form::{Field, Form},
    place::query_fields,
};

/// The entry after which the page begins, by the cursor of the one before, and how many are on it at most: from 1 to `longest`,
/// and `longest` where nothing is said.
pub(super) fn page<C: FromStr<Err: Display>>(query: Option<&str>, longest: i64) -> Result<(Option<C>, i64), AppError> {
    page_with(query, longest, |form| form.optional("cursor"))
}

/// [`page`], with a cursor that `after` reads.
pub(super) fn page_with<C>(
    query: Option<&str>,
    longest: i64,
    after: impl FnOnce(&Form<'_>) -> Field<Option<C>>,
) -> Result<(Option<C>, i64), AppError> {
    let fields = query_fields(query);
    let form = Form::query(&fields);
    form.only(&["cursor", "limit"]);
    let (after, limit) = (after(&form), form.integer("limit", 1..=longest));
    form.finish(|| Some((after?, limit?.unwrap_or(longest))))
}
