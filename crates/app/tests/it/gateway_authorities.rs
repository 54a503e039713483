//! The authority for gateways changes in a day and an hour, and the one before goes a day later.

use std::time::Duration;

use mayfly_app::{
    AppError,
    gateway_authorities::{self, AuthorityAndDuty, AuthorityStands, NewAuthority, WhileNeeded},
};
use mayfly_domain::{
    caller::Caller,
    gateway_authority::Duty::{Former, Next, Signing},
    ids::GatewayAuthorityId,
    sensitive::Sensitive,
};
use mayfly_store::Execution;

use crate::scene::Scene;

const HOUR: Duration = Duration::from_hours(1);

/// Not random, so that it would be found wherever it went.
const KEY: &[u8] = b"the key of an authority";

struct Ground(Scene);

impl Ground {
    async fn new() -> Self {
        Self(Scene::new(1, Execution::Inline).await)
    }

    async fn load(&self) -> Vec<GatewayAuthorityId> {
        let loaded = gateway_authorities::load(&self.0.app, || Ok(made(1))).await.unwrap();
        loaded.into_iter().map(|loaded| loaded.id).collect()
    }

    async fn rotate(&self, byte: u8) -> Result<Vec<AuthorityAndDuty>, AppError> {
        gateway_authorities::rotate(&self.0.app, &self.0.caller, || Ok(made(byte))).await
    }

    async fn delete(&self, id: GatewayAuthorityId, reason: Option<&str>) -> Result<(), AppError> {
        let while_needed =
            reason.map_or(WhileNeeded::Refuse, |reason| WhileNeeded::Remove { reason: reason.to_owned() });
        gateway_authorities::delete(&self.0.app, &self.0.caller, id, while_needed).await.map(drop)
    }

    async fn list(&self) -> Vec<AuthorityAndDuty> {
        gateway_authorities::list(&self.0.app, &self.0.caller).await.unwrap()
    }

    async fn duties(&self) -> Vec<&'static str> {
        self.list().await.iter().map(|of| of.duty.name()).collect()
    }

    /// What each event of a kind says.
    async fn told(&self, kind: &str) -> Vec<String> {
        let events = self.0.events().await;
        events.into_iter().filter(|(found, _)| found == kind).map(|(_, what)| format!("{what:?}")).collect()
    }
}

fn made(byte: u8) -> NewAuthority {
    NewAuthority { certificate: vec![byte; 40], key: Sensitive::new(KEY.to_vec()) }
}

fn stands(refused: Result<(), AppError>) -> AuthorityStands {
    match refused {
        Err(AppError::Authority(why)) => why,
        other => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn the_next_one_signs_after_a_day_and_an_hour_and_the_one_before_goes_a_day_later() {
    let ground = Ground::new().await;
    assert!(ground.list().await.is_empty());
    let [first] = ground.load().await[..] else { unreachable!("one is made") };
    assert_eq!(ground.load().await, [first]);
    assert_eq!(stands(ground.delete(first, None).await), AuthorityStands::Only);
    ground.0.wait(HOUR);
    let start = ground.0.app.ambient().now();
    let there = ground.rotate(2).await.unwrap();
    assert_eq!(there, ground.list().await);
    let [next, before] = &there[..] else { unreachable!("{there:?}") };
    assert_eq!(
        (next.duty, before.duty),
        (Next { signs_from: start + 25 * HOUR }, Signing { until: Some(start + 25 * HOUR) },)
    );
    assert_eq!((before.authority.id, next.authority.created_at), (first, start));
    assert!(next.authority.digest.starts_with("sha256:") && next.authority.digest != before.authority.digest);
    let refused = stands(ground.rotate(3).await.map(drop));
    assert_eq!(refused, AuthorityStands::Changes { until: start + 49 * HOUR });
    for id in [first, next.authority.id] {
        assert_eq!(stands(ground.delete(id, None).await), AuthorityStands::Counts { until: None });
    }

    ground.0.wait(25 * HOUR);
    let duties: Vec<_> = ground.list().await.into_iter().map(|of| of.duty).collect();
    assert_eq!(duties, [Signing { until: None }, Former { counts_until: start + 49 * HOUR }]);
    ground.0.wait(23 * HOUR);
    let refused = stands(ground.delete(first, None).await);
    assert_eq!(refused, AuthorityStands::Counts { until: Some(start + 49 * HOUR) });
    ground.0.wait(HOUR);
    // Nothing is forced any more, whatever is said.
    ground.delete(first, Some("in any case")).await.unwrap();
    assert_eq!(ground.load().await, [next.authority.id]);
    assert!(ground.told("delete-gateway-authority").await[0].contains("None"), "{:?}", ground.0.events().await);
    assert_eq!(stands(ground.delete(next.authority.id, Some("the last")).await), AuthorityStands::Only);
    assert!(matches!(ground.delete(first, None).await, Err(AppError::NotFound { .. })));
    ground.rotate(3).await.unwrap();
    assert_eq!(ground.duties().await, ["next", "signing"]);
}

#[tokio::test]
async fn by_force_the_one_that_signs_goes_too_and_the_other_signs() {
    let ground = Ground::new().await;
    let [first] = ground.load().await[..] else { unreachable!("one is made") };
    // In the same moment: the newest is the one that was made last all the same.
    let there = ground.rotate(2).await.unwrap();
    assert!(there[0].authority.created_at > there[1].authority.created_at && there[1].authority.id == first);
    ground.delete(first, Some("a copy of the database was stolen")).await.unwrap();
    assert_eq!(ground.duties().await, ["signing"]);
    let told = ground.told("delete-gateway-authority").await;
    assert!(told.len() == 1 && told[0].contains("a copy of the database was stolen"), "{told:?}");
    assert!(told[0].contains(&there[1].authority.digest), "{told:?}");
    assert_eq!(ground.told("rotate-gateway-authority").await.len(), 1);
    let everything = format!("{:?} {there:?} {:?}", ground.0.events().await, made(2));
    assert!(!everything.contains("the key of") && !everything.contains(&format!("{:?}", &KEY[..4])), "{everything}");
}

#[tokio::test]
async fn where_there_is_none_the_first_one_signs_at_once() {
    let ground = Ground::new().await;
    ground.rotate(1).await.unwrap();
    assert_eq!(ground.duties().await, ["signing"]);
    assert_eq!(ground.load().await.len(), 1);
}

#[tokio::test]
async fn whoever_may_not_makes_and_removes_none() {
    let ground = Ground::new().await;
    let [first] = ground.load().await[..] else { unreachable!("one is made") };
    let (app, nobody) = (&ground.0.app, Caller::platform(ground.0.caller.organization.expect("an organization")));
    let make = || unreachable!("nothing is made for whoever may not");
    assert!(gateway_authorities::rotate(app, &nobody, make).await.is_err());
    assert!(gateway_authorities::list(app, &nobody).await.is_err());
    assert!(gateway_authorities::delete(app, &nobody, first, WhileNeeded::Refuse).await.is_err());
}
