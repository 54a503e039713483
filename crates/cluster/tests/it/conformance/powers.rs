//! Roles to choose from, and what an account or a role may do: all of it where we may look, and said where we may not.

use mayfly_cluster::{Listing, More, Place as _, Powers, PowersOf, Right, Unseen};
use mayfly_domain::plan::{ObjectKind, RoleKind};
use serde_json::json;

use super::{
    on_both_sides,
    plans::{READER, reading},
    sides::{
        Side,
        rights::{RBAC, Rule},
    },
};
use crate::ground::DEPLOYER;

async fn powers(side: &Side, of: PowersOf) -> Powers {
    let discover = side.discover_more(More::Powers(of));
    side.executor.discover(discover, side.deadline()).await.unwrap().powers.expect("it was asked for")
}

fn deployer() -> PowersOf {
    PowersOf::Account(DEPLOYER.parse().unwrap())
}

async fn bind(side: &Side, kind: ObjectKind, name: &str, role: (&str, &str), subject: serde_json::Value) {
    let (role_kind, role) = role;
    let role_ref = json!({"apiGroup": RBAC, "kind": role_kind, "name": role});
    side.put(kind, name, json!({"roleRef": role_ref, "subjects": [subject]})).await;
}

async fn let_look(side: &Side) {
    side.let_read_everything().await;
    side.allow_everywhere(&[Rule::new(RBAC, "roles", &["get"]), Rule::new(RBAC, "clusterroles", &["get"])]).await;
}

on_both_sides! {
    async fn roles_are_listed_and_what_may_not_be_listed_is_said(side: Side) {
        side.add_roles().await;
        let list = async || side.executor.discover(side.discover_more(More::Roles), side.deadline()).await.unwrap();
        let found = list().await;
        let right = Right { group: RBAC.to_owned(), ..Right::core("list", "roles").within(&side.namespace) };
        assert_eq!(found.roles, Some(Listing::NotAllowed { missing: right }));
        let_look(&side).await;
        let found = list().await;
        assert_eq!(found.accounts, None);
        let Some(Listing::Complete { items }) = found.roles else { panic!("it may list") };
        assert!(items.iter().any(|name| name.as_str() == READER), "{items:?}");
        let Some(Listing::Complete { items }) = found.cluster_roles else { panic!("it may list") };
        assert!(items.iter().any(|name| name.as_str() == side.cluster_reader()), "{items:?}");
    }

    async fn an_account_has_what_its_bindings_and_those_of_its_groups_give(side: Side) {
        side.add_roles().await;
        let_look(&side).await;
        let account = json!({"kind": "ServiceAccount", "namespace": side.namespace, "name": DEPLOYER});
        let other = json!({"kind": "ServiceAccount", "namespace": side.namespace, "name": "another"});
        let group = format!("system:serviceaccounts:{}", side.namespace);
        let group = json!({"kind": "Group", "apiGroup": RBAC, "name": group});
        let reader = side.cluster_reader();
        bind(&side, ObjectKind::RoleBinding, "own", ("Role", READER), account).await;
        bind(&side, ObjectKind::RoleBinding, "group", ("ClusterRole", &reader), group).await;
        bind(&side, ObjectKind::RoleBinding, "other", ("Role", READER), other).await;
        let powers = powers(&side, deployer()).await;
        assert_eq!(powers.unseen, []);
        let of = |name: &str| {
            let binding = format!("RoleBinding `{name}` in namespace `{}`", side.namespace);
            powers.sources.iter().find(|source| source.binding.as_ref() == Some(&binding))
        };
        let (own, group) = (of("own").expect("its own"), of("group").expect("its group's"));
        assert_eq!((&own.rules, &own.namespace), (&reading(), &Some(side.namespace.clone())));
        assert_eq!((&group.rules, group.role.as_str()), (&reading(), format!("ClusterRole `{reader}`").as_str()));
        assert_eq!(of("other"), None);
    }

    async fn what_may_not_be_looked_at_is_said(side: Side) {
        let powers = powers(&side, deployer()).await;
        let right = |resource: &str| Right { group: RBAC.to_owned(), ..Right::core("list", resource) };
        let inside = right("rolebindings").within(&side.namespace);
        let expected = [right("rolebindings"), inside, right("clusterrolebindings")].map(Unseen::NotAllowed);
        assert_eq!((powers.sources, powers.unseen), (Vec::new(), expected.to_vec()));
    }

    async fn a_role_has_its_resolved_rules(side: Side) {
        side.add_roles().await;
        let role = || PowersOf::Role(RoleKind::Role, READER.parse().unwrap());
        let [Unseen::NotAllowed(right)] = &powers(&side, role()).await.unseen[..] else { panic!("it may not look") };
        assert_eq!((right.verb.as_str(), right.name.as_deref()), ("get", Some(READER)));
        let_look(&side).await;
        let [source] = &powers(&side, role()).await.sources[..] else { panic!("one role") };
        assert_eq!((&source.rules, &source.binding), (&reading(), &None));
        let gone = side.discover_more(More::Powers(PowersOf::Role(RoleKind::ClusterRole, "gone".parse().unwrap())));
        let error = side.executor.discover(gone, side.deadline()).await.unwrap_err();
        assert!(error.public_text().contains("ClusterRole `gone`"), "{error}");
    }
}
