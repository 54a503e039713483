//! Certificates are counted before they are signed: as many as may, and an answer that was lost once more.

use std::time::Duration;

use futures::future::join_all;
use mayfly_domain::gateway::{Gateway, GatewayInstance, Standing};
use mayfly_store::{
    StoreError,
    gateway_enrolments::{Enrolling, GENERATION_STANDS, PROOF_IS_NEW, TOKEN_MAY_BE_USED, UsedProof},
    gateways::{GATEWAY_UNCHANGED, KeysToldBefore},
};
use mayfly_testkit::both_databases;

use crate::support::World;

const TOKEN: UsedProof<'static> = UsedProof::Token { digest: b"digest" };

both_databases! {
    async fn a_process_enrols_by_a_token_and_renews(world: World) {
        let enrolments = world.store().gateway_enrolments();
        let gateway = world.stored_gateway("gw-lab").await;
        world.store_gateway_token(&gateway, 1, b"digest").await;
        let first = world.gateway_instance(&gateway, "pod-1", b"key-1");
        let event = world.event("enrol-gateway");
        let enrolling = Enrolling { gateway: &gateway, proof: TOKEN, was: None, instance: &first, now: world.now() };
        world.leaves(&event, enrolments.enrol(enrolling, &event)).await;
        assert_eq!(enrolments.instance(gateway.id, &first.name).await.unwrap().as_ref(), Some(&first));
        assert_eq!(enrolments.instances(gateway.id).await.unwrap(), std::slice::from_ref(&first));
        assert_eq!(enrolments.token(gateway.id, b"digest").await.unwrap().unwrap().uses_left, 0);
        assert!(enrolments.tokens(gateway.id, world.now()).await.unwrap().is_empty());
        let second = GatewayInstance { generation: 2, key_digest: b"key-2".to_vec(), ..first.clone() };
        enrolments.renew(&first, &second).await.unwrap();
        world.guards(GENERATION_STANDS, enrolments.renew(&first, &second)).await;
        assert_eq!(enrolments.instance(gateway.id, &first.name).await.unwrap(), Some(second));
    }

    async fn a_token_lets_in_as_many_as_it_may_at_once(world: World) {
        let enrolments = world.store().gateway_enrolments();
        let gateway = world.stored_gateway("gw-lab").await;
        world.store_gateway_token(&gateway, 3, b"digest").await;
        let instances: Vec<_> = (0..12)
            .map(|index| world.gateway_instance(&gateway, &format!("pod-{index}"), format!("key-{index}").as_bytes()))
            .collect();
        let events: Vec<_> = instances.iter().map(|_| world.event("enrol-gateway")).collect();
        let now = world.now();
        let tries = instances.iter().zip(&events).map(|(instance, event)| {
            enrolments.enrol(Enrolling { gateway: &gateway, proof: TOKEN, was: None, instance, now }, event)
        });
        let results = join_all(tries).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
        let refused =
            |error: &StoreError| matches!(error, StoreError::GuardFailed { guard } if *guard == TOKEN_MAY_BE_USED);
        assert!(results.iter().filter_map(|result| result.as_ref().err()).all(refused));
        assert_eq!(enrolments.instances(gateway.id).await.unwrap().len(), 3);
        assert_eq!(enrolments.token(gateway.id, b"digest").await.unwrap().unwrap().uses_left, 0);
    }

    async fn an_answer_that_was_lost_is_given_to_the_same_key_once_more(world: World) {
        let enrolments = world.store().gateway_enrolments();
        let gateway = world.stored_gateway("gw-lab").await;
        world.store_gateway_token(&gateway, 1, b"digest").await;
        let first = world.gateway_instance(&gateway, "pod-1", b"key-1");
        let (now, event) = (world.now(), world.event("enrol-gateway"));
        let enrol = |was, instance, event| enrolments.enrol(Enrolling { gateway: &gateway, proof: TOKEN, was, instance, now }, event);
        enrol(None, &first, &event).await.unwrap();
        let event = world.event("again");
        enrol(Some(&first), &first, &event).await.unwrap();
        let event = world.event("another key");
        let thief = GatewayInstance { key_digest: b"key-2".to_vec(), ..first.clone() };
        world.guards(TOKEN_MAY_BE_USED, enrol(Some(&first), &thief, &event)).await;
        // Nor does the same key make another process.
        let event = world.event("another name");
        let double = world.gateway_instance(&gateway, "pod-2", b"key-1");
        world.guards(TOKEN_MAY_BE_USED, enrol(None, &double, &event)).await;
        assert_eq!(enrolments.instances(gateway.id).await.unwrap(), [first]);
    }

    async fn a_token_is_for_one_gateway_and_ends(world: World) {
        let enrolments = world.store().gateway_enrolments();
        let (gateway, other) = (world.stored_gateway("gw-lab").await, world.stored_gateway("gw-prod").await);
        let token = world.store_gateway_token(&gateway, 1, b"digest").await;
        assert_eq!(enrolments.tokens(gateway.id, world.now()).await.unwrap(), std::slice::from_ref(&token));
        let stranger = world.gateway_instance(&other, "pod-1", b"key-1");
        let event = world.event("enrol-gateway");
        let enrolling = Enrolling { gateway: &other, proof: TOKEN, was: None, instance: &stranger, now: world.now() };
        world.guards(TOKEN_MAY_BE_USED, enrolments.enrol(enrolling, &event)).await;
        let instance = world.gateway_instance(&gateway, "pod-1", b"key-1");
        let event = world.event("late");
        let enrolling = Enrolling { gateway: &gateway, proof: TOKEN, was: None, instance: &instance, now: token.expires_at };
        world.guards(TOKEN_MAY_BE_USED, enrolments.enrol(enrolling, &event)).await;
        assert!(enrolments.tokens(gateway.id, token.expires_at).await.unwrap().is_empty());
        enrolments.delete_tokens(gateway.id).await.unwrap();
        assert_eq!(enrolments.token(gateway.id, b"digest").await.unwrap(), None);
    }

    async fn nobody_enrols_by_what_somebody_changed_meanwhile(world: World) {
        let (enrolments, gateways) = (world.store().gateway_enrolments(), world.store().gateways());
        let was = world.stored_gateway("gw-lab").await;
        world.store_gateway_token(&was, 1, b"digest").await;
        let first = world.gateway_instance(&was, "pod-1", b"key-1");
        let (now, event) = (world.tick(), world.event("enrol-gateway"));
        let enrol = |gateway| {
            let enrolling = Enrolling { gateway, proof: TOKEN, was: None, instance: &first, now };
            enrolments.enrol(enrolling, &event)
        };
        let changed = Gateway { name: "gw-prod".parse().unwrap(), updated_at: now, ..was.clone() };
        gateways.update(&was, &changed, KeysToldBefore::Stay, &world.event("update")).await.unwrap();
        world.guards(GATEWAY_UNCHANGED, enrol(&was)).await;
        let revoked = Gateway { standing: Standing::Revoked { at: now }, ..changed.clone() };
        gateways.lock(&changed, &revoked, &world.event("revoke")).await.unwrap();
        world.guards(GATEWAY_UNCHANGED, enrol(&changed)).await;
        gateways.lock(&revoked, &changed, &world.event("unlock")).await.unwrap();
        enrol(&changed).await.unwrap();
    }

    async fn a_projected_token_proves_one_key(world: World) {
        let enrolments = world.store().gateway_enrolments();
        let gateway = world.stored_gateway("gw-lab").await;
        let now = world.now();
        let expires_at = world.after(Duration::from_mins(10));
        let proof = || UsedProof::ServiceAccount { jti: "jti-1", expires_at };
        let first = world.gateway_instance(&gateway, "pod-1", b"key-1");
        let enrol = |was, instance, event| enrolments.enrol(Enrolling { gateway: &gateway, proof: proof(), was, instance, now }, event);
        let event = world.event("enrol-gateway");
        enrol(None, &first, &event).await.unwrap();
        let event = world.event("again");
        enrol(Some(&first), &first, &event).await.unwrap();
        let event = world.event("replayed");
        let thief = world.gateway_instance(&gateway, "pod-2", b"key-2");
        world.guards(PROOF_IS_NEW, enrol(None, &thief, &event)).await;
    }

    async fn what_is_over_is_forgotten_and_counts_no_more(world: World) {
        let enrolments = world.store().gateway_enrolments();
        let gateway = world.stored_gateway("gw-lab").await;
        let token = world.store_gateway_token(&gateway, 2, b"digest").await;
        let (one, two) =
            (world.gateway_instance(&gateway, "pod-1", b"key-1"), world.gateway_instance(&gateway, "pod-2", b"key-2"));
        for instance in [&one, &two] {
            let event = world.event("enrol-gateway");
            let enrolling = Enrolling { gateway: &gateway, proof: TOKEN, was: None, instance, now: world.now() };
            enrolments.enrol(enrolling, &event).await.unwrap();
        }
        assert_eq!(enrolments.others(gateway.id, &one.name, world.now()).await.unwrap(), 1);
        assert_eq!(enrolments.others(gateway.id, &one.name, two.certificate_expires_at).await.unwrap(), 0);
        enrolments.forget(token.expires_at, one.certificate_expires_at).await.unwrap();
        assert_eq!(enrolments.token(gateway.id, b"digest").await.unwrap(), None);
        assert_eq!(enrolments.instances(gateway.id).await.unwrap(), [two]);
    }
}
