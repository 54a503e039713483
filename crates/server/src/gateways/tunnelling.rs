//! One tunnel, from the inner handshake to its end.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use mayfly_app::{
    App, AppError, SealKeys,
    gateways::{self as operations, Others, Present},
};
use mayfly_domain::{
    caller::Caller,
    error::chain,
    gateway::{Gateway, GatewayName, ShownGateway},
    ids::GatewayTunnelId,
};
use mayfly_tunnel::{
    asking::{Opened, Tunnel, refuse},
    carrier::Carrier,
    record::{GatewayRecord, Hello, JWKS_CHANGED, LARGEST_JWKS, SealKey, ServerRecord, Welcome},
    tls::{Proven, ReadCertificate},
    trust::AuthorityPin,
};

use super::{
    HANDSHAKE_LIMIT, Inner, Room,
    pace::Pace,
    signing::{Issued, expiry, read_request},
};

/// Processes of one gateway that are here at once, at most: twice what the chart lets somebody ask for, because the next ones are
/// there before the last have gone.
const MOST_INSTANCES: usize = 32;

/// Why keys are not looked at that come sooner than they may.
const TOO_OFTEN: &str = "the keys were told a moment ago: tell them again in a minute";

const _: () = assert!(operations::LONGEST_TOLD == LARGEST_JWKS, "a gateway may tell what its protocol lets it tell");

/// Serves it until it ends. What fails before it is open is the other end's affair.
pub(super) async fn serve(gateways: &Inner, carrier: impl Carrier, caller: Caller, room: Room) {
    let opening = gateways.stopping.run_until_cancelled(open(gateways, carrier, caller));
    let Some(Some((present, authority, opened))) = opening.await else { return };
    drop(room);
    let tunnel = opened.tunnel.clone();
    if !gateways.registry().add(&tunnel) {
        tracing::warn!(gateway = %present.name.gateway, instance = %present.name.instance, "an older tunnel of a process came");
        return tunnel.close();
    }
    tracing::info!(gateway = %present.name.gateway, instance = %present.name.instance, "a gateway came");
    report("noting that a gateway came", operations::came(&gateways.app, &present, &shown(tunnel.welcome())).await);
    let id = GatewayTunnelId::generate(gateways.app.ambient());
    let mut listening = Box::pin(async {
        tokio::select! {
            () = listen(gateways, &present, authority, opened) => {}
            () = gateways.share(&tunnel, id) => {}
        }
    });
    tokio::select! {
        () = &mut listening => {}
        () = gateways.stopping.cancelled() => {
            tunnel.tell(ServerRecord::Drain { reason: "the server stops".to_owned() });
            // Requests that run may still need it.
            tokio::select! {
                () = &mut listening => {}
                () = gateways.closing.cancelled() => {}
            }
        }
    }
    tunnel.close();
    let why = tunnel.gone().await;
    drop(listening);
    gateways.let_go(id).await;
    let others = if gateways.registry().remove(&tunnel) { Others::Stay } else { Others::None };
    tracing::info!(gateway = %present.name.gateway, instance = %present.name.instance, why, "a gateway left");
    report("noting that a gateway left", operations::left(&gateways.app, &present, &why, others).await);
}

async fn open(gateways: &Inner, carrier: impl Carrier, caller: Caller) -> Option<(Present, AuthorityPin, Opened)> {
    let app = &gateways.app;
    let (Proven { certificate, authority }, stream) = shake_hands(gateways, carrier).await?;
    let ReadCertificate { name, expires_at, .. } = certificate;
    let gateway = match let_in(gateways, &name).await {
        Ok(gateway) => gateway,
        Err((code, message)) => {
            refuse(app.ambient(), stream, code, &message).await;
            return None;
        }
    };
    let hello = Hello { features: features(&gateway), ..hello(app, gateways.servers()) };
    match Tunnel::open(app.ambient(), stream, hello).await {
        Ok(opened) if is_who(&name, opened.tunnel.welcome()) => {
            Some((Present { gateway, name, certificate_expires_at: expires_at, caller }, authority, opened))
        }
        Ok(opened) => {
            tracing::warn!(gateway = %name.gateway, "a gateway says that it is another than its certificate");
            opened.tunnel.close();
            None
        }
        Err(error) => {
            tracing::debug!(error = chain(&error), "a tunnel could not be opened");
            None
        }
    }
}

