//! May somebody give this? Nobody gives, or gives back, what they do not hold themselves.
//!
//! Containment is decided rule by rule, and what cannot be shown is refused: a `false` here may be too strict, a `true` is
//! never wrong.

use super::{
    held::HeldRole,
    permission::{Action, Rule},
};

/// Whether whoever holds `own` may change somebody's rules from `old` to `new`: they must hold all that `new` allows and all that
/// `old` allowed (taking a strong role away needs as much as giving it), and all that `old` forbade and `new` does not, because
/// lifting a ban gives too. Nobody gives what reads stored cluster tokens back.
pub fn may_change(own: &[HeldRole], old: &[Rule], new: &[Rule]) -> bool {
    let lifted = old.iter().filter(|rule| rule.inverted && !forbids_as_much(new, rule));
    let allowed = old.iter().chain(new).filter(|rule| !rule.inverted);
    allowed.chain(lifted).all(|rule| holds(own, rule, new))
}

/// Whether a ban among `new` covers `old`, and nothing behind it lifts it again.
fn forbids_as_much(new: &[Rule], old: &Rule) -> bool {
    let is_ban = |rule: &Rule| rule.inverted && speaks_of_all(rule, old) && rule.conditions.contain(&old.conditions);
    let lifts = |rule: &Rule| !rule.inverted && overlaps(rule, old) && !rule.conditions.exclude(&old.conditions);
    let position = new.iter().rposition(is_ban);
    position.is_some_and(|position| !new.iter().skip(position + 1).any(lifts))
}

fn speaks_of_all(rule: &Rule, other: &Rule) -> bool {
    rule.subject == other.subject && other.actions.iter().all(|action| rule.actions.contains(action))
}

fn overlaps(rule: &Rule, other: &Rule) -> bool {
    rule.subject == other.subject && other.actions.iter().any(|action| rule.actions.contains(action))
}

/// Whether `own` surely allow, everywhere, what `rule` speaks of. `given` are the rules it is given with: a ban among them that
/// follows the rule makes good for one of `own`.
fn holds(own: &[HeldRole], rule: &Rule, given: &[Rule]) -> bool {
    rule.actions.iter().all(|action| {
        *action != Action::RevealRootCredential
            // What is held for a time only would outlive it in somebody else's hands.
            && own.iter().any(|role| role.span.is_none() && allows(&role.rules, rule, *action))
            && own.iter().all(|role| bans_are_harmless(&role.rules, rule, *action, given))
    })
}

fn allows(rules: &[Rule], wanted: &Rule, action: Action) -> bool {
    let holds_all = |rule: &Rule| is_about(rule, wanted, action) && rule.conditions.contain(&wanted.conditions);
    rules.iter().any(|rule| !rule.inverted && holds_all(rule))
}

/// Whether each ban on `wanted` speaks of other places, or goes along with what is given.
fn bans_are_harmless(rules: &[Rule], wanted: &Rule, action: Action, given: &[Rule]) -> bool {
    rules
        .iter()
        .filter(|rule| rule.inverted && is_about(rule, wanted, action))
        .all(|ban| ban.conditions.exclude(&wanted.conditions) || goes_along(given, wanted, ban, action))
}

fn goes_along(given: &[Rule], wanted: &Rule, ban: &Rule, action: Action) -> bool {
    let last_allowing = given.iter().rposition(|rule| !rule.inverted && is_about(rule, wanted, action));
    let after = last_allowing.map_or(0, |position| position + 1);
    given
        .iter()
        .skip(after)
        .any(|rule| rule.inverted && is_about(rule, wanted, action) && rule.conditions.contain(&ban.conditions))
}

