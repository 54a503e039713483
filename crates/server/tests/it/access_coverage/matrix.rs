//! The access matrix: every operation, called by everybody, with a valid request. It is committed, and a change of it is seen.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    fs,
    path::Path,
};

use mayfly_domain::access::operation::{Operation, Requirement};
use serde_json::json;

use super::{ADMITTED_BY_OTHER_WORDS, Route, WITHOUT_SECOND_FACTOR, routes, world::World, world_for};
use crate::support::{Answer, Caller, Machine, Person, TestServer};

/// Who calls, in the order of the columns.
const CALLERS: [&str; 11] = [
    "nobody",
    "stranger",
    "admin elsewhere",
    "viewer",
    "member",
    "provisioner",
    "admin",
    "organization's member",
    "organization's admin",
    "owner",
    "person",
];

/// What needs no right, only somebody who is signed in. This list may only shrink.
const ANYBODY_SIGNED_IN: &[Operation] = &[Operation::GetOwnIdentity, Operation::ListProjects, Operation::WatchChanges];

/// What nobody here can do: it takes a credential that is no access token.
const NOBODY_HERE: fn(&Route) -> bool = |route| route.operation.requirement() == Requirement::OwnCredential;

const INTRODUCTION: &str = "# Who may do what: the access matrix

Every operation that needs a caller, called with a valid request on a running server. It is written by the test
`crates/server/tests/it/access_coverage/matrix.rs::every_operation_is_answered_as_the_matrix_says`, which fails where a caller is
answered otherwise. `yes` is what is done; a number is the status of the refusal. What needs no caller is the list `PUBLIC` in
`crates/server/tests/it/access_coverage.rs`.

- *nobody* shows no credential; a *stranger* is a machine without any role; an *admin elsewhere* is the admin of another project,
  and calls with the ids of this one.
- *viewer*, *member*, *provisioner* and *admin* are machines with that role in the project and none in the organization.
- An *organization's member* or *admin* is a machine with that role there, and in no project.
- The *owner* is the organization's administrator who made the project, and asked for what waits.
- The *person* is about themselves where the operation is; elsewhere they are an admin of the organization and the project, and
  did not ask for what waits.

";

/// Everybody who calls, made once.
struct Everybody {
    strangers: BTreeMap<&'static str, Caller>,
    members: Vec<(&'static str, Machine)>,
    approver: Person,
}

impl Everybody {
    async fn new(server: &TestServer) -> Self {
        let other = server.new_project("elsewhere").await;
        let elsewhere = server.lone_machine("no-access", &json!({})).await;
        server.join(&elsewhere.id, &other, "admin").await;
        let mut strangers = BTreeMap::from([
            ("nobody", server.as_nobody()),
            ("stranger", server.as_stranger().await),
            ("admin elsewhere", server.as_nobody().with_token(&elsewhere.token)),
        ]);
        for (name, role) in [("organization's member", "member"), ("organization's admin", "admin")] {
            let machine = server.lone_machine(role, &json!({})).await;
            strangers.insert(name, server.as_nobody().with_token(&machine.token));
        }
        let mut members = Vec::new();
        for role in ["viewer", "member", "provisioner", "admin"] {
            members.push((role, server.lone_machine("no-access", &json!({})).await));
        }
        Self { strangers, members, approver: server.person("approver@example.com", "admin").await }
    }

    /// A world that they are members of, as far as they are.
    async fn world(&self, server: &TestServer, route: &Route) -> World {
        let world = world_for(server, route, &self.approver).await.decided_by(server, &self.approver).await;
        for (role, machine) in &self.members {
            server.join(&machine.id, &world.project, role).await;
        }
        world
    }

