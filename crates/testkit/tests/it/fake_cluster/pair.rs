//! A fake cluster and the real one, asked the same questions.

use std::{sync::Arc, time::Duration};

use mayfly_domain::plan::{ObjectKind, is_namespaced};
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{FakeCluster, FakeClusterOptions, FakeRight},
    real_cluster::{RealCluster, own_name, shared},
};
use reqwest::Method;
use serde_json::{Value, json};

use super::caller::{Caller, RBAC};

const REVIEWS: &str = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews";

/// The API's path of a kind, with `namespace` where it is in one.
pub(super) fn path_of(kind: ObjectKind, namespace: &str) -> String {
    let plural = format!("{}s", kind.name().to_lowercase());
    let root = match kind {
        ObjectKind::ServiceAccount | ObjectKind::Secret => "/api/v1",
        ObjectKind::Role | ObjectKind::ClusterRole | ObjectKind::RoleBinding | ObjectKind::ClusterRoleBinding => RBAC,
    };
    if is_namespaced(kind) { format!("{root}/namespaces/{namespace}/{plural}") } else { format!("{root}/{plural}") }
}

/// Two clusters, with a namespace of the same new name, seen by the same user.
pub(super) struct Pair {
    pub(super) fake: FakeCluster,
    pub(super) namespace: String,
    real: Arc<RealCluster>,
    fake_caller: Caller,
    real_caller: Caller,
}

impl Pair {
    /// As administrators, who may do everything.
    pub(super) async fn of_administrators(prefix: &str) -> Self {
        let (real, namespace) = (shared().await.unwrap(), own_name(prefix));
        let fake = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
        fake.add_namespace(&namespace);
        let token = fake.add_user("admin");
        fake.grant("admin", FakeRight::everywhere("*", "*"));
        let fake_caller = Caller::of_fake(&fake, &token);
        let real_caller = Caller::new(real.server(), real.client().unwrap(), real.admin_token());
        let made = real_caller.post("/api/v1/namespaces", json!({ "metadata": { "name": namespace } })).await;
        assert_eq!(made.0, 201, "{}", made.1);
        Self { fake, namespace, real, fake_caller, real_caller }
    }

    /// The same clusters as an account sees them that has no rights yet, in the same namespace.
    pub(super) async fn into_account(self, name: &str) -> Self {
        let accounts = path_of(ObjectKind::ServiceAccount, &self.namespace);
        let mut tokens = Vec::new();
        for caller in [&self.fake_caller, &self.real_caller] {
            assert_eq!(caller.post(&accounts, json!({ "metadata": { "name": name } })).await.0, 201);
            let (status, answer) = caller.post(&format!("{accounts}/{name}/token"), json!({ "spec": {} })).await;
            assert_eq!(status, 201, "{answer}");
            tokens.push(answer["status"]["token"].as_str().unwrap().to_owned());
        }
        let (fake_caller, real_caller) =
            (self.fake_caller.with_token(&tokens[0]), self.real_caller.with_token(&tokens[1]));
        Self { fake_caller, real_caller, ..self }
    }

