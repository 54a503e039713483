//! Words of a cluster, made fit to be shown.

/// Characters of a foreign message we keep. A refusal to give rights away, the longest that Kubernetes writes about our
/// calls, names the user and all groups before the rules that are missing: some 500 characters with long names.
const LONGEST_MESSAGE: usize = 1000;

/// `message` on one line, at most 1000 characters long, without control characters, and without anything that looks
/// like a token: an API server, or whoever plays one, may echo what we sent.
pub fn clean(message: &str) -> String {
    let one_line: String = message.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words = one_line.split(' ').filter(|word| !word.is_empty());
    let hidden: Vec<&str> = words.map(|word| if looks_secret(word) { "[hidden]" } else { word }).collect();
    let text = hidden.join(" ");
    match text.char_indices().nth(LONGEST_MESSAGE) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}

/// A JWT, or any long run without a space that no Kubernetes name can be.
fn looks_secret(word: &str) -> bool {
    /// Names and UIDs are shorter together with the punctuation around them; opaque tokens are longer.
    const LONGEST_PLAIN_WORD: usize = 100;
    word.contains("eyJ") || word.eq_ignore_ascii_case("bearer") || word.len() > LONGEST_PLAIN_WORD
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_line_breaks_do_not_get_through() {
        let echo = "invalid token\n\"eyJhbGciOiJSUzI1NiJ9.e30.c2ln\" given";
        assert_eq!(clean(echo), "invalid token [hidden] given");
        assert_eq!(clean(&format!("got {}", "x".repeat(200))), "got [hidden]");
    }

    #[test]
    fn a_long_message_is_cut() {
        let cut = clean(&"word ".repeat(1000));
        assert_eq!(cut.chars().count(), LONGEST_MESSAGE + 1);
        assert!(cut.ends_with('…'));
    }

    #[test]
    fn what_kubernetes_says_stays_readable() {
        let message = r#"serviceaccounts "deployer" is forbidden: User "system:serviceaccount:a:issuer" cannot create resource "serviceaccounts/token" in API group "" in the namespace "team-a""#;
        assert_eq!(clean(message), message);
    }

    #[test]
    fn a_refusal_to_give_rights_away_still_names_the_rules() {
        let namespace = "n".repeat(63);
        let message = format!(
            "rolebindings.rbac.authorization.k8s.io \"{namespace}\" is forbidden: user \
             \"system:serviceaccount:{namespace}:issuer\" (groups=[\"system:serviceaccounts\" \
             \"system:serviceaccounts:{namespace}\" \"system:authenticated\"]) is attempting to grant RBAC permissions \
             not currently held: {{APIGroups:[\"\"], Resources:[\"pods\"], Verbs:[\"get\"]}}"
        );
        assert_eq!(clean(&message), message);
    }
}
