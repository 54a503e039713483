//! Who a provider means, and what they get.

use std::collections::BTreeSet;

use mayfly_cluster::Deadline;
use mayfly_domain::{
    audit::{AuditEvent, Event},
    caller::{Caller, Origin},
    error::chain,
    identity::User,
    ids::{GroupId, UserId},
    membership::Principal,
    sensitive::Sensitive,
    sso::{Account, Admitted, ReturnPath, Said, SsoProvider, SsoRefusal, Standing, admit},
};
use mayfly_providers::Claims;
use mayfly_store::{
    StoreError, sessions,
    sso_links::{self, Coming, Gives, SsoLink, SsoSignIn},
    sso_providers,
    sso_requests::{self, SsoRequest},
    users::{self, UserFacts},
};
use serde_json::Value;

use super::{begin::unavailable, finish::Finished, issuer_of};
use crate::{App, AppError, groups, sessions::Begun, users::person};

/// Longest subject (`OpenID` Connect Core 1.0 section 2), in characters.
const LONGEST_SUBJECT: usize = 255;
/// Values of groups that are looked at; the largest companies' people have a few hundred.
const MOST_GROUPS: usize = 2_000;

/// What a sign-in is for.
pub(super) enum Way {
    /// A session of the browser.
    Session,
    /// The request of a command line, to be confirmed in the browser whose secret has this digest.
    Offer(Box<SsoRequest>, Vec<u8>),
}

/// What a believed token says, and what the provider tells besides where the token leaves something out.
pub(super) async fn said(
    app: &App,
    provider: &SsoProvider,
    (claims, access_token): (&Claims, Option<&Sensitive<String>>),
    deadline: Deadline,
) -> Result<Said, AppError> {
    let names = &provider.terms.claims;
    let subject = claims.text("sub").filter(|subject| subject.chars().count() <= LONGEST_SUBJECT);
    let subject = subject.ok_or(SsoRefusal::NotBelieved("single sign-on: no subject"))?.to_owned();
    if leaves_out(claims, &names.groups) {
        return Err(SsoRefusal::GroupsLeftOut.into());
    }
    let wants_groups = !provider.terms.mappings.is_empty();
    let is_short = there(claims, &names.email).is_none() || (wants_groups && there(claims, &names.groups).is_none());
    let more = match access_token.filter(|_| is_short) {
        None => None,
        Some(token) => {
            let told = app.providers.userinfo(&issuer_of(provider), (&subject, token), deadline).await;
            told.map_err(|error| unavailable(provider, &error))?
        }
    };
    if more.as_ref().is_some_and(|more| leaves_out(more, &names.groups)) {
        return Err(SsoRefusal::GroupsLeftOut.into());
    }
    // An address and what is said of it come from one place.
    let of_email = if there(claims, &names.email).is_some() { Some(claims) } else { more.as_ref() };
    let at = |name: &str| there(claims, name).or_else(|| more.as_ref().and_then(|more| there(more, name)));
    Ok(Said {
        subject,
        email: of_email.and_then(|claims| claims.at(&names.email)).and_then(Value::as_str).map(str::to_owned),
        is_email_verified: of_email.and_then(|claims| claims.get("email_verified")).is_some_and(is_true),
        name: at(&names.name).and_then(Value::as_str).map(str::to_owned),
        groups: at(&names.groups).map(texts).unwrap_or_default(),
    })
}

/// A claim that says something.
fn there<'a>(claims: &'a Claims, name: &str) -> Option<&'a Value> {
    claims.at(name).filter(|value| !value.is_null())
}

/// Some providers write it as text.
fn is_true(value: &Value) -> bool {
    value.as_bool() == Some(true) || value.as_str() == Some("true")
}

/// Whether a claim is only said to be elsewhere (`OpenID` Connect Core 1.0 section 5.6.2), as Entra ID does with many groups.
fn leaves_out(claims: &Claims, name: &str) -> bool {
    claims.get("_claim_names").and_then(|names| names.get(name)).is_some()
        || claims.get("hasgroups").is_some_and(is_true)
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::String(text) => vec![text.clone()],
        Value::Array(list) => list.iter().filter_map(Value::as_str).take(MOST_GROUPS).map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}

