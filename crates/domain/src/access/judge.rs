//! What rules say about one permission, and which of them decided.
//!
//! Within a role the last rule that speaks decides. Across roles a rule that forbids wins over all that allow: whoever was
//! forbidden something does not get it back by one more role. What no rule speaks of is forbidden.

use super::{
    condition::{Conditions, Place, TextCondition},
    glob::Glob,
    held::HeldRole,
    permission::{Permission, Rule},
};

/// Where something is to be done.
#[derive(Clone, Copy, Debug)]
pub enum Where<'a> {
    /// Somewhere: asks whether there can be a place at which it is allowed. Never enough to act upon.
    Somewhere,
    /// In this folder, whatever the labels; as little enough to act upon.
    InFolder {
        /// The environment's slug.
        environment: &'a str,
        /// The folder's path.
        path: &'a str,
    },
    /// In all folders of this environment, whatever lies there and whatever its labels: what forbids it anywhere there forbids
    /// it.
    InAllOf {
        /// The environment's slug.
        environment: &'a str,
    },
    /// Here.
    At(Place<'a>),
}

/// The rule that decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deciding<'a> {
    /// The role it stands in.
    pub role: &'a HeldRole,
    /// Its line there, from 0.
    pub line: usize,
    /// The rule.
    pub rule: &'a Rule,
}

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict<'a> {
    /// A rule allows it and none forbids it.
    Allowed(Deciding<'a>),
    /// This rule forbids it.
    Forbidden(Deciding<'a>),
    /// No rule speaks of it.
    NotSpokenOf,
}

/// What `roles` say about `permission` at `place`.
pub fn judge<'a>(roles: &'a [HeldRole], permission: Permission, place: Where<'_>) -> Verdict<'a> {
    let spoken: Vec<Deciding<'a>> = roles.iter().filter_map(|role| last_word(role, permission, place)).collect();
    let forbids = spoken.iter().find(|deciding| deciding.rule.inverted);
    let allows = spoken.iter().find(|deciding| !deciding.rule.inverted);
    match (forbids, allows) {
        (Some(deciding), _) => Verdict::Forbidden(*deciding),
        (None, Some(deciding)) => Verdict::Allowed(*deciding),
        (None, None) => Verdict::NotSpokenOf,
    }
}

/// The last line of a role that speaks of `permission` at `place`. Of a place that is known too little, whatever forbids is
/// taken to speak and whatever allows is not.
fn last_word<'a>(held: &'a HeldRole, permission: Permission, place: Where<'_>) -> Option<Deciding<'a>> {
    let speaks = |rule: &Rule| {
        rule.covers(permission)
            && match place {
                Where::Somewhere => !rule.inverted || rule.conditions.is_empty(),
                Where::InFolder { environment, path } => {
                    let place = Place { environment, path, metadata: None };
                    rule.conditions.hold_at(&place).unwrap_or(!rule.inverted)
                }
                Where::InAllOf { environment } => {
                    let all = all_of(environment);
                    if rule.inverted { !rule.conditions.exclude(&all) } else { rule.conditions.contain(&all) }
                }
                Where::At(place) => rule.conditions.hold_at(&place).unwrap_or(rule.inverted),
            }
    };
    let (line, rule) = held.rules.iter().enumerate().rev().find(|(_, rule)| speaks(rule))?;
    Some(Deciding { role: held, line, rule })
}

/// What holds in every folder of an environment.
fn all_of(environment: &str) -> Conditions {
    let everywhere: Glob = "/**".parse().expect("it is a pattern");
    Conditions {
        environment: Some(TextCondition::equal_to(environment)),
        secret_path: Some(TextCondition { glob: Some(everywhere), ..TextCondition::default() }),
        metadata: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::access::{
        condition::{Conditions, TextCondition},
        permission::{Action, Subject, to},
    };

    const LEASE: Permission = to(Action::Lease, Subject::DynamicSecrets);

    fn rule(inverted: bool, environment: Option<&str>) -> Rule {
        let conditions = Conditions { environment: environment.map(TextCondition::equal_to), ..Conditions::default() };
        Rule { inverted, conditions, ..Rule::allow(Subject::DynamicSecrets, &[Action::Lease]) }
    }

    fn role(rules: Vec<Rule>) -> HeldRole {
        HeldRole::of_rules(rules)
    }

    fn allowed(roles: &[HeldRole], environment: &str) -> bool {
        let place = Place { environment, path: "/", metadata: Some(&[]) };
        matches!(judge(roles, LEASE, Where::At(place)), Verdict::Allowed(_))
    }

    #[test]
    fn the_last_rule_of_a_role_that_speaks_decides() {
        let reopened = [role(vec![rule(false, None), rule(true, Some("prod")), rule(false, Some("prod"))])];
        assert!(allowed(&reopened, "prod"));
        let closed = [role(vec![rule(false, None), rule(true, Some("prod"))])];
        assert!(allowed(&closed, "dev") && !allowed(&closed, "prod"));
        assert!(!allowed(&[], "dev"));
    }

    #[test]
    fn what_one_role_forbids_no_other_gives_back_in_any_order() {
        let (gives, forbids) = (role(vec![rule(false, None)]), role(vec![rule(true, Some("prod"))]));
        for roles in [[gives.clone(), forbids.clone()], [forbids, gives]] {
            assert!(allowed(&roles, "dev") && !allowed(&roles, "prod"));
        }
    }

    #[test]
    fn somewhere_is_every_place_that_can_be() {
        let somewhere = |roles: &[HeldRole]| matches!(judge(roles, LEASE, Where::Somewhere), Verdict::Allowed(_));
        assert!(somewhere(&[role(vec![rule(false, Some("dev"))])]));
        assert!(somewhere(&[role(vec![rule(false, None), rule(true, Some("prod"))])]));
        assert!(!somewhere(&[role(vec![rule(false, None), rule(true, None)])]));
    }

    #[test]
    fn a_folder_is_every_label_that_can_be() {
        let labelled: Conditions =
            serde_json::from_str(r#"{"metadata":{"$elemMatch":{"key":{"$eq":"tier"}}}}"#).unwrap();
        let on = |inverted| Rule { conditions: labelled.clone(), ..rule(inverted, None) };
        let folder = Where::InFolder { environment: "dev", path: "/" };
        let verdict = |rules: Vec<Rule>| matches!(judge(&[role(rules)], LEASE, folder), Verdict::Allowed(_));
        assert!(verdict(vec![on(false)]));
        assert!(verdict(vec![rule(false, None), on(true)]));
        assert!(!verdict(vec![rule(false, Some("prod"))]));
    }

    #[test]
    fn labels_that_are_not_known_allow_nothing_and_lift_nothing() {
        let labelled: Conditions =
            serde_json::from_str(r#"{"metadata":{"$elemMatch":{"key":{"$eq":"tier"}}}}"#).unwrap();
        let on = |inverted| Rule { conditions: labelled.clone(), ..rule(inverted, None) };
        let unknown = Where::At(Place { environment: "dev", path: "/", metadata: None });
        let verdict = |rules: Vec<Rule>| matches!(judge(&[role(rules)], LEASE, unknown), Verdict::Allowed(_));
        assert!(!verdict(vec![on(false)]));
        assert!(!verdict(vec![rule(false, None), on(true)]));
    }

    #[test]
    fn all_of_an_environment_is_every_folder_and_every_label() {
        let on = |inverted, conditions: &str| Rule {
            conditions: serde_json::from_str(conditions).unwrap(),
            ..rule(inverted, None)
        };
        let everywhere = |rules: Vec<Rule>| {
            matches!(judge(&[role(rules)], LEASE, Where::InAllOf { environment: "prod" }), Verdict::Allowed(_))
        };
        let (all, root) = (|| rule(false, None), r#"{"secretPath":{"$eq":"/"}}"#);
        let labelled = r#"{"metadata":{"$elemMatch":{"key":{"$eq":"tier"}}}}"#;
        assert!(everywhere(vec![all()]));
        assert!(everywhere(vec![on(false, r#"{"environment":{"$in":["dev","prod"]},"secretPath":{"$glob":"/**"}}"#)]));
        for narrow in [root, labelled, r#"{"environment":{"$eq":"dev"}}"#, r#"{"secretPath":{"$glob":"/k8s/**"}}"#] {
            assert!(!everywhere(vec![on(false, narrow)]), "{narrow} is not all of it");
        }
        for ban in [root, labelled, r#"{"secretPath":{"$glob":"/k8s/**"}}"#, r#"{"environment":{"$eq":"prod"}}"#] {
            assert!(!everywhere(vec![all(), on(true, ban)]), "{ban} is in it");
            assert!(everywhere(vec![on(true, ban), all()]), "{ban} is lifted");
            assert!(!everywhere(vec![all(), on(true, ban), on(false, root)]), "{ban} is lifted in a part");
        }
        assert!(everywhere(vec![all(), on(true, r#"{"environment":{"$eq":"dev"}}"#)]));
    }
}
