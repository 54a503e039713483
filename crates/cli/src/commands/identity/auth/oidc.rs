//! `mayfly identity auth oidc`.

use std::{collections::BTreeMap, path::PathBuf};

use clap::Args;
use mayfly_api::outside_auth::{OidcAuthBody, OidcAuthRequest};
use serde_json::{Value, json};

use super::{Method, OutsideToken, read, set, show};
use crate::{arguments::path_segment, context::Context, error::CliError};

/// Let an identity sign in with tokens of an identity provider, such as a CI system
///
/// What is left out keeps its value if it was set before.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly identity auth oidc \"$ID\" --discovery-url https://token.actions.githubusercontent.com \\
    --audience https://mayfly.example.com --subject repo:acme/shop:ref:refs/heads/main
  mayfly identity auth oidc \"$ID\" --discovery-url https://gitlab.example.com \\
    --audience https://mayfly.example.com --claim project_path=acme/shop --claim ref_protected=true")]
pub(crate) struct OidcArguments {
    /// The identity, as `mayfly identity ls` shows it
    #[arg(value_name = "ID", value_parser = path_segment)]
    id: String,
    /// Where the provider describes itself
    #[arg(long, value_name = "URL")]
    discovery_url: Option<String>,
    /// What it calls itself in its tokens [default: the discovery URL when the method is made]
    #[arg(long, value_name = "TEXT")]
    issuer: Option<String>,
    /// PEM certificates to trust for it, and no others
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// An audience that its tokens are made for; several if given again
    #[arg(long = "audience", value_name = "TEXT")]
    audiences: Vec<String>,
    /// The subject that a token must have; `*` stands for part of what is between two of `:` and `/`
    #[arg(long, value_name = "PATTERN")]
    subject: Option<String>,
    /// Another claim that a token must have; of one name given again, any will do
    #[arg(long = "claim", value_name = "NAME=PATTERN", value_parser = claim)]
    claims: Vec<(String, String)>,
    #[command(flatten)]
    token: OutsideToken,
}

fn claim(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((name, pattern)) if !name.is_empty() && !pattern.is_empty() => Ok((name.to_owned(), pattern.to_owned())),
        _ => Err("want `NAME=PATTERN`, such as `ref_protected=true`".to_owned()),
    }
}

/// Sets it up.
pub(super) async fn run(arguments: &OidcArguments, context: &Context) -> Result<(), CliError> {
    let mut claims: BTreeMap<String, Value> = BTreeMap::new();
    for (name, pattern) in &arguments.claims {
        let patterns = claims.entry(name.clone()).or_insert_with(|| json!([]));
        patterns.as_array_mut().into_iter().for_each(|patterns| patterns.push(json!(pattern)));
    }
    let request = OidcAuthRequest {
        oidc_discovery_url: arguments.discovery_url.clone(),
        ca_cert: read(arguments.ca_file.as_deref())?,
        bound_issuer: arguments.issuer.clone(),
        bound_audiences: (!arguments.audiences.is_empty()).then(|| arguments.audiences.join(",")),
        bound_claims: (!claims.is_empty()).then_some(claims),
        bound_subject: arguments.subject.clone(),
        claim_metadata_mapping: None,
        token: arguments.token.request(),
    };
    // The issuer of a method that is there stays what it is.
    let new = OidcAuthRequest {
        bound_issuer: arguments.issuer.clone().or_else(|| arguments.discovery_url.clone()),
        ..request.clone()
    };
    let made: OidcAuthBody = set(Method::Oidc, &arguments.id, (&request, &new), &context.client()?).await?;
    show(&made, &made.identity_oidc_auth.auth.identity_id, context)
}
