//! The rules of a role as they are typed: by flags in their order, or in a file.

use std::path::PathBuf;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, FromArgMatches, error::ErrorKind, value_parser};
use serde_json::{Map, Value, json};

use super::rule;
use crate::{error::CliError, request_fields::read_fields};

/// Rules in the order they were typed. `clap` derives no arguments whose order among each other counts.
#[derive(Clone, Debug, Default)]
pub(super) struct TypedRules {
    /// Each as the API takes it.
    rules: Vec<Value>,
    file: Option<PathBuf>,
}

impl Args for TypedRules {
    fn augment_args(command: Command) -> Command {
        let rule = |name: &'static str| {
            Arg::new(name).long(name).value_name("RULE").action(ArgAction::Append).value_parser(rule::parse)
        };
        let file = Arg::new("file").short('f').long("file").value_name("FILE").value_parser(value_parser!(PathBuf));
        command
            .arg(
                rule("allow")
                    .help("What the role allows, such as dynamic-secrets:lease,env=dev; several times for several"),
            )
            .arg(rule("forbid").help("What the role forbids. The last rule that speaks decides"))
            .arg(file.help("A YAML or JSON file with its fields").conflicts_with_all(["allow", "forbid"]))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for TypedRules {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let mut typed = Vec::new();
        for (name, inverted) in [("allow", false), ("forbid", true)] {
            let places = matches.indices_of(name).into_iter().flatten();
            let rules = matches.get_many::<mayfly_api::roles::PermissionRule>(name).into_iter().flatten();
            typed.extend(places.zip(rules.map(|rule| {
                let rule = mayfly_api::roles::PermissionRule { inverted, ..rule.clone() };
                serde_json::to_value(rule)
            })));
        }
        typed.sort_by_key(|(place, _)| *place);
        let rules: Result<Vec<Value>, _> = typed.into_iter().map(|(_, rule)| rule).collect();
        let rules = rules.map_err(|error| clap::Error::raw(ErrorKind::InvalidValue, error))?;
        Ok(Self { rules, file: matches.get_one::<PathBuf>("file").cloned() })
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl TypedRules {
    /// The fields of a request: those of the file, or the rules alone.
    pub(super) fn fields(&self) -> Result<Map<String, Value>, CliError> {
        let Some(path) = &self.file else {
            let rules = (!self.rules.is_empty()).then(|| ("permissions".to_owned(), json!(self.rules)));
            return Ok(rules.into_iter().collect());
        };
        let mut fields = read_fields(path)?;
        if let Some(rules) = fields.get_mut("permissions").and_then(Value::as_array_mut) {
            for entry in rules {
                let Value::String(line) = &*entry else { continue };
                let fault = |what: String| CliError::Content { path: path.clone(), what: format!("`{line}` {what}") };
                *entry = serde_json::to_value(rule::parse_line(line).map_err(fault)?).map_err(CliError::Shape)?;
            }
        }
        Ok(fields)
    }
}
