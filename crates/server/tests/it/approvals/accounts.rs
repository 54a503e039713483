//! Two accounts of one person are one word: whoever made the link by which another joined may be that other one.

use mayfly_testkit::both_databases;
use serde_json::json;

use super::{Scene, waiting};
use crate::support::{Caller, PASSWORD, Person, TestServer};

impl Scene {
    /// Somebody whom `maker` let in, and who decides here.
    async fn invited_by(&self, maker: &Caller, email: &str) -> Person {
        let invite = json!({"email": email, "role": "member"});
        let invited = maker.post("/api/v1/users/invitations", &invite).await.ok();
        let token = invited["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        let body = json!({"token": token, "name": "Second", "password": PASSWORD});
        let joined = self.server.as_nobody().post("/api/v1/users/invitations/accept", &body).await.ok();
        let token = self.server.sign_in(email, PASSWORD).await;
        let caller = self.server.as_nobody().with_token(&token);
        let person = Person { id: joined["user"]["id"].as_str().unwrap().to_owned(), token, caller };
        self.admit(&person, "admin").await;
        person
    }

    async fn asked_by_person(&self, person: &Person) -> String {
        waiting(&self.server.issue_with(&person.caller, "ci", &json!({})).await)
    }
}

both_databases! {
    async fn nobody_agrees_with_an_account_that_they_made(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let kim = scene.server.person("kim@example.com", "admin").await;
        scene.admit(&kim, "admin").await;
        let second = scene.invited_by(&kim.caller, "kim.too@example.com").await;
        let (of_kim, of_second) = (scene.asked_by_person(&kim).await, scene.asked_by_person(&second).await);
        let why = scene.approve(&second.caller, &of_kim).await.refused(403, "not_yours_to_decide");
        assert!(why.contains("both accounts may be one person's"), "{why}");
        scene.approve(&kim.caller, &of_second).await.refused(403, "not_yours_to_decide");
        scene.approve(&scene.approver.caller, &of_kim).await.ok();
        // Others are free to agree to what either asks, and a "no" harms nobody.
        let deny = format!("{}/deny", scene.path(&of_second));
        kim.caller.post(&deny, &json!({"reason": "no"})).await.ok();
    }

    async fn whoever_set_a_password_by_a_link_is_whom_it_belongs_to(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let kim = scene.server.person("kim@example.com", "admin").await;
        scene.admit(&kim, "admin").await;
        let request = scene.asked_by_person(&kim).await;
        let reset = format!("/api/v1/users/{}/password-reset", scene.approver.id);
        let made = kim.caller.post(&reset, &json!({})).await.ok();
        let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
        let spend = json!({"token": token, "password": "another long passphrase"});
        assert!(scene.server.as_nobody().post("/api/v1/auth/password/reset", &spend).await.status < 300);
        let token = scene.server.sign_in("cleo@example.com", "another long passphrase").await;
        let cleo = scene.server.as_nobody().with_token(&token);
        scene.approve(&cleo, &request).await.refused(403, "not_yours_to_decide");
    }

    async fn links_go_with_the_right_to_make_them(server: TestServer) {
        let scene = Scene::new(server, 1).await;
        let admin = scene.server.as_admin();
        let invitation = |link: &serde_json::Value| {
            let token = link["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
            json!({"token": token, "name": "Late", "password": PASSWORD})
        };
        for (email, change) in [("kim@example.com", json!({"role": "member"})), ("lou@example.com", json!({"isDisabled": true}))] {
            let maker = scene.server.person(email, "admin").await;
            let invite = json!({"email": format!("late.{email}"), "role": "admin"});
            let invited = maker.caller.post("/api/v1/users/invitations", &invite).await.ok();
            let reset = format!("/api/v1/users/{}/password-reset", scene.approver.id);
            let made = maker.caller.post(&reset, &json!({})).await.ok();
            admin.patch(&format!("/api/v1/users/{}", maker.id), &change).await.ok();
            let accept = "/api/v1/users/invitations/accept";
            scene.server.as_nobody().post(accept, &invitation(&invited)).await.refused(403, "link_refused");
            let token = made["link"].as_str().unwrap().split_once('#').unwrap().1.to_owned();
            let spend = json!({"token": token, "password": "another long passphrase"});
            let answer = scene.server.as_nobody().post("/api/v1/auth/password/reset", &spend).await;
            answer.refused(403, "link_refused");
        }
        // A machine's links go with the machine.
        let machine = scene.server.lone_machine("admin", &json!({})).await;
        let maker = scene.server.as_nobody().with_token(&machine.token);
        let invite = json!({"email": "last@example.com", "role": "member"});
        let invited = maker.post("/api/v1/users/invitations", &invite).await.ok();
        admin.delete(&format!("/api/v1/identities/{}", machine.id), &json!({})).await.ok();
        let answer = scene.server.as_nobody().post("/api/v1/users/invitations/accept", &invitation(&invited)).await;
        answer.refused(403, "link_refused");
    }
}