    /// Gives the account of [`Self::into_account`] a right in the namespace, on some objects or on all.
    pub(super) async fn grant(&self, account: &str, right: (&str, &str, &str), names: &[&str]) {
        let (verb, group, resource) = right;
        let user = format!("system:serviceaccount:{}:{account}", self.namespace);
        let fake_right = FakeRight::within(&self.namespace, verb, resource);
        if names.is_empty() {
            self.fake.grant(&user, fake_right.clone());
        }
        for name in names {
            self.fake.grant(&user, fake_right.clone().on(name));
        }
        let admin = self.real_caller.with_token(self.real.admin_token());
        let name = own_name("right");
        let allowed = json!({ "apiGroups": [group], "resources": [resource], "verbs": [verb], "resourceNames": names });
        let role = json!({ "metadata": { "name": name }, "rules": [allowed] });
        assert_eq!(admin.post(&path_of(ObjectKind::Role, &self.namespace), role).await.0, 201);
        let binding = json!({
            "metadata": { "name": name },
            "roleRef": { "apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name },
            "subjects": [{ "kind": "ServiceAccount", "name": account, "namespace": self.namespace }],
        });
        assert_eq!(admin.post(&path_of(ObjectKind::RoleBinding, &self.namespace), binding).await.0, 201);
        self.wait_until_granted(right, names.first().copied()).await;
    }

    /// The real one learns of new bindings by a watch, a moment later.
    async fn wait_until_granted(&self, (verb, group, resource): (&str, &str, &str), name: Option<&str>) {
        let namespace = &self.namespace;
        let attributes =
            json!({ "verb": verb, "group": group, "resource": resource, "namespace": namespace, "name": name });
        let review = json!({ "spec": { "resourceAttributes": attributes } });
        let mut ticks = tokio::time::interval(Duration::from_millis(10));
        for _ in 0..1000 {
            ticks.tick().await;
            if self.real_caller.post(REVIEWS, review.clone()).await.1["status"]["allowed"] == true {
                return;
            }
        }
        panic!("{review} was not granted in time");
    }

    /// Asks both, and gives their answer once it is found to be the same.
    pub(super) async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> (u16, Value) {
        let (fake_status, fake) = self.fake_caller.send(method.clone(), path, body.clone()).await;
        let (real_status, real) = self.real_caller.send(method.clone(), path, body.clone()).await;
        let (fake, real) = (self.fake_caller.without_chance(fake), self.real_caller.without_chance(real));
        let pretty = |answer: &Value| serde_json::to_string_pretty(answer).unwrap();
        assert_eq!(
            format!("{fake_status} {}", pretty(&fake)),
            format!("{real_status} {}", pretty(&real)),
            "the fake one and the real one, asked {method} {path} with {body:?}"
        );
        (fake_status, fake)
    }

    pub(super) async fn get(&self, path: &str) -> (u16, Value) {
        self.ask(Method::GET, path, None).await
    }

    pub(super) async fn post(&self, path: &str, body: Value) -> (u16, Value) {
        self.ask(Method::POST, path, Some(body)).await
    }

    pub(super) async fn delete(&self, path: &str, body: Option<Value>) -> (u16, Value) {
        self.ask(Method::DELETE, path, body).await
    }

    /// The status of a dry run, of which each answer has a UID that is forgotten.
    pub(super) async fn rehearse(&self, path: &str, body: &Value) -> u16 {
        let path = format!("{path}?dryRun=All");
        let without_uid = |(status, mut answer): (u16, Value), caller: &Caller| {
            assert!(answer["metadata"]["resourceVersion"].is_null(), "{answer}");
            answer["metadata"].as_object_mut().unwrap().remove("uid").unwrap();
            (status, caller.without_chance(answer))
        };
        let fake = without_uid(self.fake_caller.post(&path, body.clone()).await, &self.fake_caller);
        let real = without_uid(self.real_caller.post(&path, body.clone()).await, &self.real_caller);
        assert_eq!(fake, real);
        fake.0
    }

    /// What both say to an access review. Only the real one gives reasons.
    pub(super) async fn verdict(&self, review: &Value) -> bool {
        let verdict = |answer: &Value| answer["status"]["allowed"].as_bool().unwrap();
        let fake = verdict(&self.fake_caller.post(REVIEWS, review.clone()).await.1);
        assert_eq!(fake, verdict(&self.real_caller.post(REVIEWS, review.clone()).await.1), "{review}");
        fake
    }

    /// Takes the finalizers from an object of both.
    pub(super) async fn release(&self, kind: ObjectKind, name: &str) {
        self.fake.release(kind, Some(self.namespace.as_str()).filter(|_| is_namespaced(kind)), name);
        let path = format!("{}/{name}", path_of(kind, &self.namespace));
        let released = self.real_caller.merge(&path, &json!({ "metadata": { "finalizers": null } }));
        assert!(released.send().await.unwrap().status().is_success(), "{path}");
    }

    /// Begins the end of the namespace in both.
    pub(super) async fn terminate_namespace(&self) {
        self.fake.terminate_namespace(&self.namespace);
        let (status, answer) = self.real_caller.delete(&format!("/api/v1/namespaces/{}", self.namespace), None).await;
        assert_eq!(status, 200, "{answer}");
    }

    /// Both, as the holders of the tokens in the answers to the same TokenRequest.
    pub(super) async fn holders(&self, path: &str, request: Value) -> [Caller; 2] {
        let mut holders = Vec::new();
        for caller in [&self.fake_caller, &self.real_caller] {
            let (status, answer) = caller.post(path, request.clone()).await;
            assert_eq!(status, 201, "{answer}");
            holders.push(caller.with_token(answer["status"]["token"].as_str().unwrap()));
        }
        holders.try_into().ok().unwrap()
    }
}
