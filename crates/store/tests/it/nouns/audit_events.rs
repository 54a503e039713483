//! The audit log: what was done, found by any of its marks.

use std::time::Duration;

use mayfly_domain::{
    audit::{AuditEvent, PlaceEvent},
    caller::{Actor, Origin},
    ids::{IdentityId, OrganizationId, ProjectId},
};
use mayfly_store::audit_events::AuditFilter;
use mayfly_testkit::both_databases;

use crate::support::{World, assert_same, denied};

async fn append(world: &World, event: &AuditEvent) {
    world.store().audit_events().append(event).await.expect("an event is appended");
}

/// A folder's event, which has several fields to be found by.
async fn folder_event(world: &World, environment: &str, path: &str) -> AuditEvent {
    let event = AuditEvent {
        project: Some(world.project.id),
        ..world.event_of(PlaceEvent::CreateFolder {
            project_id: world.project.id,
            environment: environment.to_owned(),
            folder_id: world.root.id,
            folder_path: path.to_owned(),
        })
    };
    append(world, &event).await;
    event
}

/// That `filter` finds `expected`, given oldest first.
async fn finds(world: &World, filter: AuditFilter, expected: &[&AuditEvent]) {
    let events = world.store().audit_events().list(&filter).await.expect("the audit log is read");
    let found: Vec<_> = events.iter().map(|event| event.id).collect();
    let expected: Vec<_> = expected.iter().rev().map(|event| event.id).collect();
    assert_eq!(found, expected, "{filter:?}");
}

fn with_fields(fields: &[(&str, &str)]) -> AuditFilter {
    let fields = fields.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
    AuditFilter { fields, kinds: Some(vec!["create-folder".to_owned()]), ..AuditFilter::everything() }
}

