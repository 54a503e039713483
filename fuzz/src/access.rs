//! Rules of roles: patterns, conditions, and the rules themselves.

use mayfly_domain::{
    access::{
        condition::{Conditions, Place},
        glob::Glob,
        permission::{Rule, to},
    },
    identity::MetadataEntry,
};

/// Longer texts cost the plain matcher too much.
const LONGEST_COMPARED: usize = 64;

/// A pattern matches what its plain meaning says, and what is shown about two patterns is true of every text. The lines
/// are a pattern, another, and a text.
pub fn patterns(data: &[u8]) {
    let Some([one, two, text]) = crate::lines(data) else { return };
    let Ok(one) = one.parse::<Glob>() else { return };
    crate::reads_back(&one);
    assert!(one.as_str().starts_with(one.literal_prefix()));
    assert!(!one.is_literal() || one.matches(one.as_str()), "{one} does not match itself");
    if one.as_str().len() <= LONGEST_COMPARED && text.len() <= LONGEST_COMPARED {
        assert_eq!(one.matches(text), plainly_matches(one.as_str(), text), "{one} and {text:?}");
    }
    let Ok(two) = two.parse::<Glob>() else { return };
    let (in_one, in_two) = (one.matches(text), two.matches(text));
    assert!(!(one.contains(&two) && in_two) || in_one, "{one} contains {two}, but for {text:?}");
    assert!(!(one.excludes(&two) && in_one && in_two), "{one} excludes {two}, but for {text:?}");
    assert_eq!(one.excludes(&two), two.excludes(&one));
    assert!(one.contains(&one) && two.contains(&two));
}

/// What the words of the documentation say: what begins at the root fits what does; then parts against parts, where `**`
/// is any number of them, and in each part signs against signs, where `*` is any number and `?` is one.
fn plainly_matches(pattern: &str, text: &str) -> bool {
    if pattern.starts_with('/') && !text.starts_with('/') {
        return false;
    }
    let parts = |text: &str| -> Vec<String> {
        if text == "/" { vec![String::new()] } else { text.split('/').map(str::to_owned).collect() }
    };
    let signs = |text: &String| -> Vec<char> { text.chars().collect() };
    let fits_part = |pattern: &String, text: &String| {
        row_by_row(&signs(pattern), &signs(text), |sign| *sign == '*', |sign, found| *sign == '?' || sign == found)
    };
    row_by_row(&parts(pattern), &parts(text), |part| part == "**", fits_part)
}

/// Which beginnings of the text the pattern so far fits, one token of it after the other: slow, and plain to see.
fn row_by_row<T>(pattern: &[T], text: &[T], is_any: impl Fn(&T) -> bool, fits: impl Fn(&T, &T) -> bool) -> bool {
    let mut fitting: Vec<bool> = (0..=text.len()).map(|length| length == 0).collect();
    for token in pattern {
        let before = fitting;
        let mut fits_shorter = false;
        fitting = (0..=text.len())
            .map(|length| {
                fits_shorter |= before.get(length) == Some(&true);
                let last = length.checked_sub(1);
                let fits_rest = last.is_some_and(|last| before.get(last) == Some(&true));
                let fits_last = last.and_then(|last| text.get(last)).is_some_and(|found| fits(token, found));
                if is_any(token) { fits_shorter } else { fits_rest && fits_last }
            })
            .collect();
    }
    fitting.last() == Some(&true)
}

/// Conditions read back as themselves, and what is shown about two of them is true everywhere. The lines are conditions
/// as JSON, others, an environment, a path, and a label's key and value.
pub fn conditions(data: &[u8]) {
    let Some([one, two, environment, path, key, value]) = crate::lines(data) else { return };
    let Ok(one) = serde_json::from_str::<Conditions>(one) else { return };
    crate::reads_back(&one);
    assert!(one.contain(&one), "conditions do not contain themselves");
    let labels = [MetadataEntry { key: key.to_owned(), value: value.to_owned() }];
    let here = Place { environment, path, metadata: Some(&labels) };
    let in_one = one.hold_at(&here).expect("the labels are known");
    let unknown = one.hold_at(&Place { metadata: None, ..here });
    assert!(unknown.is_none_or(|holds| holds == in_one), "what labels do not decide was decided by them");
    let Ok(two) = serde_json::from_str::<Conditions>(two) else { return };
    let in_two = two.hold_at(&here).expect("the labels are known");
    assert!(!(one.contain(&two) && in_two) || in_one, "contained, but not here");
    assert!(!(one.exclude(&two) && in_one && in_two), "excluded, but not here");
    assert_eq!(one.exclude(&two), two.exclude(&one));
}

/// Rules read back as themselves, and speak of nothing but what they name.
pub fn role_rules(data: &[u8]) {
    let Ok(rules) = serde_json::from_slice::<Vec<Rule>>(data) else { return };
    crate::reads_back(&rules);
    for rule in &rules {
        for action in &rule.actions {
            assert!(rule.covers(to(*action, rule.subject)));
        }
        let others = rule.subject.actions().iter().filter(|action| !rule.actions.contains(action));
        for action in others {
            assert!(!rule.covers(to(*action, rule.subject)), "{rule:?} covers {action:?}");
        }
    }
}
