//! Lists that come in pages.

use serde::de::DeserializeOwned;

use crate::{client::ApiClient, error::CliError};

/// As many as the server gives at once.
const LONGEST: &str = "100";

/// Everything of a list that pages by cursor. `page` reads what follows a cursor, and tells the next one.
pub(crate) async fn every<T>(
    mut page: impl AsyncFnMut(Option<&str>) -> Result<(Vec<T>, Option<String>), CliError>,
) -> Result<Vec<T>, CliError> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let (items, next) = page(cursor.as_deref()).await?;
        found.extend(items);
        // A cursor that comes back would go on for ever.
        if next.is_none() || next == cursor {
            return Ok(found);
        }
        cursor = next;
    }
}

/// Everything of a list that is read at `path` by cursor. `parts` takes a page apart.
pub(crate) async fn by_cursor<P: DeserializeOwned, T>(
    client: &ApiClient,
    path: &[&str],
    query: &[(&str, &str)],
    parts: impl Fn(P) -> (Vec<T>, Option<String>),
) -> Result<Vec<T>, CliError> {
    let all = every(async |cursor| {
        let mut query = query.to_vec();
        query.extend(cursor.map(|cursor| ("cursor", cursor)));
        client.get(path, &query).await.map(&parts)
    });
    all.await
}

/// Everything of a list that pages by offset, as existing clients know it. `parts` takes a page apart into its items and
/// how many there are in all.
pub(crate) async fn by_offset<P: DeserializeOwned, T>(
    client: &ApiClient,
    path: &[&str],
    parts: impl Fn(P) -> (Vec<T>, u64),
) -> Result<Vec<T>, CliError> {
    let mut seen = 0;
    let all = every(async |offset| {
        let query = [("limit", LONGEST), ("offset", offset.unwrap_or("0"))];
        let (items, total) = parts(client.get(path, &query).await?);
        seen += items.len();
        let is_last = items.is_empty() || u64::try_from(seen).is_ok_and(|seen| seen >= total);
        Ok((items, (!is_last).then(|| seen.to_string())))
    });
    all.await
}
