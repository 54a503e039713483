//! The authority that both ends prove themselves by is exchanged under gateways that run, and removed by force.

use mayfly_api::{
    gateway_authorities::{DeleteGatewayAuthority, GatewayAuthorityList},
    gateways::MadeGatewayEnrolment,
};
use mayfly_e2e::{ACCOUNT, Gateway, ReferencePeer, Scene, waiting::until};
use serde_json::json;

use super::{Lab, PATIENCE, PROMISED, in_state, policy};

const PATH: &str = "/api/v1/gateway-authorities";

#[tokio::test]
async fn real_gateways_are_cut_with_a_removed_authority_and_come_back_by_a_new_enrolment() {
    let lab = Lab::new("gateway-authority").await;
    let Lab { ground, cluster, mayfly, scene, path, enrolment } = &lab;
    let again = async || {
        let made: MadeGatewayEnrolment =
            scene.client.post(&format!("{path}/enrolments"), &json!({ "uses": 2 })).await.unwrap();
        made.enrolment_text
    };
    let prepared = |name: &str, text: &str| Gateway::prepare(mayfly, name, text, &policy(ground), cluster).unwrap();
    let first = prepared("pod-1", enrolment);
    let running = first.start().await.unwrap();
    let shown = in_state(&scene.client, path, "healthy", PATIENCE).await;
    let by_gateway = Scene::reached_by(&json!({
        "authMethod": "gateway", "gatewayId": shown.id, "serviceAccountName": ACCOUNT
    }));
    scene.create_secret_with(&by_gateway, &ground.side).await.unwrap();
    let of_the_old = again().await;
    let there: GatewayAuthorityList = scene.client.post(PATH, &json!({})).await.unwrap();
    let [next, old] = &there.gateway_authorities[..] else { panic!("{there:?}") };
    assert_eq!((next.state.as_str(), old.state.as_str()), ("next", "signing"));

    // New enrolments name the next one, which signs nothing yet and is shown to whoever asks for it, whatever it was made by.
    let second = prepared("pod-2", &again().await);
    assert_eq!(second.enrol().await.unwrap().ended().await.unwrap(), Some(0), "{}", second.log().unwrap());
    let (told, succeeded) =
        ReferencePeer::prepare().await.unwrap().enrol(mayfly.url(), &again().await, "ed25519").await.unwrap();
    assert!(succeeded, "{told:?}");
    let issued = scene.issue(None).await.unwrap();
    assert!(ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());

    let forced = DeleteGatewayAuthority { is_forced: Some(true), reason: Some("a backup was stolen".to_owned()) };
    let left: GatewayAuthorityList = scene.client.delete(&format!("{PATH}/{}", old.id), &forced).await.unwrap();
    assert_eq!((left.gateway_authorities.len(), left.gateway_authorities[0].state.as_str()), (1, "signing"));
    in_state(&scene.client, path, "offline", PROMISED).await;
    running.stop().await.unwrap();
    let late = prepared("pod-3", &of_the_old);
    assert_eq!(late.enrol().await.unwrap().ended().await.unwrap(), Some(1));
    let why = late.log().unwrap();
    assert!(why.contains("does not show the authority `") && why.contains(&old.digest), "{why}");

    let anew = prepared("pod-1", &again().await);
    let running = anew.start().await.unwrap();
    in_state(&scene.client, path, "healthy", PATIENCE).await;
    let issued = until(PATIENCE, "a lease comes", async || Ok(scene.issue(None).await.ok())).await.unwrap();
    assert!(ground.who_am_i(Scene::token(&issued).unwrap()).await.unwrap().is_some());
    running.stop().await.unwrap();
    lab.mayfly.stop().await.unwrap();
}
