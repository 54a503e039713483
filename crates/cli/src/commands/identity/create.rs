//! `mayfly identity create`: an identity, its rights in a project, its client id and a client secret.
//!
//! That is four or five calls. If one of them fails, the identity is deleted again, so that none is left that nobody
//! has the secret of.

use std::path::PathBuf;

use clap::Args;
use mayfly_api::{
    identities::{CreateIdentityRequest, Identity, IdentityBody},
    memberships::{MembershipBody, MembershipRequest},
    projects::Project,
    universal_auth::{CreateClientSecretRequest, CreatedClientSecret, UniversalAuthBody, UniversalAuthRequest},
};
use serde_json::json;

use crate::{
    client::ApiClient, commands::project::find_project, console::Format, context::Context, error::CliError,
    private_file, secret::Secret,
};

/// Make a machine identity that signs in with client id and client secret
///
/// The client secret is printed this once. With `--project` the identity becomes a member there.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  mayfly identity create ci --project web-shop --role member
  mayfly identity create ci --project web-shop --client-secret-file ci.secret")]
pub(crate) struct CreateArguments {
    /// Its name
    name: String,
    /// Its role in the project: admin, member, viewer, provisioner or no-access
    #[arg(long, default_value = "member")]
    role: String,
    /// Its role in the organization: admin, member or no-access
    #[arg(long, value_name = "ROLE", default_value = "no-access")]
    organization_role: String,
    /// A new file for the client secret, in place of printing it
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
}

/// What was made.
struct Made {
    identity: Identity,
    client_id: String,
    client_secret: Secret,
}

/// Makes it.
pub(super) async fn run(arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let client = context.client()?;
    let project = match context.named_project() {
        Some(slug) => Some(find_project(&client, slug).await?),
        None => None,
    };
    let request = CreateIdentityRequest {
        name: arguments.name.clone(),
        organization_id: None,
        role: Some(arguments.organization_role.clone()),
        metadata: None,
        has_delete_protection: None,
    };
    let IdentityBody { identity, .. } = client.post(&["api", "v1", "identities"], &request).await?;
    let id = identity.id.clone();
    let finished = async {
        let made = complete(&client, arguments, project.as_ref(), identity).await?;
        hand_over(&made, arguments, context)
    };
    match finished.await {
        Ok(()) => Ok(()),
        Err(error) => Err(undo(&client, &id, error).await),
    }
}

async fn complete(
    client: &ApiClient,
    arguments: &CreateArguments,
    project: Option<&Project>,
    identity: Identity,
) -> Result<Made, CliError> {
    let id = identity.id.as_str();
    if let Some(project) = project {
        let request = MembershipRequest { role: Some(arguments.role.clone()), ..MembershipRequest::default() };
        let path = ["api", "v1", "projects", &project.id, "memberships", "identities", id];
        let _: MembershipBody = client.post(&path, &request).await?;
    }
    let path = ["api", "v1", "auth", "universal-auth", "identities", id];
    let auth: UniversalAuthBody = client.post(&path, &UniversalAuthRequest::default()).await?;
    let path = ["api", "v1", "auth", "universal-auth", "identities", id, "client-secrets"];
    let request =
        CreateClientSecretRequest { description: Some("made with the identity".to_owned()), ..Default::default() };
    let created: CreatedClientSecret = client.post(&path, &request).await?;
    let client_id = auth.identity_universal_auth.client_id;
    Ok(Made { identity, client_id, client_secret: Secret::new(created.client_secret) })
}

/// Prints what is needed to sign in, the secret only if no file was named for it.
fn hand_over(made: &Made, arguments: &CreateArguments, context: &Context) -> Result<(), CliError> {
    let shown = match &arguments.client_secret_file {
        None => Some(made.client_secret.expose()),
        Some(path) => {
            private_file::create(path, &format!("{}\n", made.client_secret.expose()))?;
            context.console.say(&format!("the client secret is in `{}`", path.display()));
            None
        }
    };
    let Made { identity, client_id, .. } = made;
    match context.console.format {
        Format::Json => {
            let mut fields = json!({"identity": identity, "clientId": client_id});
            if let (Some(secret), Some(fields)) = (shown, fields.as_object_mut()) {
                fields.insert("clientSecret".to_owned(), json!(secret));
            }
            context.console.document(&fields)
        }
        Format::Text | Format::Token | Format::Env => {
            let secret = shown.map(|secret| format!("\nclient secret  {secret}")).unwrap_or_default();
            context.console.data(&format!("identity       {}\nclient id      {client_id}{secret}", identity.id))
        }
    }
}

async fn undo(client: &ApiClient, id: &str, error: CliError) -> CliError {
    let deleted: Result<IdentityBody, _> = client.delete(&["api", "v1", "identities", id], &json!({})).await;
    match deleted {
        Ok(_) => error,
        Err(second) => CliError::Partly(format!(
            "{error}; and the identity {id}, which was made before that, could not be deleted again: {second}"
        )),
    }
}
