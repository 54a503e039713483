//! Mayfly itself, confined.

use anyhow::{Context as _, ensure};
use mayfly_api::{
    dynamic_secrets::DynamicSecretBody,
    leases::{IssueLeaseRequest, IssuedLease, LeaseBody},
};
use mayfly_e2e::{Installation, RIGHTS_PATIENCE, Scene, waiting::until};
use reqwest::StatusCode;
use serde_json::{Value, json};

use super::ground::{Ground, RBAC, TEMPLATE};

/// The kind whose accounts are named by a template.
const NAMED: &str = "role-under-a-name";

/// Issues a lease of each kind, uses its token, and ends it; all with the policies in place.
pub(super) async fn every_kind(ground: &Ground) -> anyhow::Result<()> {
    let mayfly =
        Installation::sqlite().await.start_with(&[("MAYFLY_PRIVATE_CONNECTIONS_ALLOW", "whole-cluster")]).await?;
    ground.confine(mayfly.installation_id(), &ground.opened_flags()).await?;
    in_effect(ground).await?;
    let scene = Scene::bootstrap(&mayfly).await?;
    for (kind, inputs) in kinds(ground) {
        one(ground, &scene, kind, &inputs).await.with_context(|| format!("{kind}: {}", mayfly.log()))?;
    }
    mayfly.stop().await
}

/// Each with the objects that it makes.
fn kinds(ground: &Ground) -> Vec<(&'static str, Value)> {
    let rules = json!([{ "apiGroups": [""], "resources": ["configmaps"], "verbs": ["list"] }]);
    let dynamic = |role_type: &str, more: Value| {
        let mut inputs = json!({ "credentialType": "dynamic", "roleType": role_type });
        if let (Value::Object(inputs), Value::Object(more)) = (&mut inputs, more) {
            inputs.extend(more);
        }
        inputs
    };
    vec![
        ("role", dynamic("role", json!({ "role": "reader" }))),
        (NAMED, dynamic("role", json!({ "role": "reader" }))),
        (
            "cluster-role-in-namespace",
            dynamic("cluster-role", json!({ "role": ground.reader, "bindingScope": "namespace" })),
        ),
        ("cluster-role-everywhere", dynamic("cluster-role", json!({ "role": ground.reader }))),
        ("rules-in-namespace", dynamic("role", json!({ "rules": rules }))),
        ("rules-everywhere", dynamic("cluster-role", json!({ "rules": rules }))),
        ("revocable", json!({ "revocable": true })),
    ]
}

async fn one(ground: &Ground, scene: &Scene, kind: &str, inputs: &Value) -> anyhow::Result<()> {
    create(ground, scene, kind, inputs).await?;
    let request = IssueLeaseRequest { dynamic_secret_name: kind.to_owned(), ..scene.lease_request() };
    let issued: IssuedLease = scene.client.post("/api/v1/dynamic-secrets/leases", &request).await?;
    let token = Scene::token(&issued).context("the answer has a token")?;
    let path = format!("/api/v1/namespaces/{}/configmaps", ground.home);
    let works = until(RIGHTS_PATIENCE, "the token works", async || {
        Ok((ground.real.read(token, &path).await? == StatusCode::OK).then_some(()))
    });
    works.await?;
    reaches_no_further(ground, kind, token).await?;
    let LeaseBody { lease } = scene.end(&issued.lease.id).await?;
    ensure!(lease.outcome.as_deref() == Some("revoked"), "it ended as {:?}: {:?}", lease.outcome, lease.status_details);
    let left = left(ground, &issued.lease.id).await?;
    ensure!(left.is_empty(), "left behind: {left:?}");
    println!("{kind}: issued, used and ended");
    Ok(())
}

/// What a token may do is what its role gives, and where its binding gives it.
async fn reaches_no_further(ground: &Ground, kind: &str, token: &str) -> anyhow::Result<()> {
    let elsewhere = if kind.ends_with("everywhere") { StatusCode::OK } else { StatusCode::FORBIDDEN };
    for (namespace, resource, expected) in [
        (&ground.other, "configmaps", elsewhere),
        (&ground.home, "secrets", StatusCode::FORBIDDEN),
        (&ground.other, "secrets", StatusCode::FORBIDDEN),
    ] {
        let path = format!("/api/v1/namespaces/{namespace}/{resource}");
        let found = ground.real.read(token, &path).await?;
        ensure!(found == expected, "{path}: {found}");
    }
    Ok(())
}

async fn create(ground: &Ground, scene: &Scene, name: &str, inputs: &Value) -> anyhow::Result<()> {
    let mut body = scene.secret_request(name, inputs, &ground.real.side);
    if let (NAMED, Value::Object(fields)) = (name, &mut body) {
        fields.insert("usernameTemplate".to_owned(), json!(TEMPLATE));
    }
    let _: DynamicSecretBody = scene.client.post("/api/v1/dynamic-secrets", &body).await?;
    Ok(())
}

/// The policies must judge before the leases are issued, or nothing is shown.
async fn in_effect(ground: &Ground) -> anyhow::Result<()> {
    use super::{ground::Request, honest::Shapes};
    let shapes = Shapes::of(ground);
    let by_another = [shapes.account(), shapes.anchor(), shapes.binding(), shapes.role(), shapes.cluster_role()];
    let nowhere = Request::post(shapes.core("configmaps"), json!({ "metadata": { "name": "stranger" } }));
    for request in by_another.into_iter().chain([shapes.cluster_binding(), nowhere]) {
        let effect = until(RIGHTS_PATIENCE, "the policies take effect", async || {
            let answer = ground.steal(&request.tried()).await?;
            Ok(answer.message().contains("ValidatingAdmissionPolicy").then_some(()))
        });
        effect.await?;
    }
    Ok(())
}

/// What carries the lease's id, in the namespace and out of it.
async fn left(ground: &Ground, lease: &str) -> anyhow::Result<Vec<String>> {
    let (home, mut left) = (&ground.home, Vec::new());
    let inside = ["serviceaccounts", "secrets"].map(|plural| format!("/api/v1/namespaces/{home}/{plural}"));
    let roles = ["roles", "rolebindings"].map(|plural| format!("{RBAC}/namespaces/{home}/{plural}"));
    let outside = ["clusterroles", "clusterrolebindings"].map(|plural| format!("{RBAC}/{plural}"));
    for path in inside.into_iter().chain(roles).chain(outside) {
        let list = ground.read(&format!("{path}?labelSelector=mayfly.dev%2Flease%3D{lease}")).await?;
        let items = list.body.pointer("/items").and_then(Value::as_array).context("a list has items")?;
        left.extend(items.iter().map(|item| format!("{path}: {item}")));
    }
    Ok(left)
}