/// Lets somebody in, or not; groups follow from what the provider says now.
pub(super) async fn let_in(
    app: &App,
    origin: &Origin,
    (provider, said): (&SsoProvider, &Said),
    way: Way,
    return_path: Option<ReturnPath>,
) -> Result<Finished, AppError> {
    let (user, coming) = found(app, provider, said).await?;
    let caller = person(&user, origin.clone());
    let link = linked(app, provider, (said, &user), coming).await?;
    let (joins, leaves) = moves(app, provider, said, user.id).await?;
    for group in &leaves {
        groups::losing(app, &caller, *group, Principal::User(user.id)).await?;
    }
    let mut events = events(app, &caller, (provider, &link, coming), &user);
    let told = |group: &GroupId, is_joining: bool| {
        let (group_id, member, sso_provider_id) = (*group, Principal::User(user.id), Some(provider.id));
        let event = if is_joining {
            Event::AddGroupMember { group_id, member, sso_provider_id }
        } else {
            Event::RemoveGroupMember { group_id, member, sso_provider_id }
        };
        app.event(&caller, None, event)
    };
    events.extend(leaves.iter().map(|group| told(group, false)).chain(joins.iter().map(|group| told(group, true))));
    let sign_in =
        |gives| SsoSignIn { provider, user: &user, coming, link: &link, joins: &joins, leaves: &leaves, gives };
    let (kept, begun) = match &way {
        Way::Session => {
            let begun = Begun::new(app, &user, origin);
            let (session_id, sso_provider_id) = (begun.session.id, provider.id);
            let login = Event::UserLoginSso { user_id: user.id, session_id, sso_provider_id, sso_request_id: None };
            events.push(app.event(&caller, None, login));
            let kept = app.store.sso_links().sign_in(&sign_in(Gives::Session(begun.kept())), &events).await;
            (kept, Some(begun))
        }
        Way::Offer(request, browser) => {
            let (sso_request_id, host) = (request.id, request.host.clone());
            let offered = Event::OfferSsoRequest { user_id: user.id, sso_request_id, host };
            events.push(app.event(&caller, None, offered));
            (app.store.sso_links().sign_in(&sign_in(Gives::Offer(request.id, browser)), &events).await, None)
        }
    };
    kept.map_err(not_kept)?;
    app.memory.forget_user(user.id);
    for group in &joins {
        groups::joined(app, *group, Principal::User(user.id)).await?;
    }
    Ok(match (way, begun) {
        (Way::Offer(request, _), _) => Finished::ToConfirm { request, email: user.email },
        (Way::Session, Some(begun)) => Finished::SignedIn { granted: Box::new(begun.granted(user)), return_path },
        (Way::Session, None) => return Err(AppError::Bug("a sign-in without a session")),
    })
}

/// Who it is, as they are from now on.
async fn found(app: &App, provider: &SsoProvider, said: &Said) -> Result<(User, Coming), AppError> {
    let linked = app.store.sso_links().of_subject(provider.id, &said.subject).await?;
    let linked = match linked {
        Some(link) => app.store.users().get(provider.organization, link.user).await?,
        None => None,
    };
    let of_address = match said.email.as_deref().map(mayfly_domain::email::normalized) {
        Some(Ok(email)) if linked.is_none() => app.store.users().for_login(&email).await?,
        _ => None,
    };
    let of_address = of_address.filter(|facts| facts.user.organization == provider.organization);
    let is_anothers = match &of_address {
        Some(facts) => app.store.sso_links().of_user(provider.id, facts.user.id).await?.is_some(),
        None => false,
    };
    let account = |facts: &UserFacts| Account { user: facts.user.id, is_disabled: facts.user.is_disabled };
    let standing =
        Standing { linked: linked.as_ref().map(account), of_address: of_address.as_ref().map(account), is_anothers };
    let gone = AppError::Bug("somebody was admitted who is not there");
    Ok(match admit(&provider.terms, said, &standing)? {
        Admitted::Known(_) => (linked.ok_or(gone)?.user, Coming::Known),
        Admitted::Linked(..) => (of_address.ok_or(gone)?.user, Coming::Linked),
        Admitted::Joined(email, role) => {
            let now = app.ambient.now();
            let user = User {
                id: UserId::generate(&app.ambient),
                organization: provider.organization,
                email,
                name: said.name.as_deref().and_then(|name| name.parse().ok()),
                role,
                is_disabled: false,
                has_second_factor: false,
                created_at: now,
                updated_at: now,
            };
            (user, Coming::Joined)
        }
    })
}

