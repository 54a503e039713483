//! The first administrator, the organization, and a machine identity to go on with. Once.

use mayfly_domain::{
    access::role::OrganizationRole,
    audit::InstallationEvent,
    caller::Origin,
    identity::{AccessTokenLimits, Identity, TrustedIp, User},
    ids::{IdentityId, OrganizationId, UserId},
    outside_auth::AuthMethod,
    password::Password,
    project::Organization,
    sensitive::Sensitive,
    slug::{DisplayName, ProjectSlug},
};
use mayfly_store::organizations::{Beginning, NOT_BOOTSTRAPPED};

use crate::{
    App, AppError,
    access_tokens::{NewToken, new_token},
    error::OrWhen as _,
    secret_text,
    sign_in::{HardLimit, admit_hard},
    users::person,
};

/// What the first call brings.
#[derive(Debug)]
pub struct Bootstrap {
    /// Address of the first administrator, in lower case.
    pub email: String,
    /// Their password.
    pub password: Password,
    /// Name of the organization.
    pub organization: DisplayName,
}

/// What came of it.
#[derive(Debug)]
pub struct Bootstrapped {
    /// The organization.
    pub organization: Organization,
    /// The first administrator.
    pub user: User,
    /// A machine identity with the organization's admin role.
    pub identity: Identity,
    /// Its access token, shown once.
    pub token: Sensitive<String>,
}

/// Name of the first machine identity.
const FIRST_IDENTITY: &str = "Instance Admin Identity";

/// Makes the first administrator. Whether the caller may is the front door's to decide, by the setup code.
pub async fn bootstrap(app: &App, origin: Origin, request: Bootstrap) -> Result<Bootstrapped, AppError> {
    if app.store.organizations().get().await?.is_some() {
        return Err(AppError::AlreadyBootstrapped);
    }
    let password_hash = app.passwords.hash(&app.ambient, &request.password).await?;
    let now = app.ambient.now();
    let organization = organization(app, request.organization)?;
    let user = User {
        id: UserId::generate(&app.ambient),
        organization: organization.id,
        email: request.email,
        name: None,
        role: OrganizationRole::Admin,
        is_disabled: false,
        has_second_factor: false,
        created_at: now,
        updated_at: now,
    };
    let identity = first_identity(app, organization.id)?;
    let limits = AccessTokenLimits::default();
    let trusted_ips = TrustedIp::everywhere();
    let new = NewToken {
        identity: identity.id,
        auth_method: AuthMethod::UniversalAuth,
        client_secret: None,
        limits,
        trusted_ips,
    };
    let access_token = new_token(new, &app.ambient, now);
    let token = app.signing.sign(&access_token, now)?;
    let event = app.event(
        &person(&user, origin),
        None,
        InstallationEvent::BootstrapInstance { user_id: user.id, email: user.email.clone(), identity_id: identity.id },
    );
    let beginning = Beginning {
        organization: &organization,
        user: &user,
        password_hash: &password_hash,
        identity: &identity,
        access_token: &access_token,
    };
    let stored = app.store.organizations().bootstrap(&beginning, &event).await;
    stored.or_when_guarded(NOT_BOOTSTRAPPED, || AppError::AlreadyBootstrapped)?;
    Ok(Bootstrapped { organization, user, identity, token })
}

fn organization(app: &App, name: DisplayName) -> Result<Organization, AppError> {
    Ok(Organization {
        id: OrganizationId::generate(&app.ambient),
        slug: slug_for(app, name.as_str())?,
        name,
        created_at: app.ambient.now(),
    })
}

fn first_identity(app: &App, organization: OrganizationId) -> Result<Identity, AppError> {
    let name = FIRST_IDENTITY.parse().map_err(|_| AppError::Bug("the first identity's name is not a name"))?;
    let now = app.ambient.now();
    Ok(Identity {
        id: IdentityId::generate(&app.ambient),
        organization,
        name,
        role: OrganizationRole::Admin,
        has_delete_protection: false,
        metadata: Vec::new(),
        is_disabled: false,
        auth_methods: Vec::new(),
        created_at: now,
        updated_at: now,
    })
}

/// A slug that is made from a name, with four random letters behind it.
pub(crate) fn slug_for(app: &App, name: &str) -> Result<ProjectSlug, AppError> {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let suffix: String = app
        .ambient
        .random::<4>()
        .iter()
        .filter_map(|byte| LETTERS.get(usize::from(byte % 32)))
        .map(|b| char::from(*b))
        .collect();
    ProjectSlug::from_name(name, &suffix).map_err(|_| AppError::Bug("no slug could be made from a name"))
}

/// Counts a wrong setup code, and after five of them says how long its source waits. The right one is heard at any time, so that
/// nobody keeps it out: it is beyond guessing.
pub async fn count_wrong_code(app: &App, origin: &Origin) -> Result<(), AppError> {
    admit_hard(app, HardLimit::Setup(origin.ip_address)).await
}

/// A code for setting a server up: whoever reads it from the server's disk may.
pub fn setup_code(app: &App) -> Sensitive<String> {
    secret_text::generate(&app.ambient)
}
