//! One request and one answer, and nothing of it in any log.

use std::time::Duration;

use mayfly_domain::{ids::GatewayId, sensitive::Sensitive};
use mayfly_tunnel::{
    enrolment::{
        EnrolmentAnswer, EnrolmentFailed, EnrolmentRequest, EnrolmentText, InvalidEnrolmentText, Proof, answer, ask,
    },
    tls::{EnrolmentServer, connect_enrolment},
    trust::AuthorityPin,
};
use tokio::io::{AsyncWriteExt as _, duplex};

use crate::rig::{Rig, WIRE, until};

const TOKEN: &str = "planted-one-time-token";

fn request(rig: &Rig) -> EnrolmentRequest {
    EnrolmentRequest {
        gateway: GatewayId::generate(&rig.ambient),
        instance: "pod-1".parse().unwrap(),
        proof: Proof::Token { token: Sensitive::from(TOKEN) },
        request: "AAAA".to_owned(),
        version: "1.2.3".to_owned(),
    }
}

fn refusal() -> EnrolmentAnswer {
    EnrolmentAnswer::Refused { code: "used".to_owned(), message: "it was used already".to_owned() }
}

#[tokio::test]
async fn a_request_is_answered_inside_pinned_tls() {
    let rig = Rig::new();
    let own = rig.authority.sign_server(rig.ambient.now()).unwrap();
    let server = EnrolmentServer::new(&rig.ambient, own, Vec::new()).unwrap();
    let (near, far) = duplex(WIRE);
    let pin = AuthorityPin::of(rig.authority.certificate());
    let wanted = request(&rig);
    let serving = async {
        let stream = server.accept(far).await.unwrap();
        let decide = async |seen: EnrolmentRequest| {
            assert_eq!((seen.gateway, seen.instance.as_str()), (wanted.gateway, "pod-1"));
            assert!(matches!(&seen.proof, Proof::Token { token } if token.expose() == TOKEN));
            assert!(!format!("{seen:?}").contains(TOKEN));
            refusal()
        };
        answer(&rig.ambient, stream, decide).await.unwrap();
    };
    let asking = async {
        let stream = connect_enrolment(&rig.ambient, pin, near).await.unwrap();
        ask(&rig.ambient, stream, &wanted).await.unwrap()
    };
    let ((), answered) = tokio::join!(serving, asking);
    assert_eq!(answered, refusal());
}

#[tokio::test]
async fn half_a_request_is_waited_for_ten_seconds_and_nonsense_is_none() {
    let rig = Rig::new();
    let (mut near, far) = duplex(WIRE);
    near.write_all(&[0, 0, 0, 9, b'{']).await.unwrap();
    let ambient = rig.ambient.clone();
    let serving = tokio::spawn(async move { answer(&ambient, far, async |_| refusal()).await });
    until("it waits", || rig.clock.sleepers() == 1).await;
    rig.clock.advance(Duration::from_secs(10));
    assert!(matches!(serving.await.unwrap(), Err(EnrolmentFailed::TimedOut)));
    for bytes in [&[0xff, 0xff, 0xff, 0xff][..], &[0, 0, 0, 2, b'{', b'}'], &[0, 0, 0, 1, b'x']] {
        let (mut near, far) = duplex(WIRE);
        near.write_all(bytes).await.unwrap();
        let answered = answer(&rig.ambient, far, async |_| refusal()).await;
        assert!(matches!(answered, Err(EnrolmentFailed::Broken(_) | EnrolmentFailed::Record(_))), "{answered:?}");
    }
    let (near, far) = duplex(WIRE);
    drop(near);
    assert!(matches!(answer(&rig.ambient, far, async |_| refusal()).await, Err(EnrolmentFailed::Closed)));
}

#[test]
fn an_enrolments_text_is_read_as_it_is_written_and_hides_its_token() {
    let rig = Rig::new();
    let text = EnrolmentText {
        server: "https://mayfly.example".to_owned(),
        gateway: GatewayId::generate(&rig.ambient),
        authority: AuthorityPin::of(rig.authority.certificate()),
        token: Some(Sensitive::from(TOKEN)),
    };
    let exposed = text.expose();
    let read: EnrolmentText = format!(" {}\n", exposed.expose()).parse().unwrap();
    assert_eq!(
        (read.gateway, read.authority, read.server.as_str()),
        (text.gateway, text.authority, text.server.as_str())
    );
    assert_eq!(read.token.as_ref().map(Sensitive::expose).map(String::as_str), Some(TOKEN));
    assert!(!format!("{read:?} {read}").contains(TOKEN));
    let by_account = EnrolmentText { token: None, ..text };
    let read: EnrolmentText = by_account.expose().expose().parse().unwrap();
    assert!(read.token.is_none() && read.gateway == by_account.gateway);
    let mut cut = exposed.expose().clone();
    cut.truncate(cut.len() - 5);
    for bad in ["", "mayfly_enrol_", "mayfly_enrol_e30", &cut] {
        assert_eq!(bad.parse::<EnrolmentText>().err(), Some(InvalidEnrolmentText), "{bad}");
    }
}
