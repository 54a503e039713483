//! What clusters' audit logs say of leases.

use mayfly_store::cluster_requests::{MadeRequest, RequestFacts};
use mayfly_testkit::both_databases;

use crate::support::World;

fn request(world: &World, id: &str, jti: &str) -> MadeRequest {
    MadeRequest {
        audit_id: id.to_owned(),
        jti: jti.to_owned(),
        at: world.now(),
        facts: RequestFacts {
            verb: "get".to_owned(),
            uri: "/api/v1/pods/\"it's\"".to_owned(),
            api_group: None,
            resource: Some("pods".to_owned()),
            subresource: None,
            namespace: None,
            name: None,
            status: Some(200),
            source_ip: None,
            user_agent: None,
        },
    }
}

both_databases! {
    async fn of_each_lease_so_many_requests_are_kept_however_many_come(world: World) {
        let secret = world.stored_secret("ci").await;
        let (one, other) = (world.active(&secret).await, world.active(&secret).await);
        let [first, second] = [&one, &other].map(|granted| granted.grant.jti.clone().unwrap());
        let (kept, connection) = (world.store().cluster_requests(), one.lease.source.connection);
        let mut made: Vec<MadeRequest> = (0..250).map(|number| request(&world, &format!("a-{number}"), &first)).collect();
        made.extend((0..7).map(|number| request(&world, &format!("b-{number}"), &second)));
        made.push(request(&world, "b-0", &second));
        made.extend((0..20).map(|number| request(&world, &format!("c-{number}"), "of nobody here")));
        let event = world.event("import");
        let joining = kept.joining(connection, made.clone(), 230).await.unwrap();
        assert_eq!(joining.count(), 237);
        assert_eq!(world.leaves(&event, kept.join(joining, Some(&event))).await, 237);
        assert_eq!((kept.count(one.lease.id).await.unwrap(), kept.count(other.lease.id).await.unwrap()), (230, 7));
        // What comes again is there once, and crowds nothing out.
        made.push(request(&world, "b-7", &second));
        let again = kept.joining(connection, made, 230).await.unwrap();
        assert_eq!((again.count(), kept.join(again, None).await.unwrap()), (1, 1));
        let page = kept.page(one.lease.id, None, 1).await.unwrap();
        assert_eq!(page[0].facts.uri, "/api/v1/pods/\"it's\"");
    }

    async fn two_who_bring_at_once_stay_within_what_a_lease_may_have(world: World) {
        let granted = world.active(&world.stored_secret("ci").await).await;
        let jti = granted.grant.jti.clone().unwrap();
        let (kept, connection) = (world.store().cluster_requests(), granted.lease.source.connection);
        let of = |name: &str| (0..8).map(|number| request(&world, &format!("{name}-{number}"), &jti)).collect();
        // Both looked before either wrote.
        let (one, other) = (kept.joining(connection, of("a"), 10).await.unwrap(), kept.joining(connection, of("b"), 10).await.unwrap());
        assert_eq!(kept.join(one, None).await.unwrap(), 8);
        assert_eq!(kept.join(other, None).await.unwrap(), 2);
    }

    async fn nothing_is_kept_without_the_event_that_tells_of_it(world: World) {
        let granted = world.active(&world.stored_secret("ci").await).await;
        let (kept, connection) = (world.store().cluster_requests(), granted.lease.source.connection);
        let made = vec![request(&world, "a", granted.grant.jti.as_deref().unwrap())];
        let event = world.event("import");
        world.store().audit_events().append(&event).await.unwrap();
        let joining = kept.joining(connection, made, 10).await.unwrap();
        // An event of this id is there, so that this one cannot be written.
        world.refuses(kept.join(joining, Some(&event))).await;
        assert_eq!(kept.count(granted.lease.id).await.unwrap(), 0);
        let nothing = kept.joining(connection, Vec::new(), 10).await.unwrap();
        let event = world.event("import nothing");
        assert_eq!(world.leaves(&event, kept.join(nothing, Some(&event))).await, 0);
    }
}
