//! Saying which leg is broken, before and after a gateway is enrolled.

use std::{
    io::{self, Write as _},
    process::ExitCode,
    sync::Arc,
};

use anyhow::Context as _;
use clap::Args;
use mayfly_domain::{clock::Ambient, gateway_policy::GatewayPolicy};
use mayfly_gateway::{
    audit::Audit,
    doctor::{Check, Finding, Verdict, post, way, way::Who},
    identity::Identity,
    outpost::Outpost,
};
use mayfly_system::system;
use mayfly_tunnel::enrolment::EnrolmentText;
use serde_json::json;

use super::run::executor_options;
use crate::arguments::{EnrolmentArguments, PostArguments, ServerArguments};

#[derive(Debug, Args)]
pub(crate) struct DoctorArguments {
    #[command(flatten)]
    enrolment: EnrolmentArguments,
    #[command(flatten)]
    server: ServerArguments,
    #[command(flatten)]
    post: PostArguments,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

/// Looks at everything, prints what was seen, and ends with the code of the first leg that failed.
pub(crate) async fn perform(arguments: DoctorArguments) -> anyhow::Result<ExitCode> {
    let ambient = system();
    let mut findings = Vec::new();
    let policy = arguments.post.policy();
    findings.push(match &policy {
        Ok(policy) => Finding::good(Check::Policy, format!("{} operations", policy.operations.len())),
        Err(error) => Finding::failed(Check::Policy, format!("{error:#}")),
    });
    findings.extend(look_at_way(&ambient, &arguments).await);
    findings.extend(look_at_post(&ambient, &arguments.post, policy.ok()).await);
    print(&findings, arguments.json)?;
    let first = findings.iter().find(|finding| finding.verdict == Verdict::Failed);
    Ok(first.map_or(ExitCode::SUCCESS, |finding| ExitCode::from(finding.check.exit_code())))
}

async fn look_at_way(ambient: &Ambient, arguments: &DoctorArguments) -> Vec<Finding> {
    let known = Identity::load(&arguments.enrolment.state).context("the identity");
    let (identity, text) = match known.and_then(|identity| Ok((identity, arguments.enrolment.text()?))) {
        Ok(known) => known,
        Err(error) => return broken(Finding::failed(Check::Enrolment, format!("{error:#}"))),
    };
    let (who, finding) = who(ambient, identity.as_ref(), text.as_ref());
    match arguments.server.server(text.as_ref().map(|text| text.server.as_str())) {
        Ok(server) => {
            let looked = way::look(ambient, &server, &who).await;
            std::iter::once(finding).chain(looked).collect()
        }
        Err(error) if finding.verdict == Verdict::Failed => {
            broken(Finding::failed(Check::Enrolment, format!("{}; {error:#}", finding.text)))
        }
        Err(error) => broken(Finding::failed(Check::Enrolment, format!("{error:#}"))),
    }
}

fn broken(finding: Finding) -> Vec<Finding> {
    std::iter::once(finding).chain(way::skipped("it is not known where to go, or as whom")).collect()
}

fn who<'a>(ambient: &Ambient, identity: Option<&'a Identity>, text: Option<&'a EnrolmentText>) -> (Who<'a>, Finding) {
    match (identity.filter(|identity| identity.expires_at > ambient.now()), text) {
        (Some(identity), _) => {
            let (name, until) = (&identity.name, identity.expires_at);
            let text = format!("gateway {}, instance `{}`, until {until}", name.gateway, name.instance);
            (Who::Enrolled(identity), Finding::good(Check::Enrolment, text))
        }
        (None, Some(text)) => {
            let told = format!("not enrolled yet; the enrolment is for gateway {}", text.gateway);
            (Who::Enrolling(text), Finding::good(Check::Enrolment, told))
        }
        (None, None) => {
            let why = if identity.is_some() { "the certificate has ended" } else { "not enrolled" };
            let text = format!("{why}, and there is no enrolment: give --enrolment-file or MAYFLY_GATEWAY_ENROLMENT");
            (Who::Nobody, Finding::failed(Check::Enrolment, text))
        }
    }
}

async fn look_at_post(ambient: &Ambient, post: &PostArguments, policy: Option<Arc<GatewayPolicy>>) -> Vec<Finding> {
    let options = post.cluster().and_then(|own| Ok((own, executor_options(ambient)?)));
    match options {
        Ok((own, options)) => {
            let is_known = policy.is_some();
            let outpost = Outpost::new(options, own.clone(), policy.unwrap_or_default(), Audit::none(ambient));
            let mut findings = post::look(ambient, &own, &outpost).await;
            if !is_known && let Some(rights) = findings.last_mut() {
                *rights = Finding::skipped(Check::Rights, "the policy could not be read");
            }
            findings
        }
        Err(error) => vec![
            Finding::skipped(Check::TokenFile, "it is not known where the API server is"),
            Finding::failed(Check::ApiServer, format!("{error:#}")),
            Finding::skipped(Check::Rights, "it is not known where the API server is"),
        ],
    }
}

fn print(findings: &[Finding], as_json: bool) -> anyhow::Result<()> {
    let said = if as_json {
        let is_well = findings.iter().all(|finding| finding.verdict != Verdict::Failed);
        format!("{:#}\n", json!({ "healthy": is_well, "checks": findings }))
    } else {
        let line = |finding: &Finding| {
            format!("{:8} {:11} {}", finding.verdict.word(), finding.check.word(), finding.text).trim_end().to_owned()
        };
        findings.iter().map(line).collect::<Vec<_>>().join("\n") + "\n"
    };
    io::stdout().write_all(said.as_bytes()).context("say so")
}