both_databases! {
    async fn an_event_is_stored_as_it_happened(world: World) {
        let full = AuditEvent { project: Some(world.project.id), ..world.event_of(denied("quotes ' \" \\ % _ ä")) };
        let bare = AuditEvent {
            organization: None,
            actor: Actor::Anonymous,
            origin: Origin::platform(),
            ..world.event_of(denied("bare"))
        };
        let mapped = AuditEvent {
            origin: Origin { ip_address: Some("2001:db8::1".parse().unwrap()), user_agent: "ü".to_owned() },
            ..world.event_of(denied("ipv6"))
        };
        for event in [&full, &bare, &mapped] {
            world.leaves(event, world.store().audit_events().append(event)).await;
        }
        let events = world.events().await;
        let [.., stored, _, _] = &events[..] else { panic!("three events") };
        assert_same(stored, &full);
        assert_eq!(stored.project_name.as_deref(), Some(world.project.name.as_str()));
        world.is_taken("audit_events_pkey", world.store().audit_events().append(&full)).await;
    }

    async fn events_outlive_their_project(world: World) {
        let (project, _) = world.stored_project("billing").await;
        let event = AuditEvent { project: Some(project.id), ..world.event_of(denied("in billing")) };
        append(&world, &event).await;
        world.store().projects().delete(&project, &[], &world.event("delete")).await.unwrap();
        let filter = AuditFilter { project: Some(project.id), ..AuditFilter::everything() };
        let events = world.store().audit_events().list(&filter).await.unwrap();
        assert_eq!((events.len(), &events[0].project_name), (1, &None));
        assert_same(&events[0], &event);
    }

    async fn events_are_narrowed_by_place_and_time(world: World) {
        let (elsewhere, _) = world.stored_project("elsewhere").await;
        let from = world.after(Duration::from_mins(1));
        let one = world.event("one");
        let two = AuditEvent { project: Some(elsewhere.id), ..world.event("two") };
        let three = AuditEvent { organization: None, project: None, ..world.event("three") };
        for event in [&one, &two, &three] {
            append(&world, event).await;
        }
        let recent = AuditFilter { from, ..AuditFilter::everything() };
        finds(&world, recent.clone(), &[&one, &two, &three]).await;
        let organization = Some(world.organization.id);
        finds(&world, AuditFilter { organization, ..recent.clone() }, &[&one, &two]).await;
        let foreign = Some(OrganizationId::generate(world.ambient()));
        finds(&world, AuditFilter { organization: foreign, ..recent.clone() }, &[]).await;
        finds(&world, AuditFilter { project: Some(elsewhere.id), ..recent.clone() }, &[&two]).await;
        let nowhere = Some(ProjectId::generate(world.ambient()));
        finds(&world, AuditFilter { project: nowhere, ..recent.clone() }, &[]).await;
        // Both ends count.
        finds(&world, AuditFilter { from: two.created_at, ..AuditFilter::everything() }, &[&two, &three]).await;
        finds(&world, AuditFilter { to: two.created_at, ..recent.clone() }, &[&one, &two]).await;
        let (from, to) = (two.created_at, two.created_at);
        finds(&world, AuditFilter { from, to, ..AuditFilter::everything() }, &[&two]).await;
    }

    async fn events_come_newest_first_page_by_page(world: World) {
        let from = world.after(Duration::from_mins(1));
        let mut events = Vec::new();
        for number in 0..5 {
            events.push(world.event(&format!("event {number}")));
            append(&world, events.last().unwrap()).await;
        }
        let page = |limit, offset| AuditFilter { from, limit, offset, ..AuditFilter::everything() };
        let events: Vec<_> = events.iter().collect();
        finds(&world, page(2, 0), &events[3..]).await;
        finds(&world, page(2, 2), &events[1..3]).await;
        finds(&world, page(2, 4), &events[..1]).await;
        finds(&world, page(2, 6), &[]).await;
    }

    async fn events_are_narrowed_to_kinds(world: World) {
        let from = world.after(Duration::from_mins(1));
        let refused = world.event("one");
        append(&world, &refused).await;
        let folder = folder_event(&world, "dev", "/a").await;
        let of = |kinds: &[&str]| {
            let kinds = Some(kinds.iter().map(|kind| (*kind).to_owned()).collect());
            AuditFilter { from, kinds, ..AuditFilter::everything() }
        };
        finds(&world, of(&["create-folder"]), &[&folder]).await;
        finds(&world, of(&["access-denied", "create-folder"]), &[&refused, &folder]).await;
        for nothing in [&[][..], &["folder"], &["create"], &["%"], &["create_folder"], &["create-folde_"], &["CREATE-FOLDER"]] {
            finds(&world, of(nothing), &[]).await;
        }
    }

    async fn events_are_narrowed_to_an_actor(world: World) {
        let from = world.after(Duration::from_mins(1));
        let robot = world.identity("\"type\":\"platform\"");
        let mine = world.event("mine");
        let robots = AuditEvent { actor: crate::support::actor(&robot), ..world.event("robots") };
        let user = Actor::User { user_id: world.user.id, email: world.user.email.clone() };
        let persons = AuditEvent { actor: user, ..world.event("persons") };
        let nobodys = AuditEvent { actor: Actor::Anonymous, ..world.event("nobodys") };
        let ours = AuditEvent { actor: Actor::Platform, ..world.event("ours") };
        for event in [&mine, &robots, &persons, &nobodys, &ours] {
            append(&world, event).await;
        }
        let by = |id: String| AuditFilter { from, actor_id: Some(id), ..AuditFilter::everything() };
        finds(&world, by(world.admin.id.to_string()), &[&mine]).await;
        finds(&world, by(robot.id.to_string()), &[&robots]).await;
        finds(&world, by(world.user.id.to_string()), &[&persons]).await;
        finds(&world, by(IdentityId::generate(world.ambient()).to_string()), &[]).await;
        finds(&world, by(String::new()), &[]).await;
        let of = |kind: &str| AuditFilter { from, actor_type: Some(kind.to_owned()), ..AuditFilter::everything() };
        finds(&world, of("identity"), &[&mine, &robots]).await;
        finds(&world, of("user"), &[&persons]).await;
        finds(&world, of("unknownUser"), &[&nobodys]).await;
        finds(&world, of("platform"), &[&ours]).await;
        for nothing in ["", "%", "Identity", "ident", "identity\",\"name"] {
            finds(&world, of(nothing), &[]).await;
        }
    }

    async fn events_are_narrowed_to_a_kind_of_program(world: World) {
        let from = world.after(Duration::from_mins(1));
        let with = |agent: &str| {
            let origin = Origin { user_agent: agent.to_owned(), ..crate::support::origin() };
            AuditEvent { origin, ..world.event("with") }
        };
        let (browser, provider) = (with("Mozilla/5.0"), with("terraform"));
        let own = AuditEvent { origin: Origin::platform(), ..world.event("own") };
        for event in [&browser, &provider, &own] {
            append(&world, event).await;
        }
        let of = |user_agent_type| AuditFilter { from, user_agent_type, ..AuditFilter::everything() };
        finds(&world, of(Some("web")), &[&browser]).await;
        finds(&world, of(Some("terraform")), &[&provider]).await;
        finds(&world, of(Some("other")), &[]).await;
        finds(&world, of(None), &[&browser, &provider, &own]).await;
    }

    async fn fields_are_found_as_they_are_written_whatever_their_signs(world: World) {
        let values = ["dev", "DEV", "de_", "de%", "de\\v", "de\"v", "d\"e\\%_'", "ä", "devel"];
        let mut events = Vec::new();
        for value in values {
            events.push(folder_event(&world, value, "/a").await);
        }
        for (value, event) in values.iter().zip(&events) {
            finds(&world, with_fields(&[("environment", value)]), &[event]).await;
        }
        for (key, value) in [
            ("environment", "de"),
            ("environment", "%"),
            ("environment", "___"),
            ("environment", "dev\",\"folderId"),
            ("Environment", "dev"),
            ("nvironment", "dev"),
            ("folderPath", "dev"),
            ("%", "dev"),
        ] {
            finds(&world, with_fields(&[(key, value)]), &[]).await;
        }
    }

    async fn several_fields_all_count_and_a_value_is_no_field(world: World) {
        let one = folder_event(&world, "dev", "/a").await;
        let other = folder_event(&world, "dev", "/b").await;
        let liar = folder_event(&world, "\"folderPath\":\"/a\"", "/c").await;
        finds(&world, with_fields(&[("environment", "dev")]), &[&one, &other]).await;
        finds(&world, with_fields(&[("environment", "dev"), ("folderPath", "/a")]), &[&one]).await;
        finds(&world, with_fields(&[("folderPath", "/a")]), &[&one]).await;
        finds(&world, with_fields(&[("folderPath", "/c")]), &[&liar]).await;
        let project = world.project.id.to_string();
        let all = [("environment", "dev"), ("folderPath", "/b"), ("projectId", &project), ("folderPath", "/b")];
        assert_eq!(all.len(), AuditFilter::MOST_FIELDS);
        finds(&world, with_fields(&all), &[&other]).await;
    }
}
