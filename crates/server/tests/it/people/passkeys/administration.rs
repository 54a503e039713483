//! Passkeys of others: seen and removed by who looks after people.

use mayfly_testkit::{authenticator::KeyKind, both_databases};
use serde_json::json;

use super::{PASSKEYS, registered, sign_in, with_passkey};
use crate::{people::is_signed_in, support::TestServer};

both_databases! {
    async fn an_administrator_sees_and_removes_them(server: TestServer) {
        let (ben, mut authenticator, told) = with_passkey(&server, KeyKind::Es256).await;
        let path = format!("/api/v1/users/{}/passkeys", ben.id);
        assert_eq!(server.as_admin().get(&path).await.ok()["passkeys"], json!([told]));
        ben.caller.get(&path).await.ok();
        ben.caller.delete(&path, &json!({})).await.refused(403, "permission_denied");
        let reset = server.as_admin().delete(&path, &json!({})).await.ok();
        assert_eq!(reset["user"]["email"], "ben@example.com");
        assert!(!is_signed_in(&ben.caller).await, "sessions end");
        sign_in(&server, &mut authenticator).await.refused(401, "credentials_refused");
        server.as_admin().delete(&path, &json!({})).await.refused(409, "no_passkeys");
        assert_eq!(server.count_events("reset-passkeys").await, 1);
    }

    async fn nobody_touches_anothers(server: TestServer) {
        let (_ben, _authenticator, told) = with_passkey(&server, KeyKind::Es256).await;
        let cleo = server.person("cleo@example.com", "member").await;
        let path = format!("{PASSKEYS}/{}", told["id"].as_str().unwrap());
        cleo.caller.patch(&path, &json!({"name": "mine"})).await.refused(404, "not_found");
        cleo.caller.delete(&path, &json!({})).await.refused(404, "not_found");
        assert_eq!(cleo.caller.get(PASSKEYS).await.ok()["passkeys"], json!([]));
        let mut own = mayfly_testkit::authenticator::Authenticator::new(KeyKind::EdDsa);
        registered(&cleo.caller, &mut own).await;
        assert_eq!(cleo.caller.get(PASSKEYS).await.ok()["passkeys"].as_array().unwrap().len(), 1);
    }
}
