//! Pages of lists.

/// One more than a page holds: it tells whether there is a next one.
pub(crate) const fn and_one_more(limit: i64) -> i64 {
    limit + 1
}

/// A page of `limit` out of what was found for [`and_one_more`], and the last one's `id` where there is a next page.
pub(crate) fn cut<T, I>(mut found: Vec<T>, limit: i64, id: impl Fn(&T) -> I) -> (Vec<T>, Option<I>) {
    let asked = usize::try_from(limit).unwrap_or(0);
    let has_more = found.len() > asked;
    found.truncate(asked);
    let next = found.last().map(id).filter(|_| has_more);
    (found, next)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_has_a_next_one_only_if_more_was_found() {
        assert_eq!(cut(vec![1, 2, 3], 2, |number| *number), (vec![1, 2], Some(2)));
        assert_eq!(cut(vec![1, 2], 2, |number| *number), (vec![1, 2], None));
        assert_eq!(cut(Vec::<i32>::new(), 2, |number| *number), (Vec::new(), None));
    }
}
