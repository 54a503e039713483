//! Lists that come in pages.

use crate::error::CliError;

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
