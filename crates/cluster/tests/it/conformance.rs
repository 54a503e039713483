//! One suite, two clusters: the same test bodies run against the fake API server and against the real one, so that the
//! fake cannot drift away from what it stands for.

mod believed;
mod broken_issue;
mod broken_removal;
mod cases;
mod faults;
mod issue;
mod manifests;
mod plans;
mod powers;
mod races;
mod removal;
mod reviews;
mod rules;
mod shapes;
mod sides;
mod strangers;
mod success;
mod tokens;
mod trials;

/// Makes of each test body two tests, `name::fake` and `name::real`.
macro_rules! on_both_sides {
    ($($(#[$meta:meta])* async fn $name:ident($side:ident: Side) $body:block)+) => {$(
        $(#[$meta])*
        mod $name {
            use super::*;

            #[tokio::test]
            async fn fake() {
                check(Side::fake().await).await;
            }

            #[tokio::test]
            async fn real() {
                check(Side::real().await).await;
            }

            async fn check($side: Side) $body
        }
    )+};
}

use on_both_sides;
