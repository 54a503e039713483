//! The table of subjects and policies: every pair that is let in is written down, and no other is.

use super::*;

/// Subjects as GitHub and GitLab write them, and as somebody would who wants in.
const SUBJECTS: [&str; 60] = [
    "repo:acme/shop:ref:refs/heads/main",
    "repo:acme/shop:ref:refs/heads/dev",
    "repo:acme/shop:ref:refs/heads/main/x",
    "repo:acme/shop:ref:refs/heads/release-1",
    "repo:acme/shop:ref:refs/heads/release-",
    "repo:acme/shop:ref:refs/heads/release-1/evil",
    "repo:acme/shop:ref:refs/tags/v1.2.3",
    "repo:acme/shop:ref:refs/tags/v",
    "repo:acme/shop:ref:refs/pull/7/merge",
    "repo:acme/shop:pull_request",
    "repo:acme/shop:environment:prod",
    "repo:acme/shop:environment:prod-eu",
    "repo:acme/shop:environment:dev",
    "repo:acme/shop:environment:",
    "repo:acme/shop:environment:prod:ref:refs/heads/main",
    "repo:acme/shop:job_workflow_ref:acme/ci/.github/workflows/x.yml@refs/heads/main",
    "repo:acme/api:ref:refs/heads/main",
    "repo:acme/api:environment:prod",
    "repo:acme/api:pull_request",
    "repo:acme/:ref:refs/heads/main",
    "repo:acme//shop:ref:refs/heads/main",
    "repo:acme/shop/:ref:refs/heads/main",
    "repo:acme/a:b:ref:refs/heads/main",
    "repo:acme:ref:refs/heads/main",
    "repo:acme/shop:ref:refs/heads/main ",
    " repo:acme/shop:ref:refs/heads/main",
    "repo:acme/shop:ref:refs/heads/Main",
    "repo:Acme/shop:ref:refs/heads/main",
    "REPO:acme/shop:ref:refs/heads/main",
    "repo:acme/shop:ref:refs/heads/main\n",
    "repo:acme-evil/shop:ref:refs/heads/main",
    "repo:evil-acme/shop:ref:refs/heads/main",
    "repo:evil/shop:ref:refs/heads/main",
    "repo:evil/acme/shop:ref:refs/heads/main",
    "repo:evil/x:ref:refs/heads/repo:acme/shop:ref:refs/heads/main",
    "repo:evil/x:environment:repo:acme/shop:ref:refs/heads/main",
    "repo:acme/*:ref:refs/heads/main",
    "repo:acme/shop:ref:refs/heads/*",
    "repo:*/*:ref:refs/heads/main",
    "*",
    "",
    ":",
    "//::",
    "repo",
    "repo:",
    "repo:acme",
    "repo:acme/shop",
    "repo:acme/shop:",
    "project_path:acme/shop:ref_type:branch:ref:main",
    "project_path:acme/shop:ref_type:tag:ref:v1",
    "project_path:acme/shop:ref_type:branch:ref:dev",
    "project_path:acme/sub/shop:ref_type:branch:ref:main",
    "project_path:acme/api:ref_type:branch:ref:main",
    "project_path:evil/shop:ref_type:branch:ref:main",
    "project_path:acme/shop:ref_type:branch:ref:main:extra",
    "system:serviceaccount:ci:runner",
    "system:serviceaccount:ci:runner:x",
    "system:serviceaccount:dev:runner",
    "repo:acme/shop:ref:refs∕heads∕main",
    "repo:acme/shop：ref:refs/heads/main",
];

/// Each policy with the subjects it lets in, by their place in the list.
const POLICIES: [(&str, &[usize]); 12] = [
    ("repo:acme/shop:ref:refs/heads/main", &[0]),
    ("repo:acme/*:ref:refs/heads/main", &[0, 16, 36]),
    ("repo:acme/shop:ref:refs/heads/*", &[0, 1, 3, 4, 24, 26, 29, 37]),
    ("repo:acme/shop:ref:refs/heads/release-*", &[3]),
    ("repo:acme/shop:ref:refs/tags/v*", &[6]),
    ("repo:acme/shop:environment:prod", &[10]),
    ("repo:acme/*:environment:prod", &[10, 17]),
    ("repo:acme/shop:environment:*", &[10, 11, 12]),
    ("repo:acme/shop:pull_request", &[9]),
    ("project_path:acme/*:ref_type:branch:ref:main", &[48, 52]),
    ("project_path:acme/shop:ref_type:*:ref:*", &[48, 49, 50]),
    ("system:serviceaccount:ci:*", &[55]),
];

#[test]
fn each_policy_lets_in_exactly_the_subjects_that_are_written_down() {
    for (policy, expected) in POLICIES {
        let pattern: ClaimPattern = policy.parse().unwrap();
        assert!(pattern.names_an_owner(), "{policy}");
        let let_in: Vec<usize> = (0..SUBJECTS.len()).filter(|place| pattern.matches(SUBJECTS[*place])).collect();
        assert_eq!(let_in, expected, "{policy}");
    }
}

#[test]
fn a_pattern_that_would_let_anybody_in_is_refused() {
    for (text, why) in [
        ("", InvalidClaimPattern::Empty),
        ("  \t", InvalidClaimPattern::Empty),
        ("*", InvalidClaimPattern::Open),
        ("*:acme", InvalidClaimPattern::Open),
        ("*acme", InvalidClaimPattern::Open),
        ("a:**", InvalidClaimPattern::Stars),
        ("a:*x*", InvalidClaimPattern::Stars),
    ] {
        assert_eq!(text.parse::<ClaimPattern>(), Err(why), "{text:?}");
    }
    assert_eq!("a".repeat(1025).parse::<ClaimPattern>(), Err(InvalidClaimPattern::TooLong));
    for subject in ["repo:*/shop:ref:refs/heads/main", "repo:acme*/shop:ref:refs/heads/main", "re*:acme/shop"] {
        assert!(!subject.parse::<ClaimPattern>().unwrap().names_an_owner(), "{subject}");
    }
}

/// As long as they may be, with texts that almost fit: whoever tries every way is not done in a lifetime.
#[test]
fn the_worst_patterns_are_judged_all_the_same() {
    let longest = |part: &str| part.repeat(ClaimPattern::LONGEST / part.len());
    let mut judged = 0;
    for part in [":*", ":*a", ":a*", ":a*a", "/*a"] {
        let cut: String = format!("a{}", longest(part)).chars().take(ClaimPattern::LONGEST - 3).collect();
        let pattern: ClaimPattern = format!("{}:c", cut.trim_end_matches([':', '/'])).parse().unwrap();
        for text in [longest("a"), longest(":a"), longest("a:"), longest("/aa"), longest("a:").repeat(64)] {
            assert!(!pattern.matches(&text), "{part}");
            judged += 1;
        }
    }
    assert_eq!(judged, 25);
}