/// The inner TLS: who is at the other end, proven.
async fn shake_hands(gateways: &Inner, carrier: impl Carrier) -> Option<(Proven, impl Carrier)> {
    let ambient = gateways.app.ambient();
    let signing = gateways.signing().await.inspect_err(|error| cannot_come(error)).ok()?;
    let server = signing.tunnels(ambient).inspect_err(|error| cannot_come(error)).ok()?;
    let accepted = ambient.within(HANDSHAKE_LIMIT, server.accept(carrier)).await?;
    accepted.inspect_err(|error| tracing::debug!(error = chain(error), "a tunnel's handshake failed")).ok()
}

/// The gateway, or why it may not come, by a code and in words.
async fn let_in(gateways: &Inner, name: &GatewayName) -> Result<Gateway, (&'static str, String)> {
    let gateway = match operations::find_open(&gateways.app, name).await {
        Ok(Some(gateway)) => gateway,
        Ok(None) => return Err(("not_open", "the gateway was removed, revoked or locked".to_owned())),
        Err(error) => {
            tracing::warn!(error = chain(&error), "it cannot be decided whether a gateway may come");
            return Err(("unavailable", "the server cannot decide now: try again".to_owned()));
        }
    };
    if gateways.ways.others(name.gateway, &name.instance) >= MOST_INSTANCES {
        return Err(("too_many", format!("{MOST_INSTANCES} processes of this gateway are here already")));
    }
    Ok(gateway)
}

fn cannot_come(error: &dyn std::error::Error) {
    tracing::error!(error = chain(error), "gateways cannot come");
}

/// What this server says of itself, where there are so many `servers`.
pub(super) fn hello(app: &App, servers: u32) -> Hello {
    Hello {
        installation: app.installation(),
        replica: app.replica(),
        replicas: servers,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        features: Vec::new(),
        clock: app.ambient().now(),
        seal_keys: seal_keys(&app.seal_keys()),
    }
}

/// What it takes from `gateway` beyond the first version of the protocol.
fn features(gateway: &Gateway) -> Vec<String> {
    if gateway.follows_keys() { vec![JWKS_CHANGED.to_owned()] } else { Vec::new() }
}

/// As gateways are told them.
pub(super) fn seal_keys(keys: &SealKeys) -> Vec<SealKey> {
    keys.iter().map(|(id, key)| SealKey { id, key: STANDARD.encode(key) }).collect()
}

fn is_who(name: &GatewayName, welcome: &Welcome) -> bool {
    name.gateway == welcome.gateway && name.instance == welcome.instance
}

fn shown(welcome: &Welcome) -> ShownGateway {
    ShownGateway {
        version: welcome.version.clone(),
        policy: welcome.policy.clone(),
        policy_digest: welcome.policy_digest.clone(),
        api_server: welcome.api_server.clone(),
    }
}

