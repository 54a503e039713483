//! Answering what the server asks: judged by the policy, told in the record, done once.
//!
//! One operation is read as a whole, judged by what it would do, and kept for whoever asks again. Whatever becomes of it, the
//! record has its line, refusals included; an answer with a token leaves only after its line was written.

use std::{sync::Arc, time::Duration};

use futures::{FutureExt as _, future::BoxFuture};
use mayfly_cluster::{Deadline, Issue, Revoke};
use mayfly_domain::{
    gateway_policy::{BeyondPolicy, GatewayOperation},
    plan::{Account, LeasePlan},
};
use mayfly_tunnel::{
    answering::{Answers, Asked},
    carrier::Carrier,
    failure::Refusal,
};

use crate::{
    answers::Answer,
    audit::{Decision, Entry, Line},
    forward::{self, Own, Wanted},
    outpost::{Acting, Looking, Outpost, read},
};

/// The outpost as whoever answers in a tunnel.
pub struct Answering(pub Arc<Outpost>);

/// What was asked for, read and allowed.
enum Task {
    Look(Looking),
    Act(Acting),
}

impl Answers for Answering {
    fn operation(&self, asked: Asked) -> BoxFuture<'_, Answer> {
        let this = Arc::clone(&self.0);
        Box::pin(async move {
            this.tally.operations.one();
            let mut entry = Entry::new(&this.audit, line_of(&asked));
            let task = judge(&this, &asked, entry.line());
            let done = match task {
                Err(refusal) => refuse(entry, refusal),
                Ok(Task::Act(acting)) => act(Arc::clone(&this), acting, &asked, entry).await,
                Ok(Task::Look(looking)) => match this.room() {
                    Err(refusal) => refuse(entry, refusal),
                    Ok(_place) => {
                        let answer = this.look(looking, &asked, entry.line()).await;
                        finish(entry, answer)
                    }
                },
            };
            if done.is_err() {
                this.tally.refused.one();
            }
            done
        })
    }

    fn connect<'a>(
        &'a self,
        host: &'a str,
        port: u16,
        limit: Duration,
    ) -> BoxFuture<'a, Result<Box<dyn Carrier>, Refusal>> {
        let Outpost { ambient, policy, target, tally, audit, .. } = self.0.as_ref();
        let own = Own { host: target.url.host().to_owned(), port: target.url.port() };
        let mut entry =
            Entry::new(audit, Line { objects: vec![format!("{host}:{port}")], ..Line::of("forward", ambient.now()) });
        Box::pin(async move {
            if let Err(beyond) = policy.judge_target(host, port) {
                entry.line().rule = Some(beyond.rule);
            }
            match forward::connect(ambient, policy, &own, Wanted { host, port, limit }).await {
                Ok(stream) => {
                    tally.forwards.one();
                    finish(entry, Ok(stream))
                }
                Err(refusal) => {
                    tally.refused.one();
                    refuse(entry, refusal)
                }
            }
        })
    }
}

fn line_of(asked: &Asked) -> Line {
    Line {
        id: Some(asked.id),
        attempt: Some(asked.attempt),
        lease: asked.lease,
        actor: asked.actor.clone(),
        ..Line::of(&asked.name, jiff::Timestamp::UNIX_EPOCH)
    }
}

