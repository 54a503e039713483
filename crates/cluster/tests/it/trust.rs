//! Whom an executor believes to be the API server.

use mayfly_cluster::{
    Certainty, ClusterError, Executor, ExecutorOptions, InvalidCa, Issue, Kind, Misconfigured, Place, Probe, Step,
    TrustRoots, Untrusted, VerificationOff, Verify,
};
use mayfly_domain::connection::{Target, Verification};
use mayfly_testkit::{
    certificates::TestAuthority,
    fake_cluster::{Calls, ShownCertificate},
};
use rustls::pki_types::{CertificateDer, pem::PemObject};

use crate::ground::{Ground, options};

async fn issue_with(
    ground: &Ground,
    executor: ExecutorOptions,
    change: impl FnOnce(&mut Target),
) -> Result<(), ClusterError> {
    let mut target = ground.target.clone();
    change(&mut target);
    let issue = Issue { target, plan: ground.plan(), verify: Verify::Skip };
    Executor::new(executor).issue(issue, ground.deadline()).await.map(drop).map_err(|failed| failed.error)
}

fn roots(pem: &str) -> TrustRoots {
    TrustRoots::Only(vec![CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()])
}

#[tokio::test]
async fn without_a_ca_the_roots_decide() {
    let ground = Ground::new().await;
    for blank in [None, Some(String::new()), Some(" \n".to_owned())] {
        let error = issue_with(&ground, options(&ground.ambient), |target| target.ca.clone_from(&blank)).await;
        assert_eq!(error.unwrap_err().kind, Kind::Untrusted(Untrusted::UnknownIssuer), "{blank:?}");
        let trusting = ExecutorOptions { trust_roots: roots(&ground.cluster.ca_pem()), ..options(&ground.ambient) };
        issue_with(&ground, trusting, |target| target.ca.clone_from(&blank)).await.unwrap();
    }
}

#[tokio::test]
async fn the_machines_roots_do_not_vouch_for_a_stranger() {
    let ground = Ground::new().await;
    let system = ExecutorOptions { trust_roots: TrustRoots::System, ..options(&ground.ambient) };
    let error = issue_with(&ground, system, |target| target.ca = None).await.unwrap_err();
    assert_eq!(error.kind, Kind::Untrusted(Untrusted::UnknownIssuer));
    assert_eq!(ground.requests().count(Calls::All), 0);
}

#[tokio::test]
async fn a_given_ca_is_the_only_root() {
    let ground = Ground::new().await;
    let trusting = ExecutorOptions { trust_roots: roots(&ground.cluster.ca_pem()), ..options(&ground.ambient) };
    let other = TestAuthority::new("fake cluster").pem();
    let error = issue_with(&ground, trusting, |target| target.ca = Some(other)).await.unwrap_err();
    assert_eq!(error.kind, Kind::Untrusted(Untrusted::UnknownIssuer), "the roots would have accepted it");
    assert_eq!(ground.requests().count(Calls::All), 0);
}

#[tokio::test]
async fn one_of_several_given_cas_is_enough() {
    let ground = Ground::new().await;
    let bundle = format!("{}\n{}", TestAuthority::new("old").pem(), ground.cluster.ca_pem());
    issue_with(&ground, options(&ground.ambient), |target| target.ca = Some(bundle)).await.unwrap();
}

#[tokio::test]
async fn verification_is_off_only_when_connection_and_server_both_say_so() {
    let ground = Ground::new().await;
    ground.cluster.show(ShownCertificate::OtherAuthority);
    let off = |target: &mut Target| target.verification = Verification::Off;
    let error = issue_with(&ground, options(&ground.ambient), off).await.unwrap_err();
    assert_eq!(error.kind, Kind::Misconfigured(Misconfigured::VerificationOff));
    assert_eq!((error.step, error.certainty), (Step::Prepare, Certainty::NeverSent));
    assert_eq!(ground.requests().connections(), 0);
    let allowing = || ExecutorOptions { verification_off: VerificationOff::Allowed, ..options(&ground.ambient) };
    let error = issue_with(&ground, allowing(), |_| {}).await.unwrap_err();
    assert_eq!(error.kind, Kind::Untrusted(Untrusted::UnknownIssuer), "the connection did not ask for it");
    for shown in [ShownCertificate::OtherAuthority, ShownCertificate::Expired, ShownCertificate::WrongName] {
        ground.cluster.show(shown);
        issue_with(&ground, allowing(), off).await.unwrap();
    }
}

#[tokio::test]
async fn a_ca_that_cannot_be_used_is_named_before_anything_is_sent() {
    let ground = Ground::new().await;
    let expired = TestAuthority::expired("old").pem();
    for (ca, reason) in [
        ("hello".to_owned(), InvalidCa::NotPem),
        (TestAuthority::new("any").private_key_pem(), InvalidCa::PrivateKey),
        (expired, InvalidCa::Expired { at: "2000-01-01T00:00:00Z".parse().unwrap() }),
    ] {
        let error = issue_with(&ground, options(&ground.ambient), |target| target.ca = Some(ca)).await.unwrap_err();
        assert_eq!(error.kind, Kind::Misconfigured(Misconfigured::Ca(reason)));
    }
    assert_eq!(ground.requests().connections(), 0);
}

#[tokio::test]
async fn a_probe_names_the_certificate_that_is_not_believed_and_says_nothing_to_it() {
    let ground = Ground::new().await;
    let probe = || Probe { target: ground.target.clone(), samples: Vec::new(), cluster_role: None };
    let executor = Executor::new(options(&ground.ambient));
    ground.cluster.show(ShownCertificate::OtherAuthority);
    let error = executor.probe(probe(), ground.deadline()).await.unwrap_err();
    let Kind::UntrustedCertificate { why: Untrusted::UnknownIssuer, presented } = &error.kind else {
        panic!("{error:?}")
    };
    assert!(presented.issuer.starts_with("CN="), "{presented:?}");
    assert_eq!((presented.sha256.len(), error.step), (64, Step::Handshake));
    assert_eq!(ground.requests().count(Calls::All), 0, "something was said to a stranger");
    ground.cluster.show(ShownCertificate::Good);
    let report = executor.probe(probe(), ground.deadline()).await.unwrap();
    assert!(report.times.way.is_some(), "the way was not looked at");
    assert!(ground.requests().count(Calls::All) > 0, "requests are counted");
}