/// Hears what the gateway tells, until the tunnel has to end: with its certificate or with the authority that signed that, or when
/// a gateway that goes away has answered everything.
async fn listen(gateways: &Inner, present: &Present, authority: AuthorityPin, mut opened: Opened) {
    let ambient = gateways.app.ambient();
    let (mut shown, mut pace) = (shown(opened.tunnel.welcome()), Pace::new(ambient.now()));
    let mut holder = Holder { name: present.name.clone(), until: present.certificate_expires_at, by: authority };
    loop {
        let left = Duration::try_from(holder.until.duration_since(ambient.now())).unwrap_or_default();
        let record = tokio::select! {
            record = opened.records.recv() => record,
            () = ambient.sleep(left) => return,
            () = opened.tunnel.done() => return,
            () = gateways.authorities.disowned(holder.by) => return tell_of_disowned(&holder),
        };
        match record {
            // A second welcome does not keep to the protocol.
            None | Some(GatewayRecord::Welcome(_)) => return,
            Some(GatewayRecord::CertificateRequest { request }) => {
                let (answer, next) = renew(gateways, present, &holder.name, &request).await;
                holder = next.unwrap_or(holder);
                opened.tunnel.tell(answer);
            }
            Some(GatewayRecord::PolicyChanged { policy, policy_digest }) => {
                shown = ShownGateway { policy: *policy, policy_digest, ..shown };
                report("noting a gateway's policy", operations::showed(&gateways.app, present, &shown).await);
            }
            Some(GatewayRecord::JwksChanged { jwks }) => {
                let refusal = if pace.takes_one(ambient.now()) {
                    take_keys(gateways, present, &jwks.to_string()).await
                } else {
                    Some(ServerRecord::JwksRefused { reason: TOO_OFTEN.to_owned(), passes: true })
                };
                if let Some(refusal) = refusal {
                    opened.tunnel.tell(refusal);
                }
            }
            Some(GatewayRecord::Drain { .. }) => opened.tunnel.let_go(),
            Some(GatewayRecord::Status(status)) => opened.tunnel.said(status),
        }
    }
}

/// Whom the newest certificate names, until when, and by whose word.
struct Holder {
    name: GatewayName,
    until: Timestamp,
    by: AuthorityPin,
}

fn tell_of_disowned(Holder { name, by, .. }: &Holder) {
    tracing::warn!(gateway = %name.gateway, instance = %name.instance, authority = %by, "an authority was removed that signed a gateway");
}

/// Counts and signs the next certificate of a process that is here.
async fn renew(
    gateways: &Inner,
    present: &Present,
    holder: &GatewayName,
    request: &str,
) -> (ServerRecord, Option<Holder>) {
    let refused = |reason: String| (ServerRecord::CertificateRefused { reason }, None);
    let now = gateways.app.ambient().now();
    let Some(request) = read_request(request) else { return refused("the request cannot be read".to_owned()) };
    let expires_at = expiry(now);
    let renewed = operations::renew(&gateways.app, &present.caller, holder, &request.key_digest(), expires_at).await;
    let name = match renewed {
        Ok(Ok(name)) => name,
        Ok(Err(why)) => return refused(why.to_string()),
        Err(error) => {
            tracing::warn!(error = chain(&error), "a certificate could not be renewed");
            return refused("the server cannot renew now: try again".to_owned());
        }
    };
    let signing = match gateways.signing().await {
        Ok(signing) => signing,
        Err(error) => return refused(error.to_string()),
    };
    match signing.issue(&request, &name, now) {
        Some(Issued { by, certificate, authorities }) => {
            let record = ServerRecord::CertificateIssued { certificate, authorities };
            (record, Some(Holder { name, until: expires_at, by }))
        }
        None => refused("the server cannot sign now: try again".to_owned()),
    }
}

/// Takes the keys of a gateway's cluster, or says why not. What fails on this side passes: the gateway tells them again.
async fn take_keys(gateways: &Inner, present: &Present, jwks: &str) -> Option<ServerRecord> {
    match operations::tell_keys(&gateways.app, present, jwks).await {
        Ok(Ok(())) => None,
        Ok(Err(why)) => {
            tracing::warn!(gateway = %present.name.gateway, instance = %present.name.instance, %why, "the keys that a gateway told do not count");
            Some(ServerRecord::JwksRefused { reason: why.to_string(), passes: false })
        }
        Err(error) => {
            tracing::warn!(error = chain(&error), "keys that a gateway told could not be kept");
            Some(ServerRecord::JwksRefused { reason: "the server cannot keep them now".to_owned(), passes: true })
        }
    }
}

pub(super) fn report(what: &str, done: Result<(), AppError>) {
    if let Err(error) = done {
        tracing::warn!(error = chain(&error), "{what} failed");
    }
}
