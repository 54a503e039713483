//! One test, two databases.

/// Makes two tests of each function, `name::sqlite` and `name::postgres`.
///
/// The argument's type is the caller's own: it has two asynchronous constructors, `sqlite()` and `postgres()`, and holds
/// whatever must live as long as the test, such as a temporary folder or a [`ScratchDatabase`].
///
/// [`ScratchDatabase`]: crate::postgres::ScratchDatabase
///
/// ```text
/// both_databases! {
///     async fn a_project_is_found_by_its_slug(fixture: StoreFixture) {
///         assert!(fixture.store.projects().by_slug("none").await.unwrap().is_none());
///     }
/// }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($fixture:ident: $type:ty) $body:block)+) => {$(
        mod $name {
            use super::*;

            $(#[$meta])*
            async fn run($fixture: $type) $body

            #[tokio::test]
            async fn sqlite() {
                run(<$type>::sqlite().await).await;
            }

            #[tokio::test]
            async fn postgres() {
                run(<$type>::postgres().await).await;
            }
        }
    )+};
}
