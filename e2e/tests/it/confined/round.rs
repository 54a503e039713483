//! Attacks without the policies, then with them.

use std::{collections::BTreeSet, time::Duration};

use anyhow::ensure;
use jiff::{SignedDuration, Timestamp};
use mayfly_e2e::waiting::until;
use mayfly_testkit::ambient::ambient;
use reqwest::{Method, StatusCode};
use serde_json::Value;

use super::{
    ground::{Answer, Ground, Request},
    honest::INSTALLATION,
};

/// Policies take effect when the API server has seen and compiled them.
const EFFECT_PATIENCE: SignedDuration = SignedDuration::from_secs(30);
/// Once that time is over, a try answers at once what it will ever answer.
const TRY_PATIENCE: SignedDuration = SignedDuration::from_secs(2);

/// How an attack is shown to succeed without the policies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Control {
    /// It is carried out.
    Done,
    /// It is tried: others would notice it.
    Tried,
}

/// Something that a thief does with the issuer's token.
pub(super) struct Attack {
    pub(super) name: &'static str,
    /// What is there before, made by the admin.
    pub(super) before: Vec<Request>,
    pub(super) request: Request,
    pub(super) control: Control,
    /// Why it is refused: the one fault that it has.
    pub(super) reason: &'static str,
}

/// What came of a round.
pub(super) struct Outcome {
    /// Everything that went otherwise than it should.
    pub(super) faults: Vec<String>,
    /// What the policies can say and no attack made them say.
    pub(super) untested: BTreeSet<Refusal>,
}

/// What a policy says when it refuses.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Refusal {
    /// The end of the policy's name.
    pub(super) policy: String,
    pub(super) reason: String,
}

pub(super) struct Round {
    pub(super) attacks: Vec<Attack>,
    /// What must be accepted all the same, in this order.
    pub(super) honest: Vec<Request>,
    /// What needs no policy, because the issuer has no right to it.
    pub(super) by_rights: Vec<(&'static str, Request)>,
}

impl Attack {
    pub(super) fn new(name: &'static str, request: Request, reason: &'static str) -> Self {
        Self { name, before: Vec::new(), request, control: Control::Done, reason }
    }

    pub(super) fn after(mut self, before: impl IntoIterator<Item = Request>) -> Self {
        self.before.extend(before);
        self
    }

    pub(super) fn only_tried(self) -> Self {
        Self { control: Control::Tried, ..self }
    }
}

impl Round {
    /// Plays it.
    pub(super) async fn play(&self, ground: &Ground, flags: &[String]) -> anyhow::Result<Outcome> {
        let mut faults = Vec::new();
        for attack in &self.attacks {
            let answer = succeeds(ground, attack).await?;
            if !answer.status.is_success() {
                faults.push(format!("without policies, `{}`: {} {}", attack.name, answer.status, answer.message()));
            }
        }
        ground.confine(INSTALLATION, flags).await?;
        let effective = ambient().now() + EFFECT_PATIENCE;
        let mut untested = ground.refusals().await?;
        for attack in &self.attacks {
            match refused(ground, attack, effective).await {
                Ok(why) => {
                    println!("| {} | {}: {} |", attack.name, why.policy, why.reason);
                    untested.remove(&why);
                }
                Err(error) => faults.push(format!("with policies, `{}`: {error:#}", attack.name)),
            }
        }
        for (name, request) in &self.by_rights {
            let answer = ground.steal(request).await?;
            let is_by_rights = answer.status == StatusCode::FORBIDDEN && answer.message().contains("cannot ");
            if is_by_rights {
                println!("| {name} | by RBAC |");
            } else {
                faults.push(format!("by rights, `{name}`: {} {}", answer.status, answer.message()));
            }
        }
        faults.extend(self.honesty(ground).await?);
        Ok(Outcome { faults, untested })
    }