async fn linked(
    app: &App,
    provider: &SsoProvider,
    (said, user): (&Said, &User),
    coming: Coming,
) -> Result<SsoLink, AppError> {
    let now = app.ambient.now();
    let before = match coming {
        Coming::Known => app.store.sso_links().of_subject(provider.id, &said.subject).await?,
        Coming::Linked | Coming::Joined => None,
    };
    // Only for people's eyes; what does not look like an address is nobody's.
    let email = said.email.as_deref().and_then(|email| mayfly_domain::email::normalized(email).ok());
    Ok(SsoLink {
        provider: provider.id,
        subject: said.subject.clone(),
        user: user.id,
        email,
        created_at: before.map_or(now, |before| before.created_at),
        signed_in_at: now,
    })
}

/// The groups somebody comes into, and those they leave, as far as they are this provider's to give.
async fn moves(
    app: &App,
    provider: &SsoProvider,
    said: &Said,
    user: UserId,
) -> Result<(BTreeSet<GroupId>, BTreeSet<GroupId>), AppError> {
    let given = provider.terms.groups_of(&said.groups);
    let now = app.store.groups().through(provider.id, user).await?;
    let mut joins = BTreeSet::new();
    for group in given.difference(&now) {
        // One that was removed since it was mapped gives nothing.
        if app.store.groups().get(provider.organization, *group).await?.is_some() {
            joins.insert(*group);
        }
    }
    Ok((joins, now.difference(&given).copied().collect()))
}

fn events(
    app: &App,
    caller: &Caller,
    (provider, link, coming): (&SsoProvider, &SsoLink, Coming),
    user: &User,
) -> Vec<AuditEvent> {
    let (user_id, email, sso_provider_id) = (user.id, user.email.clone(), provider.id);
    let subject = link.subject.clone();
    let event = match coming {
        Coming::Known => return Vec::new(),
        Coming::Linked => Event::LinkUserSso { user_id, email, sso_provider_id, subject },
        Coming::Joined => Event::JoinUserSso { user_id, email, role: user.role, sso_provider_id, subject },
    };
    vec![app.event(caller, None, event)]
}

/// What stood in the way at the last moment.
fn not_kept(error: StoreError) -> AppError {
    let refusal = match &error {
        StoreError::GuardFailed { guard: sessions::STILL_MAY } => SsoRefusal::Disabled,
        StoreError::GuardFailed { guard: sso_requests::COUNTS } => SsoRefusal::RequestOver,
        StoreError::GuardFailed { guard: sso_providers::STILL_AS_READ | sso_links::STANDS } => SsoRefusal::AttemptOver,
        // Two sign-ins of one person at once: the other one was faster.
        StoreError::Unique { index }
            if [sso_links::SUBJECT_INDEX, sso_links::USER_INDEX, users::EMAILS].contains(&index.as_str()) =>
        {
            SsoRefusal::AttemptOver
        }
        _ => return error.into(),
    };
    refusal.into()
}

/// Records that somebody was not let in whom the provider vouches for, or sent back.
pub(super) async fn record_refusal(
    app: &App,
    origin: Origin,
    (provider, said): (&SsoProvider, Option<&Said>),
    error: &AppError,
) {
    let AppError::Sso(refusal) = error else { return };
    if refusal.is_of_a_stranger() {
        return;
    }
    let mut caller = Caller::anonymous(origin);
    caller.organization = Some(provider.organization);
    let email = said.and_then(|said| mayfly_domain::email::normalized(said.email.as_deref()?).ok());
    let event = Event::RefuseUserSso {
        sso_provider_id: provider.id,
        slug: provider.slug.to_string(),
        reason: refusal.reason().to_owned(),
        subject: said.map(|said| said.subject.clone()),
        email,
    };
    if let Err(failure) = app.store.audit_events().append(&app.event(&caller, None, event)).await {
        tracing::error!(error = %chain(&failure), "a refusal could not be recorded");
    }
}
