//! `mayfly sso set`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use mayfly_api::sso::{SsoGroupMapping, SsoProviderBody, SsoProviderRequest, SsoProviderUpdateRequest};

use super::{PROVIDERS, all, path_of};
use crate::{
    arguments::path_segment, client::ApiClient, commands::group, context::Context, error::CliError,
    secret_input::from_file,
};

/// Make a provider, or change one
///
/// What is not named stays. A provider that is not there yet needs `--discovery-url` and `--client-id`. A client secret comes
/// from a file, from standard input, or from the variable `MAYFLY_CLIENT_SECRET`, never from an argument.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly sso set acme --name Acme --discovery-url https://id.example.com --client-id mayfly \\
    --client-secret-file secret --domain example.com --joining no-access --map platform=deployers
  mayfly sso set acme --map 'team-*=deployers' --map leads=approvers
  mayfly sso set acme --passwords refused
  mayfly sso set acme --off")]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag that is typed or not")]
pub(crate) struct SetArguments {
    /// Its short name
    #[arg(value_parser = path_segment)]
    slug: String,
    /// Name on a sign-in page [default: the short name when it is made]
    #[arg(long)]
    name: Option<String>,
    /// Where the provider describes itself
    #[arg(long, value_name = "URL")]
    discovery_url: Option<String>,
    /// What it calls itself [default: the discovery URL when it is made]
    #[arg(long, value_name = "TEXT")]
    issuer: Option<String>,
    /// PEM certificates to trust for it, and no others
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Who Mayfly is there
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    /// File with the client secret; `-` is standard input
    #[arg(long, value_name = "FILE", conflicts_with = "public")]
    client_secret_file: Option<PathBuf>,
    /// Mayfly has no client secret there
    #[arg(long)]
    public: bool,
    /// What to ask for beside `openid`; several if given again
    #[arg(long = "scope", value_name = "SCOPE")]
    scopes: Vec<String>,
    /// The claim with the address
    #[arg(long, value_name = "NAME")]
    email_claim: Option<String>,
    /// The claim with the name
    #[arg(long, value_name = "NAME")]
    name_claim: Option<String>,
    /// The claim with what stands for groups
    #[arg(long, value_name = "NAME")]
    groups_claim: Option<String>,
    /// Who has this value is in this group, by slug or id; all mappings there are, in place of those before
    #[arg(long = "map", value_name = "VALUE=GROUP", value_parser = mapping, conflicts_with = "no_map")]
    mappings: Vec<(String, String)>,
    /// No value stands for a group
    #[arg(long)]
    no_map: bool,
    /// A domain whose addresses the provider is believed for; all there are, in place of those before
    #[arg(long = "domain", value_name = "DOMAIN", conflicts_with = "no_domain")]
    domains: Vec<String>,
    /// The provider is believed for no address
    #[arg(long)]
    no_domain: bool,
    /// Whether an address has to be checked by the provider
    #[arg(long, value_enum)]
    email_trust: Option<EmailTrust>,
    /// What becomes of somebody who has no account here
    #[arg(long, value_enum)]
    joining: Option<Joining>,
    /// What becomes of somebody whose address has an account that is not linked
    #[arg(long, value_enum)]
    linking: Option<Linking>,
    /// Whether people of the domains may sign in with a password
    #[arg(long, value_enum)]
    passwords: Option<Passwords>,
    /// People sign in by it
    #[arg(long, conflicts_with = "off")]
    on: bool,
    /// Nobody signs in by it; the sessions of whoever did end
    #[arg(long)]
    off: bool,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EmailTrust {
    Verified,
    Always,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Joining {
    Refused,
    NoAccess,
    Member,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Linking {
    Refused,
    ByDomain,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Passwords {
    Allowed,
    Refused,
}

fn word(value: Option<impl ValueEnum>) -> Option<String> {
    value.and_then(|value| value.to_possible_value()).map(|value| value.get_name().to_owned())
}

fn mapping(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((value, group)) if !value.is_empty() && !group.is_empty() => Ok((value.to_owned(), group.to_owned())),
        _ => Err("want `VALUE=GROUP`, such as `platform=deployers`".to_owned()),
    }
}

/// Makes or changes it.
pub(super) async fn run(arguments: &SetArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let mut more = request(arguments, &client).await?;
    let is_there = all(&client).await?.iter().any(|provider| provider.slug == arguments.slug);
    // The variable is for whoever makes one; a change that needs the secret again names it.
    if more.client_secret.is_none() && (!is_there || more.client_id.is_some()) {
        more.client_secret = context.environment.client_secret.as_ref().map(|secret| secret.expose().to_owned());
    }
    let stored: SsoProviderBody = if is_there {
        client.patch(&path_of(&arguments.slug, &[]), &more).await?
    } else {
        more.name = more.name.or_else(|| Some(arguments.slug.clone()));
        client.post(&PROVIDERS, &SsoProviderRequest { slug: arguments.slug.clone(), more }).await?
    };
    context.console.answer(&stored, |console| console.sheet(&stored.provider))
}

async fn request(arguments: &SetArguments, client: &ApiClient) -> Result<SsoProviderUpdateRequest, CliError> {
    let secret = match &arguments.client_secret_file {
        Some(file) => Some(from_file(file)?.expose().to_owned()),
        None => arguments.public.then(String::new),
    };
    let ca = arguments
        .ca_file
        .as_ref()
        .map(|path| std::fs::read_to_string(path).map_err(|source| CliError::Read { path: path.clone(), source }));
    let mut mappings = Vec::new();
    for (value, slug) in &arguments.mappings {
        mappings.push(SsoGroupMapping { value: value.clone(), group_id: group::id_of(client, slug).await? });
    }
    let listed = |items: &[String], none: bool| (none || !items.is_empty()).then(|| items.to_vec());
    Ok(SsoProviderUpdateRequest {
        name: arguments.name.clone(),
        discovery_url: arguments.discovery_url.clone(),
        ca_cert: ca.transpose()?,
        issuer: arguments.issuer.clone(),
        client_id: arguments.client_id.clone(),
        client_secret: secret,
        scopes: listed(&arguments.scopes, false),
        email_claim: arguments.email_claim.clone(),
        name_claim: arguments.name_claim.clone(),
        groups_claim: arguments.groups_claim.clone(),
        group_mappings: (arguments.no_map || !mappings.is_empty()).then_some(mappings),
        email_domains: listed(&arguments.domains, arguments.no_domain),
        email_trust: word(arguments.email_trust),
        joining: word(arguments.joining),
        linking: word(arguments.linking),
        passwords: word(arguments.passwords),
        is_enabled: (arguments.on || arguments.off).then_some(arguments.on),
    })
}
