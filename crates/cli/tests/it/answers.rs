//! Answers as the server gives them.

use serde_json::{Value, json};

pub(crate) const TOKEN: &str = "eyJhbGciOiJSUzI1NiJ9.e30.c2ln";

pub(crate) fn lease(id: &str) -> Value {
    json!({
        "id": id, "version": 1, "dynamicSecretId": "s", "externalEntityId": "deployer",
        "expireAt": "2099-01-01T10:00:00.000Z", "status": null, "statusDetails": null, "config": null,
        "state": "active", "endsWhen": "expired", "tokenExpiresAt": "2099-01-01T10:00:00.000Z",
        "namespace": "shop", "serviceAccountName": "deployer",
        "holder": {"type": "identity", "id": "i", "name": "ci"}, "jti": "j",
        "createdAt": "2026-11-23T12:00:00.000Z", "updatedAt": "2026-11-23T12:00:00.000Z"
    })
}

pub(crate) fn closed(id: &str) -> Value {
    let mut lease = lease(id);
    lease["state"] = json!("closed");
    lease
}

pub(crate) fn secret(name: &str) -> Value {
    json!({
        "id": "s", "name": name, "version": 1, "type": "kubernetes", "defaultTTL": "1h", "maxTTL": null,
        "folderId": "f", "status": null, "statusDetails": null, "gatewayId": null, "gatewayV2Id": null,
        "usernameTemplate": null, "metadata": [],
        "createdAt": "2026-11-23T12:00:00.000Z", "updatedAt": "2026-11-23T12:00:00.000Z"
    })
}

pub(crate) fn issued() -> Value {
    json!({"lease": lease("l-1"), "dynamicSecret": secret("ci-deployer"), "data": {"TOKEN": TOKEN}})
}

pub(crate) fn project(slug: &str) -> Value {
    json!({
        "id": "p-1", "_id": "p-1", "name": "Shop", "slug": slug, "description": null, "type": "secret-manager",
        "orgId": "o", "autoCapitalization": false, "pitVersionLimit": 10, "auditLogsRetentionDays": null,
        "hasDeleteProtection": false, "version": 3, "upgradeStatus": null, "kmsCertificateKeyId": null,
        "secretSharing": false, "showSnapshotsLegacy": false, "secretDetectionIgnoreValues": null,
        "defaultProduct": null,
        "environments": [{"id": "e", "name": "Development", "slug": "dev"}, {"id": "f", "name": "Production", "slug": "prod"}],
        "createdAt": "2026-11-23T12:00:00.000Z", "updatedAt": "2026-11-23T12:00:00.000Z"
    })
}

pub(crate) fn granted(token: &str) -> Value {
    json!({"accessToken": token, "expiresIn": 7200, "accessTokenMaxTTL": 7200, "tokenType": "Bearer"})
}
