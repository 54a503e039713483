//! Tokens. A TokenRequest does not show its account's labels: the name must tell.

use super::{
    AdmissionPolicy, Confinement, Matches, Operation, OwnTokens, PlainTokens,
    cel::{ID, all, is_inside, is_our_name, list},
};
use crate::renewal::RENEWED_SECONDS;

const TOKENS: Matches = Matches { operations: &[Operation::Create], resources: &[("", &["serviceaccounts/token"])] };

/// Whose token it may be, and how long it may live.
fn whose_and_how_long(policy: AdmissionPolicy, confinement: &Confinement) -> AdmissionPolicy {
    const WHOSE: &str = "the account is neither temporary nor one that is allowed";
    let longest = confinement.longest_token_seconds;
    match confinement.own_tokens {
        OwnTokens::Closed => {
            policy.must("variables.temporary || variables.existing", WHOSE).must(short(longest), too_long(longest))
        }
        OwnTokens::Renewed => policy
            .with(
                "own",
                "'system:serviceaccount:' + request.namespace + ':' + request.name == request.userInfo.username"
                    .to_owned(),
            )
            .must("variables.temporary || variables.existing || variables.own", WHOSE)
            .must(format!("variables.own || {}", short(longest)), too_long(longest))
            .must(format!("!variables.own || {}", short(RENEWED_SECONDS)), too_long(RENEWED_SECONDS)),
    }
}

fn short(seconds: u64) -> String {
    format!("object.spec.expirationSeconds <= {seconds}")
}

fn too_long(seconds: u64) -> String {
    format!("a token must live at most {seconds} s")
}

/// A token is for a temporary account, which takes it away with it, or for a named one and bound to an anchor.
pub(super) fn tokens(confinement: &Confinement) -> AdmissionPolicy {
    let bound = all(&[
        // One that is absent is shown without anything in it.
        "has(object.spec.boundObjectRef)".to_owned(),
        "has(object.spec.boundObjectRef.kind) && has(object.spec.boundObjectRef.name)".to_owned(),
        "object.spec.boundObjectRef.kind == 'Secret'".to_owned(),
        format!("object.spec.boundObjectRef.name.matches('^mayfly-{ID}$')"),
    ]);
    let policy = AdmissionPolicy::new(confinement, "tokens", TOKENS)
        .with("temporary", all(&[is_inside(confinement), is_our_name("request.name", confinement)]))
        .with("existing", format!("request.namespace + '/' + request.name in {}", list(&confinement.accounts)));
    let policy = whose_and_how_long(policy, confinement);
    let policy = match confinement.plain_tokens {
        PlainTokens::Closed => policy.must(
            format!("!variables.existing || (\n{bound})"),
            "a token of an existing account must be bound to an anchor",
        ),
        PlainTokens::Open => policy,
    };
    if confinement.audiences.is_empty() {
        return policy;
    }
    policy.must(
        format!("object.spec.audiences.all(audience, audience in {})", list(&confinement.audiences)),
        "a token must have no audiences but those that are allowed",
    )
}
