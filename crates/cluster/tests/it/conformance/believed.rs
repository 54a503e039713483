//! What somebody else carried out is believed as far as its token says the same.

use mayfly_cluster::{Issued, WrongToken};
use mayfly_domain::plan::{ExpectedRules, LeasePlan, OnRoleChange};

use super::{on_both_sides, plans::Shape, sides::Side};

/// What the word says is another than the token's.
fn lies(issued: &Issued) -> Vec<(&'static str, Issued)> {
    let lie = |change: &dyn Fn(&mut Issued)| {
        let mut changed = issued.clone();
        change(&mut changed);
        changed
    };
    vec![
        ("jti", lie(&|issued| issued.grant.jti = Some("another".to_owned()))),
        ("account_uid", lie(&|issued| issued.grant.account_uid = "another".to_owned())),
        ("granted_seconds", lie(&|issued| issued.granted_seconds += 1)),
        ("token_expires_at", lie(&|issued| issued.grant.token_expires_at += jiff::SignedDuration::from_secs(1))),
    ]
}

on_both_sides! {
    async fn what_a_gateway_says_is_held_against_the_plan_and_the_token(side: Side) {
        side.let_issue_every_shape().await;
        let now = side.clock.ambient(1).now();
        for shape in Shape::ALL {
            let (plan, other) = (side.plan_of(shape), side.plan_of(shape));
            let issued = side.carry_out_plan(&plan).await.unwrap();
            let foreign = side.carry_out_plan(&other).await.unwrap();
            assert!(issued.clone().believed(&plan, now).is_ok(), "{shape:?}");
            for (what, lie) in lies(&issued) {
                assert_eq!(lie.believed(&plan, now).unwrap_err(), WrongToken::Disagrees { what: what.to_owned() }, "{shape:?}");
            }
            if plan.account.access().is_some_and(|access| access.existing_role().is_some()) {
                let other = ExpectedRules { sha256: "others".to_owned(), on_change: OnRoleChange::Block };
                let strict = LeasePlan { expected_rules: Some(other), ..plan.clone() };
                let disagrees = WrongToken::Disagrees { what: "rules_sha256".to_owned() };
                assert_eq!(issued.clone().believed(&strict, now).unwrap_err(), disagrees, "{shape:?}");
            }
            if plan.objects().is_empty() {
                continue;
            }
            // A good token of another lease, and one of this lease that is bound to nothing that was told.
            let swapped = Issued { token: foreign.token.clone(), ..issued.clone() };
            assert!(swapped.believed(&plan, now).is_err(), "{shape:?}");
            assert!(foreign.believed(&plan, now).is_err(), "{shape:?}");
            for object in 0..issued.grant.objects.len() {
                let mut less = issued.clone();
                less.grant.objects.remove(object);
                let mut nameless = issued.clone();
                nameless.grant.objects[object].uid = None;
                for lie in [less, nameless] {
                    assert_eq!(lie.believed(&plan, now).unwrap_err(), WrongToken::Disagrees { what: "objects".to_owned() });
                }
            }
        }
    }
}
