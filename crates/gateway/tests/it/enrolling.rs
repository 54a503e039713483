//! A process that dies at any step of enrolling, and comes again: the token counts once, and is not lost.

use std::{
    future::poll_fn,
    net::Ipv4Addr,
    path::Path,
    pin::pin,
    sync::{Arc, Mutex},
    task::Poll,
    time::Duration,
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use http::Response;
use http_body_util::Empty;
use hyper::{body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use mayfly_domain::{
    clock::Ambient,
    gateway::GatewayName,
    ids::{GatewayId, InstallationId},
    sensitive::Sensitive,
};
use mayfly_gateway::{
    dial::Server,
    enrolling::{Enrolment, enrol},
    health::Pulse,
    identity::{Identity, IdentityFailed},
};
use mayfly_testkit::ambient::ambient;
use mayfly_tunnel::{
    authority::{Authority, CertificateRequest},
    carrier,
    enrolment::{self, EnrolmentAnswer, EnrolmentRequest, EnrolmentText},
    protocol::ENROLMENT_SUBPROTOCOL,
    tls::EnrolmentServer,
    trust::AuthorityPin,
};
use tokio::{net::TcpListener, sync::Notify};

/// A server that lets one key of one process enrol, and whoever comes again with both.
struct Desk {
    ambient: Ambient,
    installation: InstallationId,
    authority: Authority,
    let_in: Mutex<Option<(Vec<u8>, String)>>,
    signed: Notify,
    /// Whether it signs, and never answers.
    is_mute: bool,
}

impl Desk {
    async fn open(is_mute: bool) -> (Arc<Self>, Server, EnrolmentText) {
        let ambient = ambient();
        let installation = InstallationId::generate(&ambient);
        let authority = Authority::generate(installation, ambient.now()).unwrap();
        let authority_pin = AuthorityPin::of(authority.certificate());
        let gateway = GatewayId::generate(&ambient);
        let (let_in, signed) = (Mutex::default(), Notify::new());
        let desk = Arc::new(Self { ambient, installation, authority, let_in, signed, is_mute });
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let serving = Arc::clone(&desk);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let desk = Arc::clone(&serving);
                let service = service_fn(move |request| std::future::ready(desk.switch(request)));
                tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(stream), service).with_upgrades());
            }
        });
        let server = Server::new(&address.parse().unwrap(), &[]).unwrap();
        let token = Some(Sensitive::from("only-once"));
        (desk, server, EnrolmentText { server: address, gateway, authority: authority_pin, token })
    }

    fn switch(
        self: &Arc<Self>,
        mut request: http::Request<Incoming>,
    ) -> Result<Response<Empty<&'static [u8]>>, String> {
        let response = carrier::switching(&request, ENROLMENT_SUBPROTOCOL).ok_or("no WebSocket")?;
        let (desk, upgrading) = (Arc::clone(self), hyper::upgrade::on(&mut request));
        tokio::spawn(async move {
            let carrier = carrier::accept(TokioIo::new(upgrading.await.ok()?)).await;
            let own = desk.authority.sign_server(desk.ambient.now()).unwrap();
            let stream = EnrolmentServer::new(&desk.ambient, own, Vec::new()).unwrap().accept(carrier).await.ok()?;
            enrolment::answer(&desk.ambient, stream, async |request| desk.decide(request).await).await.ok()
        });
        Ok(response.map(|()| Empty::new()))
    }

    async fn decide(&self, asked: EnrolmentRequest) -> EnrolmentAnswer {
        let request = CertificateRequest::read(&STANDARD.decode(asked.request).unwrap()).unwrap();
        let who = (request.key_digest(), asked.instance.to_string());
        let is_known = *self.let_in.lock().unwrap().get_or_insert_with(|| who.clone()) == who;
        if !is_known {
            let message = "the enrolment's token was used already".to_owned();
            return EnrolmentAnswer::Refused { code: "token_used".to_owned(), message };
        }
        let (installation, gateway) = (self.installation, asked.gateway);
        let name = GatewayName { installation, gateway, instance: asked.instance, generation: 1 };
        let certificate = self.authority.sign_gateway(&request, &name, self.ambient.now()).unwrap();
        self.signed.notify_one();
        if self.is_mute {
            std::future::pending::<()>().await;
        }
        let authorities = vec![STANDARD.encode(self.authority.certificate())];
        EnrolmentAnswer::Enrolled { certificate: STANDARD.encode(certificate), authorities }
    }
}

