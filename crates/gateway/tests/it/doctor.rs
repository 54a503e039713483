//! What the doctor says of a way without a real server at its end, and on paper.

use std::process::Command;

use mayfly_gateway::{
    dial::Server,
    doctor::{Check, Verdict, way, way::Who},
};
use mayfly_testkit::{
    ambient::ambient,
    certificates::TestAuthority,
    connect_proxy::{ConnectProxy, ProxyManner},
};

#[tokio::test]
async fn who_vouches_for_the_outer_tls_is_told_even_where_it_is_believed() {
    let company = TestAuthority::new("reads along");
    let shown = company.sign_for(&["127.0.0.1"]);
    let front = ConnectProxy::secure(ProxyManner::Open, &shown).await.unwrap();
    let address = front.url().parse().unwrap();
    let server = Server::new(&address, &[company.certificate()]).unwrap();
    let seen = way::look(&ambient(), &server, &Who::Nobody).await;
    let told: Vec<_> = seen.iter().map(|finding| (finding.check, finding.verdict)).collect();
    assert_eq!(
        told,
        [
            (Check::Dns, Verdict::Good),
            (Check::Tcp, Verdict::Good),
            (Check::OuterTls, Verdict::Good),
            (Check::Upgrade, Verdict::Failed),
            (Check::InnerTls, Verdict::Skipped),
            (Check::Hello, Verdict::Skipped),
            (Check::Clock, Verdict::Skipped),
        ]
    );
    assert!(seen[2].text.contains("CN=reads along"), "{}", seen[2].text);
}

#[test]
fn each_leg_has_an_exit_code_of_its_own() {
    let codes: Vec<u8> = Check::ALL.into_iter().map(Check::exit_code).collect();
    assert_eq!(codes, (10..24).collect::<Vec<u8>>());
}

#[test]
fn a_report_for_people_has_a_line_for_each_leg_and_ends_with_the_first_ones_code() {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly-gateway"));
    command.args(["doctor", "--state"]).arg(folder.path()).arg("--policy").arg(folder.path().join("policy.yaml"));
    let output = command.env_clear().output().expect("it was built beside this");
    let said = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(i32::from(Check::Policy.exit_code())), "{said}");
    let begins: Vec<&str> = said.lines().map(|line| line.get(..20).unwrap_or(line).trim_end()).collect();
    assert_eq!(begins[..3], ["FAILED   policy", "FAILED   enrolment", "skipped  dns"], "{said}");
    assert!(begins.contains(&"FAILED   api-server") && said.contains("--cluster-url"), "{said}");
}