    /// The policies refuse nothing that Mayfly makes, and nothing of it that it removes.
    async fn honesty(&self, ground: &Ground) -> anyhow::Result<Vec<String>> {
        let (mut faults, mut made) = (Vec::new(), Vec::new());
        for request in &self.honest {
            let answer = ground.steal(request).await?;
            if !answer.status.is_success() {
                faults.push(format!("honest, {}: {} {}", request.path, answer.status, answer.message()));
            }
            made.extend(path_of(request));
        }
        for path in made {
            let answer = ground.steal(&Request::delete(&path)).await?;
            if !answer.status.is_success() {
                faults.push(format!("honest, removing {path}: {} {}", answer.status, answer.message()));
            }
        }
        Ok(faults)
    }
}

async fn succeeds(ground: &Ground, attack: &Attack) -> anyhow::Result<Answer> {
    prepare(ground, attack).await?;
    let answer = match attack.control {
        Control::Done => ground.steal(&attack.request).await,
        Control::Tried => ground.steal(&attack.request.tried()).await,
    };
    let answer = answer?;
    clean(ground, attack, &answer).await?;
    Ok(answer)
}

/// Waits until the attack is refused when it is tried, and sees that it then is in earnest. The answer is the reason.
async fn refused(ground: &Ground, attack: &Attack, effective: Timestamp) -> anyhow::Result<Refusal> {
    prepare(ground, attack).await?;
    let before = versions(ground, attack).await?;
    let (tried, mut last) = (attack.request.tried(), String::new());
    let patience = effective.duration_since(ambient().now()).max(TRY_PATIENCE);
    let effect = until(Duration::try_from(patience)?, "the attack is refused when it is tried", async || {
        let answer = ground.steal(&tried).await?;
        last = format!("{} {}", answer.status, answer.message());
        Ok(reason(ground, attack, &answer))
    });
    let effect = effect.await;
    let why = effect.map_err(|error| error.context(format!("last answer: {last}")))?;
    let answer = ground.steal(&attack.request).await?;
    let in_earnest = reason(ground, attack, &answer);
    let after = versions(ground, attack).await?;
    clean(ground, attack, &answer).await?;
    ensure!(in_earnest.as_ref() == Some(&why), "in earnest: {} {}", answer.status, answer.message());
    ensure!(before == after, "something changed all the same: {before:?} became {after:?}");
    Ok(why)
}

/// What refused the attack and why, if it is for the attack's own reason.
fn reason(ground: &Ground, attack: &Attack, answer: &Answer) -> Option<Refusal> {
    let (_, told) = answer.message().split_once(&format!("ValidatingAdmissionPolicy '{}-", ground.name))?;
    let (policy, _) = told.split_once('\'')?;
    let (_, reason) = told.split_once("denied request: ")?;
    let is_own = answer.status.is_client_error() && attack.reason == reason;
    is_own.then(|| Refusal { policy: policy.to_owned(), reason: reason.to_owned() })
}

async fn prepare(ground: &Ground, attack: &Attack) -> anyhow::Result<()> {
    for request in &attack.before {
        ground.make(&request.path, request.body.clone()).await?;
    }
    Ok(())
}

/// Removes what was there before, and what the attack has made.
async fn clean(ground: &Ground, attack: &Attack, answer: &Answer) -> anyhow::Result<()> {
    let name = answer.body.pointer("/metadata/name").and_then(Value::as_str);
    let generated = name.map(|name| format!("{}/{name}", attack.request.path)).filter(|_| makes(&attack.request));
    let paths = attack.before.iter().filter_map(path_of).chain(path_of(&attack.request)).chain(generated);
    for path in paths {
        ground.remove(&path).await?;
    }
    Ok(())
}

/// Of everything that the attack is about: whether it is there, and in which version.
async fn versions(ground: &Ground, attack: &Attack) -> anyhow::Result<Vec<(String, Option<String>)>> {
    let mut versions = Vec::new();
    for path in attack.before.iter().filter_map(path_of).chain(path_of(&attack.request)) {
        let found = ground.read(&path).await?;
        let version = found.body.pointer("/metadata/resourceVersion").and_then(Value::as_str).map(str::to_owned);
        versions.push((path, version));
    }
    Ok(versions)
}

fn makes(request: &Request) -> bool {
    request.method == Method::POST && !request.path.ends_with("/token")
}

/// The object that a request makes, by its path. A PUT and an apply make what is not there.
fn path_of(request: &Request) -> Option<String> {
    let name = request.body.pointer("/metadata/name").and_then(Value::as_str)?;
    let path = request.path.split('?').next().unwrap_or_default();
    match request.method {
        Method::POST if makes(request) => Some(format!("{path}/{name}")),
        Method::PUT | Method::PATCH => Some(path.to_owned()),
        _ => None,
    }
}