async fn come(desk: &Desk, server: &Server, text: &EnrolmentText, folder: &Path) -> Result<Identity, IdentityFailed> {
    let (account_token, pulse) = (Path::new("none"), Pulse::new(&desk.ambient));
    let enrolment = Enrolment { text, instance: None, folder, account_token, pulse: &pulse };
    let enrolling = enrol(&desk.ambient, server, &enrolment).await;
    enrolling.inspect(|identity| {
        let kept = Identity::load(folder).unwrap().expect("the identity is kept");
        assert_eq!((&kept.name, kept.expires_at), (&identity.name, identity.expires_at));
        assert!(!folder.join("enrolling.json").exists());
    })
}

#[tokio::test]
async fn whoever_dies_at_any_step_comes_again_and_is_the_same() {
    let mut stops = 0;
    loop {
        let (desk, server, text) = Desk::open(false).await;
        let folder = tempfile::tempdir().unwrap();
        {
            let mut enrolling = pin!(come(&desk, &server, &text, folder.path()));
            let mut left = stops;
            // Stopped where it waits for the `stops`-th time, as if the process had died there.
            let done = poll_fn(|context| match enrolling.as_mut().poll(context) {
                Poll::Ready(done) => Poll::Ready(Some(done)),
                Poll::Pending if left == 0 => Poll::Ready(None),
                Poll::Pending => {
                    left -= 1;
                    Poll::Pending
                }
            });
            if let Some(done) = done.await {
                done.unwrap();
                break;
            }
        }
        come(&desk, &server, &text, folder.path()).await.unwrap();
        stops += 1;
    }
    assert!(stops >= 4, "it waited {stops} times only");
}

#[tokio::test]
async fn an_answer_that_was_lost_costs_no_token() {
    let (mute, server, text) = Desk::open(true).await;
    let folder = tempfile::tempdir().unwrap();
    let signed = async {
        tokio::select! {
            _ = come(&mute, &server, &text, folder.path()) => unreachable!("it is never answered"),
            () = mute.signed.notified() => {}
        }
    };
    ambient().within(Duration::from_secs(10), signed).await.expect("the server signs");
    let first = mute.let_in.lock().unwrap().clone().unwrap();
    assert!(folder.path().join("enrolling.json").exists());
    // The server goes on, and answers now.
    let (desk, server, _) = Desk::open(false).await;
    *desk.let_in.lock().unwrap() = Some(first);
    let text = EnrolmentText { authority: AuthorityPin::of(desk.authority.certificate()), ..text };
    come(&desk, &server, &text, folder.path()).await.unwrap();
    // Without what was kept, it would have been another: the control.
    let elsewhere = tempfile::tempdir().unwrap();
    let refused = come(&desk, &server, &text, elsewhere.path()).await.err().unwrap();
    assert!(matches!(refused, IdentityFailed::Refused { code, .. } if code == "token_used"));
}

#[tokio::test]
async fn a_key_for_another_gateway_or_process_is_not_asked_for_again() {
    let (mute, server, text) = Desk::open(true).await;
    let folder = tempfile::tempdir().unwrap();
    let kept = || std::fs::read_to_string(folder.path().join("enrolling.json")).unwrap();
    let mut seen = Vec::new();
    let other = EnrolmentText { gateway: GatewayId::generate(&mute.ambient), ..text.clone() };
    for (text, instance) in [(&text, None), (&text, Some("pod-1")), (&text, Some("pod-1")), (&other, Some("pod-1"))] {
        let instance = instance.map(|name: &str| name.parse().unwrap());
        let pulse = Pulse::new(&mute.ambient);
        let enrolment =
            Enrolment { text, instance, folder: folder.path(), account_token: Path::new("none"), pulse: &pulse };
        let mut enrolling = pin!(enrol(&mute.ambient, &server, &enrolment));
        assert!(poll_fn(|context| Poll::Ready(enrolling.as_mut().poll(context).is_pending())).await);
        seen.push(kept());
    }
    assert!(seen[0] != seen[1] && seen[1] == seen[2] && seen[2] != seen[3]);
}
