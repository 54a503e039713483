//! The gateway's own account, its API server, and what it may do there.

use std::{fs, time::Duration};

use jiff::Timestamp;
use mayfly_cluster::{CheckedRight, Deadline, Need, Place as _, Probe, ProbeReport, parse_credential, rights_of};
use mayfly_domain::{clock::Ambient, ids::GatewayOperationId, sensitive::Sensitive};

use super::{Check, Finding};
use crate::outpost::{Outpost, OwnCluster};

/// For each question to the API server.
const LIMIT: Duration = Duration::from_secs(20);

/// Looks at the token, the API server, and the rights that the policy takes.
pub async fn look(ambient: &Ambient, own: &OwnCluster, outpost: &Outpost) -> Vec<Finding> {
    let token = look_at_token(ambient, own);
    let id = GatewayOperationId::generate(ambient);
    let (executor, target) = outpost.cluster(id);
    let probe = Probe { target: target.clone(), samples: Vec::new(), cluster_role: None };
    match executor.probe(probe, Deadline::after(ambient, LIMIT)).await {
        Err(error) => {
            let skipped = Finding::skipped(Check::Rights, "the API server did not say who this is");
            vec![token, Finding::failed(Check::ApiServer, error.to_string()), skipped]
        }
        Ok(report) => {
            let wanted = rights_of(&outpost.policy);
            let checked = executor.check_rights(&target, wanted, Deadline::after(ambient, LIMIT)).await;
            let rights = match checked {
                Ok(checked) => judge(&report, &checked),
                Err(error) => Finding::failed(Check::Rights, error.to_string()),
            };
            vec![token, reached(&report), rights]
        }
    }
}

fn look_at_token(ambient: &Ambient, own: &OwnCluster) -> Finding {
    let path = own.token_file.display();
    let read = || fs::read_to_string(&own.token_file).map(Sensitive::new);
    let (text, written) = match (read(), fs::metadata(&own.token_file).and_then(|metadata| metadata.modified())) {
        (Ok(text), Ok(written)) => (text, written),
        (Err(error), _) | (_, Err(error)) => return Finding::failed(Check::TokenFile, format!("`{path}`: {error}")),
    };
    match parse_credential(text.expose(), ambient.now()) {
        Err(invalid) => Finding::failed(Check::TokenFile, format!("`{path}` {invalid}")),
        Ok(credential) => {
            let age = Timestamp::try_from(written).map_or(0, |written| ambient.now().duration_since(written).as_secs());
            let until =
                credential.expires_at.map_or_else(|| "no end in it".to_owned(), |at| format!("good until {at}"));
            Finding::good(Check::TokenFile, format!("`{path}` was written {age} s ago, {until}"))
        }
    }
}

fn reached(report: &ProbeReport) -> Finding {
    let version = report.version.as_deref().unwrap_or("of a version that it does not tell");
    let took = report.times.who_am_i.as_millis();
    Finding::good(Check::ApiServer, format!("Kubernetes {version}, as `{}`, answered in {took} ms", report.who))
}

fn judge(report: &ProbeReport, checked: &[CheckedRight]) -> Finding {
    let lacks = |need: Need| {
        let lacking = checked.iter().filter(move |checked| checked.need == need && !checked.is_held);
        lacking.map(|checked| checked.right.to_string()).collect::<Vec<_>>().join("; ")
    };
    let (missing, better) = (lacks(Need::Required), lacks(Need::Optional));
    let who = &report.who;
    let note = if better.is_empty() { String::new() } else { format!("; it would be surer with: {better}") };
    if missing.is_empty() {
        let count = checked.iter().filter(|checked| checked.is_held).count();
        return Finding::good(Check::Rights, format!("{count} rights that the policy takes{note}"));
    }
    Finding::failed(Check::Rights, format!("`{who}` lacks what the policy takes: {missing}{note}"))
}
