//! Rotating keys by the API, while the server serves.

use mayfly_app::key_rotations::work;
use mayfly_testkit::both_databases;
use serde_json::{Value, json};

use crate::support::TestServer;

const PATH: &str = "/api/v1/admin/key-rotations";

async fn listed(server: &TestServer, kind: &str) -> Value {
    let list = server.as_admin().get(PATH).await.ok();
    let rotations = list["rotations"].as_array().unwrap().clone();
    rotations.into_iter().find(|rotation| rotation["kind"] == kind).unwrap()
}

both_databases! {
    async fn keys_are_rotated_while_tokens_are_issued(server: TestServer) {
        server.new_secret("ci").await;
        let before = server.home.number("SELECT COUNT(*) FROM data_keys").await;
        let begun = server.as_admin().post(PATH, &json!({"kind": "data"})).await.ok();
        assert_eq!((&begun["rotation"]["state"], &begun["rotation"]["percent"]), (&json!("running"), &json!(0)));
        assert!(begun["rotation"]["left"].as_u64().unwrap() >= 4, "{begun}");
        let again = server.as_admin().post(PATH, &json!({"kind": "data"})).await;
        assert!(again.refused(409, "rotation_runs").contains("rotate-keys --status"));
        server.issue(&server.as_admin(), "ci").await;
        work(server.app()).await.unwrap();
        let rotation = listed(&server, "data").await;
        assert_eq!((&rotation["state"], &rotation["percent"], &rotation["left"]), (&json!("finished"), &json!(100), &json!(0)));
        assert_eq!(server.home.number("SELECT COUNT(*) FROM data_keys").await, before);
        server.issue(&server.as_admin(), "ci").await;
        for kind in ["rotate-data-keys", "finish-key-rotation"] {
            assert_eq!(server.count_events(kind).await, 1, "{kind}");
        }
    }

    async fn whoever_is_no_administrator_rotates_nothing(server: TestServer) {
        let member = server.as_machine("member").await;
        for kind in ["data", "master", "signing"] {
            member.post(PATH, &json!({"kind": kind})).await.refused(403, "permission_denied");
        }
        member.get(PATH).await.refused(403, "permission_denied");
        assert_eq!(server.as_admin().get(PATH).await.ok(), json!({"rotations": []}));
        let faults = server.as_admin().post(PATH, &json!({"kind": "all"})).await.faults();
        assert!(faults[0].2.contains("`data`, `master`, `signing`"), "{faults:?}");
        let refused = server.as_admin().post(PATH, &json!({"kind": "master"})).await;
        assert!(refused.refused(400, "next_master_key").contains("master_key.next.file"));
    }

    async fn tokens_that_older_keys_signed_go_on(server: TestServer) {
        let old = server.as_admin();
        server.advance(1);
        old.post(PATH, &json!({"kind": "signing"})).await.ok();
        assert_eq!(listed(&server, "signing").await["state"], "finished");
        server.advance(60);
        work(server.app()).await.unwrap();
        let machine = server.lone_machine("no-access", &json!({})).await;
        let newer = server.as_nobody().with_token(&machine.token);
        newer.get("/api/v1/identities/details").await.ok();
        old.get("/api/v1/identities/details").await.ok();
        let key = |token: &str| token.split('.').next().unwrap().to_owned();
        assert_ne!(key(&machine.token), key(server.admin_token()), "another key signs");
    }
}
