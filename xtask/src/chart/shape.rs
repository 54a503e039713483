//! What decides how an admission policy reads, and the placeholders in it.

use mayfly_domain::admission::{AdmissionPolicy, Confinement, OwnRules, OwnTokens, PlainTokens};
use serde_json::Value;

const NAME: &str = "placeholder-name";
const INSTALLATION: &str = "00000000-0000-7000-8000-000000000000";
const ISSUER: &str = "placeholder-issuer";
const NAMESPACE: &str = "placeholder-namespace";
const ROLE: &str = "placeholder-role";
const CLUSTER_ROLE: &str = "placeholder-cluster-role";
const EVERYWHERE: &str = "placeholder-everywhere";
const HOME: &str = "placeholder-home";
const ACCOUNT: &str = "placeholder-home/placeholder-account";
const AUDIENCE: &str = "placeholder-audience";
const LABEL: &str = "placeholder-label";
const ANNOTATION: &str = "placeholder-annotation";
/// No number of seconds that a policy could have beside it.
const SECONDS: u64 = 918_273_645;

/// Whether there are any of something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Number {
    None,
    Some,
}

impl Number {
    const ALL: [Self; 2] = [Self::None, Self::Some];

    fn of<T>(self, placeholder: T) -> Vec<T> {
        if self == Self::Some { vec![placeholder] } else { Vec::new() }
    }
}

/// What decides how the policies read.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    namespaces: Number,
    own_rules: OwnRules,
    everywhere: Number,
    audiences: Number,
}

impl Shape {
    /// Every one that values can come to: without namespaces for leases there is nothing to bind in the whole cluster.
    pub(super) fn all() -> Vec<Self> {
        let mut all = Vec::new();
        for namespaces in Number::ALL {
            for own_rules in [OwnRules::Closed, OwnRules::InNamespace, OwnRules::Everywhere] {
                for everywhere in Number::ALL {
                    let is_wide = own_rules == OwnRules::Everywhere || everywhere == Number::Some;
                    if namespaces == Number::Some || !is_wide {
                        let shape = |audiences| Self { namespaces, own_rules, everywhere, audiences };
                        all.extend(Number::ALL.map(shape));
                    }
                }
            }
        }
        all
    }

    /// As the template's caller says it.
    pub(super) fn word(self) -> String {
        let word =
            |number, none: &str, some: &str| if number == Number::None { none.to_owned() } else { some.to_owned() };
        let own = match self.own_rules {
            OwnRules::Closed => "closed",
            OwnRules::InNamespace => "namespace",
            OwnRules::Everywhere => "everywhere",
        };
        let (inside, open) = (word(self.namespaces, "nowhere", "inside"), word(self.everywhere, "shut", "open"));
        format!("{inside}-{own}-{open}-{}", word(self.audiences, "any", "listed"))
    }

    /// Policies and bindings about placeholders.
    pub(super) fn manifests(self) -> anyhow::Result<Vec<Value>> {
        let confinement = Confinement {
            name: Some(NAME.parse()?),
            installation: INSTALLATION.parse()?,
            issuer: ISSUER.to_owned(),
            namespaces: self.namespaces.of(NAMESPACE.parse()?),
            namespace_selector: None,
            name_templates: Vec::new(),
            roles: vec![ROLE.parse()?],
            cluster_roles: vec![CLUSTER_ROLE.parse()?],
            cluster_roles_everywhere: self.everywhere.of(EVERYWHERE.parse()?),
            own_rules: self.own_rules,
            accounts: vec![ACCOUNT.parse()?],
            plain_tokens: PlainTokens::Open,
            own_tokens: OwnTokens::Closed,
            audiences: self.audiences.of(AUDIENCE.to_owned()),
            longest_token_seconds: SECONDS,
            labels: vec![LABEL.to_owned()],
            annotations: vec![ANNOTATION.to_owned()],
        };
        Ok(confinement.policies()?.iter().flat_map(AdmissionPolicy::manifests).collect())
    }
}

/// The text with Helm's words in the place of the placeholders.
pub(super) fn filled(text: &str) -> String {
    let lists = [
        (NAMESPACE, "namespaces"),
        (ROLE, "roles"),
        (CLUSTER_ROLE, "clusterRoles"),
        (EVERYWHERE, "clusterRolesEverywhere"),
        (ACCOUNT, "accounts"),
        (HOME, "homes"),
        (AUDIENCE, "audiences"),
    ];
    let mut text = text.to_owned();
    for (placeholder, name) in lists {
        let list = format!("{{{{ include \"mayfly-gateway.celList\" .{name} }}}}");
        text = text.replace(&format!("['{placeholder}']"), &list);
    }
    for (placeholder, name) in [(LABEL, "labels"), (ANNOTATION, "annotations")] {
        let more = format!("{{{{ range .{name} }}}}, {{{{ include \"mayfly-gateway.celText\" . }}}}{{{{ end }}}}");
        text = text.replace(&format!(", '{placeholder}'"), &more);
    }
    text = text.replace(&format!("'{ISSUER}'"), "{{ include \"mayfly-gateway.celText\" .issuer }}");
    text = text.replace(NAME, "{{ .name }}").replace(INSTALLATION, "{{ .installation }}");
    text.replace(&SECONDS.to_string(), "{{ .longest }}")
}
