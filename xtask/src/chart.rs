//! The template of the gateway's chart that has the admission policies.
//!
//! They are expressions, which only `mayfly_domain::admission` writes. A template has to have them before anybody's values are known,
//! so they are written here about placeholders, once for each shape that they can have, and the placeholders are replaced by
//! what Helm fills in.

mod shape;
mod yaml;

use std::collections::BTreeMap;

use anyhow::ensure;

use self::shape::Shape;

/// The template.
pub(crate) const ADMISSION: &str = "charts/mayfly-gateway/templates/_admission.tpl";

const HEAD: &str = "\
{{/* Made by `cargo xtask generate`: change crates/domain/src/admission instead. */}}

{{/* A text, and a list of texts, as literals in the Common Expression Language. */}}
{{- define \"mayfly-gateway.celText\" -}}
'{{ . | replace \"\\\\\" \"\\\\\\\\\" | replace \"'\" \"\\\\'\" }}'
{{- end }}

{{- define \"mayfly-gateway.celList\" -}}
[{{ range $at, $text := . }}{{ if $at }}, {{ end }}{{ include \"mayfly-gateway.celText\" $text }}{{ end }}]
{{- end }}

{{- define \"mayfly-gateway.admission\" }}
";

/// The template's text.
pub(crate) fn admission() -> anyhow::Result<String> {
    // For each object, by its place: each text that it can have, with the shapes that it is of.
    let mut objects: Vec<BTreeMap<String, Vec<String>>> = Vec::new();
    let shapes = Shape::all();
    for shape in &shapes {
        for (at, manifest) in shape.manifests()?.iter().enumerate() {
            if objects.len() <= at {
                objects.push(BTreeMap::new());
            }
            let texts = objects.get_mut(at).into_iter();
            texts.for_each(|texts| texts.entry(yaml::document(manifest)).or_default().push(shape.word()));
        }
    }
    let mut template = HEAD.to_owned();
    for texts in objects {
        for (text, of) in texts {
            ensure!(!text.contains("{{"), "what looks like a template's own words: {text}");
            let text = shape::filled(&text);
            if of.len() == shapes.len() {
                template.extend(["---\n", &text]);
            } else {
                let of: Vec<_> = of.iter().map(|word| format!("{word:?}")).collect();
                let list = of.join(" ");
                template.extend(["{{- if has .shape (list ", &list, ") }}\n---\n", &text, "{{- end }}\n"]);
            }
        }
    }
    Ok(template + "{{- end }}\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths;

    #[test]
    fn chart_has_the_admission_policies_of_today() {
        let found = std::fs::read_to_string(paths::root().join(ADMISSION)).unwrap_or_default();
        assert!(found == admission().unwrap(), "`{ADMISSION}` is stale: run `cargo xtask generate`");
    }
}
