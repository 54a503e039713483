//! Older and newer paths are the same operations; only their wrapper keys differ.

use serde_json::{Value, json};

use crate::support::TestServer;

#[tokio::test]
async fn a_project_is_the_same_by_every_path() {
    let server = TestServer::sqlite().await;
    let (admin, id, slug) = (server.as_admin(), &server.project.id, &server.project.slug);
    let project = admin.get(&format!("/api/v1/projects/{id}")).await.ok()["project"].clone();
    assert_eq!(admin.get(&format!("/api/v1/workspace/{id}")).await.ok(), json!({ "workspace": project }));
    assert_eq!(admin.get(&format!("/api/v1/projects/slug/{slug}")).await.ok(), project, "bare");
    assert_eq!(admin.get(&format!("/api/v2/workspace/{slug}")).await.ok(), project, "bare");
    assert_eq!(admin.get("/api/v1/projects").await.ok(), json!({ "projects": [project] }));
    assert_eq!(admin.get("/api/v1/workspace").await.ok(), json!({ "workspaces": [project] }));
    assert_eq!((&project["_id"], &project["type"]), (&json!(id), &json!("secret-manager")));
    let changed = admin.patch(&format!("/api/v2/workspace/{slug}"), &json!({"description": "one"})).await.ok();
    assert_eq!(changed["description"], "one");
    let changed = admin.patch(&format!("/api/v1/projects/{id}"), &json!({"description": "two"})).await.ok();
    assert_eq!(changed["project"]["description"], "two");
}

#[tokio::test]
async fn environments_are_the_same_by_every_path() {
    let server = TestServer::sqlite().await;
    let (admin, id) = (server.as_admin(), &server.project.id);
    let by_slug = admin.get(&format!("/api/v1/projects/{id}/environments/slug/prod")).await.ok();
    let environment = by_slug["environment"]["id"].as_str().unwrap();
    assert_eq!(admin.get(&format!("/api/v1/projects/{id}/environments/{environment}")).await.ok(), by_slug);
    assert_eq!(admin.get(&format!("/api/v1/workspace/environments/{environment}")).await.ok(), by_slug);
    for (place, slug) in [("workspace", "one"), ("projects", "two")] {
        let request = json!({"name": slug, "slug": slug});
        let made = admin.post(&format!("/api/v1/{place}/{id}/environments"), &request).await.ok();
        assert!(made["message"].is_string());
        assert_eq!((&made["workspace"], &made["projectId"]), (&json!(id), &json!(id)));
        let path = format!("/api/v1/{place}/{id}/environments/{}", made["environment"]["id"].as_str().unwrap());
        assert_eq!(admin.patch(&path, &json!({"name": "Other"})).await.ok()["environment"]["name"], "Other");
        assert_eq!(admin.delete(&path, &json!({})).await.ok()["environment"]["slug"], slug);
    }
}

#[tokio::test]
async fn folders_take_older_and_newer_words() {
    let server = TestServer::sqlite().await;
    let (admin, id) = (server.as_admin(), server.project.id.as_str());
    let old = json!({"workspaceId": id, "environment": "dev", "name": "a", "directory": "/"});
    let new = json!({"projectId": id, "environment": "dev", "name": "b", "path": "/a/"});
    admin.post("/api/v1/folders", &old).await.ok();
    let below = admin.post("/api/v2/folders", &new).await.ok();
    assert_eq!(below["folder"]["path"], "/a/b");
    let names = |body: &Value| -> Vec<String> {
        body["folders"].as_array().unwrap().iter().map(|folder| folder["name"].as_str().unwrap().to_owned()).collect()
    };
    for (version, project) in [("v1", "workspaceId"), ("v2", "projectId")] {
        let query = |more: &str| format!("/api/{version}/folders?{project}={id}&environment=dev{more}");
        assert_eq!(names(&admin.get(&query("&path=%2F&recursive=False")).await.ok()), ["a"]);
        let all = admin.get(&query("&recursive=True")).await.ok();
        assert_eq!(names(&all), ["a", "b"]);
        assert_eq!(all["folders"][1]["relativePath"], "/a/b");
        let path = format!("/api/{version}/folders/{}", below["folder"]["id"].as_str().unwrap());
        let body = json!({(project): id, "environment": "dev", "path": "/a", "name": "b", "description": version});
        assert_eq!(admin.patch(&path, &body).await.ok()["folder"]["description"], version);
    }
    let keep = json!({"projectId": id, "environment": "dev", "path": "/"});
    admin.delete("/api/v2/folders/a", &keep).await.refused(400, "folder_not_empty");
    let drop = json!({"workspaceId": id, "environment": "dev", "path": "/"});
    admin.delete("/api/v1/folders/a", &drop).await.ok();
    assert_eq!(names(&admin.get(&format!("/api/v2/folders?projectId={id}&environment=dev")).await.ok()), [""; 0]);
}

#[tokio::test]
async fn memberships_are_the_same_by_every_path() {
    let server = TestServer::sqlite().await;
    let (admin, id) = (server.as_admin(), &server.project.id);
    let machine = server.lone_machine("no-access", &json!({})).await;
    let path = format!("/api/v1/projects/{id}/memberships/identities/{}", machine.id);
    let joined = admin.post(&path, &json!({"role": "viewer"})).await.ok();
    let membership = joined["identityMembership"]["id"].as_str().unwrap();
    let got = admin.get(&path).await.ok();
    assert_eq!(admin.get(&format!("/api/v2/workspace/{id}/identity-memberships/{}", machine.id)).await.ok(), got);
    assert_eq!(admin.get(&format!("/api/v2/workspace/identity-memberships/{membership}")).await.ok(), got);
    let listed = admin.get(&format!("/api/v2/workspace/{id}/identity-memberships")).await.ok();
    assert_eq!(admin.get(&format!("/api/v1/projects/{id}/memberships/identities")).await.ok(), listed);
    assert_eq!(listed["totalCount"], 2);
    let changed = admin.patch(&path, &json!({"roles": [{"role": "member"}, {"role": "viewer"}]})).await.ok();
    assert_eq!(changed["roles"].as_array().unwrap().len(), 2);
    admin.delete(&path, &json!({})).await.ok();
    admin.get(&path).await.refused(404, "not_found");
}
