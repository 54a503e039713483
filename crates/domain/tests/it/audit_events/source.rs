//! The events as the source has them.

use std::{fs, path::Path};

use syn::{Attribute, Expr, Fields, FieldsNamed, File, Item, Lit, Meta, Token, Type, Variant, punctuated::Punctuated};

/// A kind of event.
pub(super) struct Kind {
    pub(super) name: String,
    /// The first line of its comment.
    pub(super) what: String,
    pub(super) fields: Vec<Field>,
}

/// A field of its metadata.
pub(super) struct Field {
    pub(super) name: String,
    /// Its type without `Option`.
    pub(super) rust: Type,
    pub(super) is_optional: bool,
}

/// Where each room's kinds stand, in the order of the page.
const ROOMS: [&str; 11] = [
    "installation",
    "people",
    "sso",
    "machines",
    "access",
    "places",
    "dynamic_secrets",
    "leases",
    "clusters",
    "approvals",
    "gateways",
];

/// All kinds, room by room, in the order of the source.
pub(super) fn kinds(root: &Path) -> Vec<Kind> {
    let parse = |file: &str| -> File {
        let path = root.join("crates/domain/src/audit").join(file).with_extension("rs");
        syn::parse_file(&fs::read_to_string(path).unwrap()).unwrap()
    };
    let facts = parse("facts");
    ROOMS.iter().flat_map(|room| kinds_of(&parse(room), &facts)).collect()
}

fn kinds_of(room: &File, facts: &File) -> Vec<Kind> {
    let enums = room.items.iter().filter_map(|item| if let Item::Enum(found) = item { Some(found) } else { None });
    let kind = |variant: &Variant| {
        let Fields::Named(named) = &variant.fields else { panic!("{} has fields without names", variant.ident) };
        let name = cased(&variant.ident.to_string(), '-');
        Kind { name, what: comment(&variant.attrs), fields: fields(named, facts) }
    };
    enums.flat_map(|events| events.variants.iter().map(kind)).collect()
}

fn fields(named: &FieldsNamed, facts: &File) -> Vec<Field> {
    let mut all = Vec::new();
    for field in &named.named {
        let words = serde_words(&field.attrs);
        let has = |word: &str| words.iter().any(|(name, _)| name == word);
        if has("flatten") {
            all.extend(flattened(&field.ty, facts));
            continue;
        }
        let renamed = words.iter().find(|(name, _)| name == "rename").and_then(|(_, value)| value.clone());
        let name = renamed.unwrap_or_else(|| camel(&field.ident.as_ref().unwrap().to_string()));
        let inner = inner_of(&field.ty, "Option");
        let is_optional = inner.is_some() || has("skip_serializing_if");
        all.push(Field { name, rust: inner.unwrap_or(&field.ty).clone(), is_optional });
    }
    all
}

/// The fields of what is flattened into an event.
fn flattened(of: &Type, facts: &File) -> Vec<Field> {
    let name = named(of);
    if name == "StopScope" {
        let field = |name: &str, rust: &str, is_optional| Field {
            name: name.to_owned(),
            rust: syn::parse_str(rust).unwrap(),
            is_optional,
        };
        return vec![field("scope", "String", false), field("targetId", "ConnectionId", true)];
    }
    let found = facts.items.iter().find_map(|item| match item {
        Item::Struct(found) if found.ident == name => Some(found),
        _ => None,
    });
    let Some(Fields::Named(named)) = found.map(|found| &found.fields) else { panic!("no row can be made of {name}") };
    fields(named, facts)
}

/// The name of a type.
pub(super) fn named(of: &Type) -> String {
    let Type::Path(path) = of else { panic!("a type without a name") };
    path.path.segments.last().unwrap().ident.to_string()
}

/// The `T` of `outer<T>`.
pub(super) fn inner_of<'a>(of: &'a Type, outer: &str) -> Option<&'a Type> {
    let Type::Path(path) = of else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == outer)?;
    let syn::PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    arguments.args.iter().find_map(|argument| match argument {
        syn::GenericArgument::Type(inner) => Some(inner),
        _ => None,
    })
}

fn comment(attributes: &[Attribute]) -> String {
    let line = |attribute: &Attribute| match &attribute.meta {
        Meta::NameValue(pair) if pair.path.is_ident("doc") => text(&pair.value),
        _ => None,
    };
    let lines: Vec<String> = attributes.iter().filter_map(line).map(|line| line.trim().to_owned()).collect();
    lines.join(" ").replace('|', "\\|")
}

/// The words of `#[serde(…)]`, with their values.
fn serde_words(attributes: &[Attribute]) -> Vec<(String, Option<String>)> {
    let ours = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    let parsed = |attribute: &Attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    let word = |meta: Meta| {
        let name = meta.path().get_ident().unwrap().to_string();
        let value = if let Meta::NameValue(pair) = &meta { text(&pair.value) } else { None };
        (name, value)
    };
    ours.flat_map(|attribute| parsed(attribute).unwrap()).map(word).collect()
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(literal) => match &literal.lit {
            Lit::Str(text) => Some(text.value()),
            _ => None,
        },
        _ => None,
    }
}

fn cased(name: &str, between: char) -> String {
    let mut cased = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !cased.is_empty() {
            cased.push(between);
        }
        cased.extend(letter.to_lowercase());
    }
    cased
}

fn camel(name: &str) -> String {
    let (mut camel, mut is_first) = (String::new(), false);
    for letter in name.chars() {
        match letter {
            '_' => is_first = true,
            letter if std::mem::take(&mut is_first) => camel.extend(letter.to_uppercase()),
            letter => camel.push(letter),
        }
    }
    camel
}