/// What is to be done, if the policy allows it. The line is told what it is about, and which rule decided.
fn judge(this: &Outpost, asked: &Asked, line: &mut Line) -> Result<Task, Refusal> {
    let operation = GatewayOperation::of(&asked.name).ok_or_else(|| too_old(&asked.name))?;
    line.rule = Some("operations".to_owned());
    this.policy.judge_operation(operation).map_err(|beyond| against(line, beyond))?;
    let looking = match operation {
        GatewayOperation::Probe => Looking::Probe,
        GatewayOperation::Discover => Looking::Discover,
        GatewayOperation::ListOwned => Looking::ListOwned,
        GatewayOperation::Review => Looking::Review,
        GatewayOperation::Issue => {
            let wanted: Issue<()> = read(&asked.body)?;
            line.objects = objects_of(&wanted.plan);
            line.rule = Some(rule_of(&wanted.plan.account).to_owned());
            this.policy.judge_plan(&wanted.plan, this.ambient.now()).map_err(|beyond| against(line, beyond))?;
            return Ok(Task::Act(Acting::Issue(Box::new(wanted))));
        }
        GatewayOperation::Revoke => {
            let wanted: Revoke<()> = read(&asked.body)?;
            line.objects = wanted.objects.iter().map(|doomed| doomed.object.owned(None).to_string()).collect();
            for doomed in &wanted.objects {
                this.policy.judge_removal(&doomed.object).map_err(|beyond| against(line, beyond))?;
            }
            return Ok(Task::Act(Acting::Revoke(wanted)));
        }
    };
    Ok(Task::Look(looking))
}

/// What was asked for that changes something: done once for each id, and to its end or its deadline.
async fn act(this: Arc<Outpost>, acting: Acting, asked: &Asked, entry: Entry) -> Answer {
    let (id, deadline) = (asked.id, Deadline::after(&this.ambient, asked.limit));
    // Whoever begins takes it along; what is left of it here tells of a repetition or a refusal.
    let mut entry = Some(entry);
    let begin = || {
        let (place, worker) = (this.room()?, Arc::clone(&this));
        let Some(mut entry) = entry.take() else { return Err(Refusal::of_gateway("bug", "it began twice")) };
        Ok(async move {
            let _place = place;
            let answer = worker.act(acting, id, deadline, entry.line()).await;
            finish(entry, answer).map_err(Refusal::after_acting)
        }
        .boxed())
    };
    match (this.kept.answer(id, this.ambient.now(), begin), entry) {
        (Ok(pending), None) => pending.await,
        (Ok(pending), Some(mut entry)) => {
            entry.line().decision = Decision::Repeated;
            let answer = pending.await;
            finish(entry, answer)
        }
        (Err(refusal), Some(entry)) => refuse(entry, refusal),
        (Err(refusal), None) => Err(refusal),
    }
}

/// Tells that nothing was done.
fn refuse<T>(mut entry: Entry, refusal: Refusal) -> Result<T, Refusal> {
    entry.line().refused(refusal.message.clone());
    // It is refused, whether that can be written down or not.
    let _ = written(entry);
    Err(refusal)
}

/// Tells what was done. What cannot be told is not handed out.
fn finish<T>(mut entry: Entry, answer: Result<T, Refusal>) -> Result<T, Refusal> {
    match &answer {
        Ok(_) => entry.line().is_over(),
        Err(refusal) => entry.line().failed(refusal.message.clone()),
    }
    written(entry)?;
    answer
}

fn written(entry: Entry) -> Result<(), Refusal> {
    entry.write().map_err(|error| {
        tracing::error!(%error, "the audit line could not be written");
        Refusal::of_gateway("audit", "the gateway could not write its audit line, and hands nothing out without it")
    })
}

/// What a plan is about: its account, and what is made for it.
fn objects_of(plan: &LeasePlan) -> Vec<String> {
    let account = format!("ServiceAccount {}/{}", plan.account.namespace(), plan.account.name());
    let made = plan.objects().iter().map(|object| object.owned(None).to_string()).filter(|made| *made != account);
    std::iter::once(account.clone()).chain(made).collect()
}

/// Where the policy's file says that a plan is allowed.
const fn rule_of(account: &Account) -> &'static str {
    match account {
        Account::Existing { .. } => "static.accounts",
        Account::Temporary { .. } => "dynamic",
    }
}

fn against(line: &mut Line, beyond: BeyondPolicy) -> Refusal {
    let refusal = Refusal::of_gateway("policy", beyond.to_string());
    line.rule = Some(beyond.rule);
    refusal
}

fn too_old(name: &str) -> Refusal {
    let version = env!("CARGO_PKG_VERSION");
    Refusal::of_gateway(
        "not_known",
        format!("this gateway ({version}) does not know the operation `{name}`: it is too old"),
    )
}
