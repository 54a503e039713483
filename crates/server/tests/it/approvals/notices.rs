//! Mail about requests: who is told, of what, once.

use mayfly_app::{
    MailSettings, Settings,
    approvals::{expire_overdue, send_notices},
};
use mayfly_domain::sensitive::Sensitive;
use mayfly_testkit::mail_box::{Mail, MailBox};
use serde_json::json;

use super::{Scene, waiting};
use crate::support::{Database, Person, TestServer, TestServerOptions};

const APPROVER: &str = "cleo@example.com";

/// A scene whose server sends mail.
async fn scene(database: Database) -> (Scene, MailBox) {
    let mail_box = MailBox::start().await.unwrap();
    let mail = MailSettings::new(&Sensitive::new(mail_box.url()), "Mayfly <mayfly@example.com>").unwrap();
    let options = TestServerOptions {
        settings: Settings { mail: Some(mail), ..Settings::default() },
        ..TestServerOptions::new(database)
    };
    (Scene::new(TestServer::start(options).await, 1).await, mail_box)
}

impl Scene {
    /// A second later: a change is never of the moment before it.
    async fn tell(&self) {
        self.server.advance(1);
        send_notices(self.server.app()).await.unwrap();
    }

    /// Somebody in the project.
    async fn someone(&self, email: &str, role: &str) -> Person {
        let person = self.server.person(email, "member").await;
        self.admit(&person, role).await;
        person
    }

    async fn asked_by(&self, person: &Person) -> String {
        waiting(&self.server.issue_with(&person.caller, "ci", &json!({"reason": "see https://evil.example"})).await)
    }
}

fn told(mails: &[Mail]) -> Vec<&str> {
    mails.iter().map(|mail| mail.to.as_str()).collect()
}

#[tokio::test]
async fn those_who_may_decide_are_told_once_and_then_whoever_asked() {
    let (scene, mut mail_box) = scene(Database::Sqlite).await;
    let ben = scene.someone("ben@example.com", "member").await;
    scene.someone("vera@example.com", "viewer").await;
    let gone = scene.someone("gone@example.com", "admin").await;
    let path = format!("/api/v1/users/{}", gone.id);
    scene.server.as_admin().patch(&path, &json!({"isDisabled": true})).await.ok();

    let request = scene.asked_by(&ben).await;
    assert_eq!(scene.asked_by(&ben).await, request);
    scene.tell().await;
    scene.tell().await;
    let mails = mail_box.take();
    assert_eq!(told(&mails), [APPROVER], "neither who asks, nor who only looks, nor who is disabled");
    let text = &mails[0].text;
    assert!(text.contains("ben@example.com asks for a lease of `ci` at `prod:/`"), "{text}");
    assert!(
        text.contains(&format!("mayfly approval approve {request} --project {}", scene.server.project.slug)),
        "{text}"
    );
    assert!(text.contains("  > see https://evil.example\n"), "{text}");

    scene.approve(&scene.approver.caller, &request).await.ok();
    scene.tell().await;
    scene.tell().await;
    let mails = mail_box.take();
    assert_eq!(told(&mails), ["ben@example.com"]);
    assert!(mails[0].text.contains(&format!("mayfly approval fetch {request}")), "{}", mails[0].text);
    scene.server.issue_with(&ben.caller, "ci", &json!({"reason": "see https://evil.example"})).await.ok();
    scene.tell().await;
    assert_eq!(mail_box.take(), [], "they know that they have it");
}