    fn caller(&self, server: &TestServer, route: &Route, world: &World, name: &str) -> Caller {
        let member = self.members.iter().find(|(role, _)| *role == name);
        match (member, self.strangers.get(name)) {
            (Some((_, machine)), _) => server.as_nobody().with_token(&machine.token),
            (_, Some(stranger)) => stranger.clone(),
            _ if name == "owner" => world.owner(server, route),
            _ if route.operation.requirement() == Requirement::Person => world.allowed(server, route),
            _ => self.approver.caller.clone(),
        }
    }
}

/// What an answer is in the matrix.
fn cell(route: &Route, answer: &Answer) -> String {
    let is_done = (200..300).contains(&answer.status)
        || ADMITTED_BY_OTHER_WORDS.contains(&(route.operation, answer.status))
        || (WITHOUT_SECOND_FACTOR.contains(&route.operation) && answer.status == 409);
    match answer.status {
        _ if is_done => "yes".to_owned(),
        401 | 403 | 404 => answer.status.to_string(),
        status => panic!("{}: {status} is in no matrix: {}", route.name(), answer.text),
    }
}

/// What the committed matrix says of a route; nothing where it is new.
fn committed(text: &str) -> BTreeMap<&str, Vec<&str>> {
    let rows = text.lines().filter_map(|row| row.strip_prefix("| `")?.split_once("` | "));
    rows.map(|(route, cells)| (route, cells.trim_end_matches('|').split('|').map(str::trim).collect())).collect()
}

fn written(matrix: &BTreeMap<String, Vec<String>>) -> String {
    let mut text = INTRODUCTION.to_owned();
    writeln!(text, "| operation | {} |", CALLERS.join(" | ")).unwrap();
    writeln!(text, "|{}", "---|".repeat(CALLERS.len() + 1)).unwrap();
    for (route, cells) in matrix {
        writeln!(text, "| `{route}` | {} |", cells.join(" | ")).unwrap();
    }
    text
}

/// The answers to everybody. Those who were refused last time share a world, because nothing changes in it; where they are not
/// refused, the matrix shows it.
async fn row(server: &TestServer, everybody: &Everybody, route: &Route, expected: Option<&Vec<&str>>) -> Vec<String> {
    let shared = everybody.world(server, route).await;
    let mut cells = Vec::new();
    for (position, name) in CALLERS.iter().enumerate() {
        let was_refused = expected.is_some_and(|cells| cells.get(position).is_some_and(|cell| *cell != "yes"));
        let is_safe = was_refused || World::is_reading(route);
        let world = if is_safe { shared.clone() } else { everybody.world(server, route).await };
        if route.operation == Operation::FetchApprovedLease && *name == "owner" {
            world.approved().await;
        }
        let answer = route.call(&everybody.caller(server, route, &world, name), &world).await;
        cells.push(cell(route, &answer));
    }
    cells
}

#[tokio::test]
async fn every_operation_is_answered_as_the_matrix_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/access-matrix.md");
    let kept = fs::read_to_string(&path).unwrap_or_default();
    let expected = committed(&kept);
    let server = TestServer::sqlite().await;
    let everybody = Everybody::new(&server).await;
    let mut matrix = BTreeMap::new();
    let mut open = BTreeSet::new();
    for route in routes() {
        let cells = row(&server, &everybody, &route, expected.get(route.name().as_str())).await;
        let may = |name: &str| CALLERS.iter().zip(&cells).any(|(caller, cell)| *caller == name && cell == "yes");
        assert!(!may("nobody"), "{}: needs a caller", route.name());
        if may("stranger") || may("admin elsewhere") {
            open.insert(route.operation.name());
        }
        assert!(NOBODY_HERE(&route) || cells.iter().any(|cell| cell == "yes"), "{}: nobody may", route.name());
        matrix.insert(route.name(), cells);
    }
    let written = written(&matrix);
    let here = Path::new(env!("CARGO_TARGET_TMPDIR")).join("access-matrix.md");
    fs::write(&here, &written).unwrap();
    let signed_in: BTreeSet<&str> = ANYBODY_SIGNED_IN.iter().map(|operation| operation.name()).collect();
    assert_eq!(open, signed_in, "what anybody may who is signed in");
    assert!(kept == written, "the matrix has changed: if it is meant, copy {} to {}", here.display(), path.display());
}
