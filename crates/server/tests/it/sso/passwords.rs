//! People of a domain who sign in by their provider and not with a password.

use mayfly_app::recover::{SecondFactorAfter, recover};
use serde_json::json;

use super::Idp;
use crate::support::{ANA, ANAS_PASSWORD, PASSWORD, TestServer};

#[tokio::test]
async fn a_password_counts_no_more_where_a_domain_signs_in_by_its_provider() {
    let server = TestServer::sqlite().await;
    let ben = server.person("ben@example.com", "member").await;
    let dan = server.person("dan@elsewhere.example", "member").await;
    let idp = Idp::known(&server, &json!({"passwords": "refused", "linking": "by-domain"})).await;
    let try_in = async |email: &str, password: &str| server.try_sign_in(&server.as_nobody(), email, password).await;
    try_in("ben@example.com", PASSWORD).await.refused(403, "sso_required");
    // Whoever guesses learns nothing of it.
    try_in("ben@example.com", "a wrong password").await.refused(401, "credentials_refused");
    try_in("dan@elsewhere.example", PASSWORD).await.ok();
    ben.caller.get("/api/v1/users/me").await.ok();
    dan.caller.get("/api/v1/users/me").await.ok();
    let own = idp.person(&server, &json!({})).await.get("/api/v1/users/me").await.ok();
    assert_eq!(own["user"]["id"], ben.id);
    // Administrators of the domain sign in by it too, unless they are recovered on the server's own machine.
    try_in(ANA, ANAS_PASSWORD).await.refused(403, "sso_required");
    recover(server.app(), ANA.to_owned(), SecondFactorAfter::Kept).await.unwrap();
    try_in(ANA, ANAS_PASSWORD).await.ok();
    idp.person(&server, &json!({"sub": "ana-1", "email": ANA})).await;
    try_in(ANA, ANAS_PASSWORD).await.refused(403, "sso_required");
    server.as_admin().patch("/api/v1/sso/providers/acme", &json!({"isEnabled": false})).await.ok();
    try_in(ANA, ANAS_PASSWORD).await.ok();
}