#[tokio::test]
async fn a_refusal_and_the_end_of_a_request_are_told() {
    let (scene, mut mail_box) = scene(Database::Postgres).await;
    let ben = scene.someone("ben@example.com", "member").await;
    let request = scene.asked_by(&ben).await;
    let deny = format!("{}/deny", scene.path(&request));
    scene.approver.caller.post(&deny, &json!({"reason": "freeze until Monday"})).await.ok();
    scene.tell().await;
    let mails = mail_box.take();
    assert_eq!(told(&mails), ["ben@example.com"], "those who may decide need not any more");
    assert!(mails[0].text.contains("cleo@example.com refused") && mails[0].text.contains("  > freeze until Monday"));

    let other = waiting(&scene.server.issue_with(&ben.caller, "ci", &json!({"reason": "other"})).await);
    scene.tell().await;
    assert_eq!(told(&mail_box.take()), [APPROVER]);
    scene.server.advance(24 * 3_600 + 1);
    expire_overdue(scene.server.app()).await.unwrap();
    assert_eq!(scene.state(&other).await, "expired");
    scene.tell().await;
    let mails = mail_box.take();
    assert_eq!(told(&mails), ["ben@example.com"]);
    assert!(mails[0].text.contains("Nobody decided in time"), "{}", mails[0].text);

    let again = async |email: &str| {
        scene.server.as_nobody().with_token(&scene.server.sign_in(email, crate::support::PASSWORD).await)
    };
    let ben = again("ben@example.com").await;
    let unused = waiting(&scene.server.issue_with(&ben, "ci", &json!({"reason": "unused"})).await);
    scene.approve(&again(APPROVER).await, &unused).await.ok();
    scene.server.advance(3_601);
    expire_overdue(scene.server.app()).await.unwrap();
    mail_box.take();
    scene.tell().await;
    let mails = mail_box.take();
    assert_eq!(told(&mails), ["ben@example.com"]);
    assert!(mails[0].text.contains("you did not use it in time"), "{}", mails[0].text);
}

#[tokio::test]
async fn whoever_stands_behind_a_machine_is_not_asked_for_it() {
    let (scene, mut mail_box) = scene(Database::Sqlite).await;
    let kim = scene.server.person("kim@example.com", "admin").await;
    scene.admit(&kim, "admin").await;
    scene.waits().await;
    scene.tell().await;
    assert_eq!(told(&mail_box.take()), [APPROVER, "kim@example.com"], "so far kim may decide");
    let secrets = format!("/api/v1/auth/universal-auth/identities/{}/client-secrets", scene.asker.id);
    kim.caller.post(&secrets, &json!({})).await.ok();
    scene
        .server
        .issue_with(&scene.caller, "ci", &json!({"reason": "once more"}))
        .await
        .refused(403, "approval_required");
    scene.tell().await;
    let mails = mail_box.take();
    assert_eq!(told(&mails), [APPROVER]);
    assert!(mails[0].text.contains("the machine `a no-access` asks for"), "{}", mails[0].text);
}

#[tokio::test]
async fn what_is_the_organizations_is_told_to_its_administrators() {
    let (scene, mut mail_box) = scene(Database::Sqlite).await;
    let connection = scene.server.new_connection("shared", &json!({})).await;
    let path = format!("/api/v1/cluster-connections/{}", connection["id"].as_str().unwrap());
    let strict = json!({"limits": {"approval": {"approvals": 1, "validFor": "1h"}}});
    scene.server.as_admin().patch(&path, &strict).await.ok();
    scene.owner.patch(&path, &json!({"limits": {}})).await.refused(403, "approval_required");
    scene.server.person("kim@example.com", "admin").await;
    scene.tell().await;
    let mails = mail_box.take();
    assert_eq!(told(&mails), ["kim@example.com"], "ana made the machine that asks");
    assert!(mails[0].text.contains("--organization"), "{}", mails[0].text);
}

#[tokio::test]
async fn a_mail_server_that_is_away_is_tried_again_for_a_day() {
    let (scene, mut mail_box) = scene(Database::Sqlite).await;
    scene.waits().await;
    mail_box.set_away(true);
    scene.tell().await;
    mail_box.set_away(false);
    scene.tell().await;
    assert_eq!(mail_box.take(), [], "not before a minute has passed");
    scene.server.advance(61);
    scene.tell().await;
    assert_eq!(told(&mail_box.take()), [APPROVER]);

    scene.server.issue_with(&scene.caller, "ci", &json!({"reason": "later"})).await.refused(403, "approval_required");
    mail_box.set_away(true);
    scene.tell().await;
    mail_box.set_away(false);
    scene.server.advance(25 * 3_600);
    scene.tell().await;
    assert_eq!(mail_box.take(), [], "what is a day old is no news");
}

#[tokio::test]
async fn of_two_servers_one_tells() {
    let (scene, mut mail_box) = scene(Database::Postgres).await;
    let other = scene.server.second().await;
    for round in 0..8 {
        let wish = json!({"reason": format!("round {round}")});
        scene.server.issue_with(&scene.caller, "ci", &wish).await.refused(403, "approval_required");
        let (one, two) = tokio::join!(send_notices(scene.server.app()), send_notices(other.app()));
        one.and(two).unwrap();
        assert_eq!(told(&mail_box.take()), [APPROVER], "round {round}");
    }
}