fn is_about(rule: &Rule, wanted: &Rule, action: Action) -> bool {
    rule.subject == wanted.subject && rule.actions.contains(&action)
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use proptest::prelude::*;

    use super::*;
    use crate::access::{
        condition::{Conditions, Place, TextCondition},
        held::Span,
        judge::{Verdict, Where, judge},
        permission::{Subject, to},
        role::ProjectRole,
    };

    fn own(roles: &[ProjectRole]) -> Vec<HeldRole> {
        roles.iter().map(|role| HeldRole::built_in(*role)).collect()
    }

    fn may_give(own: &[HeldRole], role: ProjectRole) -> bool {
        may_change(own, &[], &role.rules())
    }

    #[test]
    fn nobody_gives_what_they_do_not_hold() {
        use ProjectRole::{Admin, Member, NoAccess, Provisioner, Viewer};
        assert!(may_give(&own(&[Admin]), Admin));
        assert!(may_give(&own(&[Admin]), Member));
        assert!(!may_give(&own(&[Member]), Admin));
        assert!(!may_give(&own(&[Admin]), Provisioner));
        assert!(!may_give(&own(&[Provisioner]), Provisioner));
        assert!(!may_give(&own(&[Admin, Provisioner]), Provisioner));
        assert!(may_give(&own(&[Member]), Viewer));
        assert!(!may_give(&own(&[]), Viewer));
        assert!(may_give(&own(&[]), NoAccess));
    }

    fn rule(inverted: bool, environment: Option<&str>) -> Rule {
        let conditions = Conditions { environment: environment.map(TextCondition::equal_to), ..Conditions::default() };
        Rule { inverted, conditions, ..Rule::allow(Subject::DynamicSecrets, &[Action::Lease]) }
    }

    #[test]
    fn what_is_held_for_a_time_is_not_given_on_and_its_bans_count() {
        let span = Some(Span { from: Timestamp::MIN, until: Timestamp::MAX });
        let [admin] = own(&[ProjectRole::Admin]).try_into().unwrap();
        let for_a_time = HeldRole { span, ..admin.clone() };
        assert!(!may_give(&[for_a_time], ProjectRole::Viewer));
        let ban = HeldRole { span, ..HeldRole::of_rules(vec![rule(true, None)]) };
        assert!(!may_change(&[admin, ban], &[], &[rule(false, None)]));
    }

    #[test]
    fn lifting_a_ban_needs_what_it_bans() {
        let banned = [rule(true, Some("prod"))];
        assert!(may_change(&own(&[ProjectRole::Admin]), &banned, &[]));
        let without_prod = [HeldRole::of_rules(vec![rule(false, None), rule(true, Some("prod"))])];
        assert!(!may_change(&without_prod, &banned, &[]));
        assert!(may_change(&without_prod, &banned, &banned));
        assert!(may_change(&without_prod, &[], &[rule(false, Some("dev"))]));
        assert!(!may_change(&without_prod, &[], &[rule(false, None)]));
        assert!(may_change(&without_prod, &[], &[rule(false, None), rule(true, Some("prod"))]), "the ban goes along");
    }

    fn some_rule() -> impl Strategy<Value = Rule> {
        let environment = prop_oneof![Just(None), Just(Some("dev")), Just(Some("prod"))];
        let action = prop_oneof![Just(Action::Lease), Just(Action::ReadRootCredential)];
        let path = prop_oneof![Just(None), Just(Some("/**")), Just(Some("/a/**"))];
        (any::<bool>(), environment, path, action).prop_map(|(inverted, environment, path, action)| {
            let glob = path.map(|path| TextCondition { glob: path.parse().ok(), ..TextCondition::default() });
            let mut rule = Rule { actions: vec![action], ..rule(inverted, environment) };
            rule.conditions.secret_path = glob;
            rule
        })
    }

    fn some_rules() -> impl Strategy<Value = Vec<Rule>> {
        proptest::collection::vec(some_rule(), 0..4)
    }

    fn allowed(roles: &[HeldRole], action: Action, place: Place<'_>) -> bool {
        matches!(judge(roles, to(action, Subject::DynamicSecrets), Where::At(place)), Verdict::Allowed(_))
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: ProptestConfig::default().cases * 16, ..ProptestConfig::default() })]
        #[test]
        fn a_change_that_may_be_made_gives_nothing_that_its_maker_does_not_hold(
            (one, two, other) in (some_rules(), some_rules(), some_rules()), (old, new) in (some_rules(), some_rules())
        ) {
            let own = [HeldRole::of_rules(one), HeldRole::of_rules(two)];
            // One in six may be made; a check that let all of them pass failed at once.
            let may = may_change(&own, &old, &new);
            let held = |rules: Vec<Rule>| [HeldRole::of_rules(other.clone()), HeldRole::of_rules(rules)];
            let (before, after) = (held(old), held(new));
            for environment in ["dev", "prod"] {
                for path in ["/", "/a", "/a/b"] {
                    for action in [Action::Lease, Action::ReadRootCredential] {
                        let place = Place { environment, path, metadata: Some(&[]) };
                        let gained = allowed(&after, action, place) && !allowed(&before, action, place);
                        prop_assert!(!may || !gained || allowed(&own, action, place), "{environment} {path} {action:?}");
                    }
                }
            }
        }
    }
}
