//! Every command that makes, shows, changes and removes, against the real server: it understands what is sent, and its
//! answers are read.

use mayfly_e2e::ClusterSide;
use mayfly_testkit::{
    ambient::ambient,
    fake_cluster::{FakeCluster, FakeClusterOptions},
};
use serde_json::Value;

use crate::room::Room;

const START: [&str; 3] = [
    "# Ana\nmayfly bootstrap --email ana@example.com --organization Acme --login",
    "# Ana\nmayfly login --email ana@example.com",
    "# Ana\nmayfly project create 'Web Shop' --slug web-shop",
];

async fn started() -> Room {
    let room = Room::open().await;
    for block in START {
        room.done(block);
    }
    room
}

/// What Ana's commands print, the project being named.
#[track_caller]
fn types(room: &Room, commands: &str) -> String {
    room.done(&format!("# Ana\nexport MAYFLY_PROJECT=web-shop\n{commands}")).0
}

#[track_caller]
fn json(room: &Room, command: &str) -> Value {
    serde_json::from_str(&types(room, &format!("{command} -o json"))).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn projects_environments_and_folders_are_kept_by_command() {
    let room = started().await;
    let lines = "mayfly env create qa --name Quality --position 2\nmayfly env set qa --new-slug quality\n\
                 mayfly env show quality\nmayfly env rm quality -y";
    let told = types(&room, lines);
    assert!(told.starts_with("qa\n") && told.contains("position   2") && told.ends_with("\nquality\n"), "{told}");
    types(&room, "mayfly env show quality   # refused");
    let lines = "mayfly folder create /k8s --description ours\nmayfly folder create /k8s/team\n\
                 mayfly folder set /k8s --name kube\nmayfly folder ls -r\nmayfly folder show /kube\n\
                 mayfly folder rm /kube -y   # refused\nmayfly folder rm /kube --contents -y\nmayfly folder ls";
    let told = types(&room, lines);
    assert!(told.starts_with("/k8s\n/k8s/team\n/kube\n"), "{told}");
    assert!(told.contains("\n/kube/team  -") && told.contains("\nenvironment.envSlug  dev\n"), "{told}");
    assert!(told.ends_with("\n/kube\n"), "{told}");
    types(&room, "mayfly project set web-shop --new-slug store --delete-protection true");
    let store = json(&room, "mayfly project show store");
    assert_eq!((&store["project"]["slug"], &store["project"]["hasDeleteProtection"]), (&"store".into(), &true.into()));
    let lines = "mayfly project rm store -y   # refused\nmayfly project set store --delete-protection false\n\
                 mayfly project rm store -y";
    assert_eq!(types(&room, lines), "store\nstore\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn members_groups_and_roles_are_kept_by_command() {
    let room = started().await;
    types(&room, "mayfly identity create ci --role viewer --client-secret-file ci.secret");
    types(&room, "mayfly identity set ci --name builder --organization-role member");
    assert_eq!(json(&room, "mayfly identity show builder")["identity"]["role"], "member");
    let lines = "mayfly role create deployer --allow dynamic-secrets:lease --forbid dynamic-secrets:lease,env=prod\n\
                 mayfly role set deployer --name Deployer --new-slug ship \\\n  \
                 --allow 'dynamic-secrets:lease,env!=prod,path=/k8s/**,label:tier=1'\nmayfly role ls\nmayfly role show ship";
    let told = types(&room, lines);
    assert!(told.contains("forbid dynamic-secrets:lease,env=prod\n"), "{told}");
    assert!(told.ends_with("allow dynamic-secrets:lease,env!=prod,path=/k8s/**,label:tier=1\nslug   ship\n"), "{told}");
    let lines = "mayfly group create ops\nmayfly group set ops --name Operators --new-slug operators\n\
                 mayfly group add operators --identity builder\nmayfly group show operators\n\
                 mayfly member add --group operators --role ship=8h\nmayfly member set --identity builder --role viewer \
                 --for 1h\nmayfly member show --group operators\nmayfly member ls";
    let told = types(&room, lines);
    assert!(
        told.contains("identity  builder") && told.contains("ship until") && told.contains("viewer until"),
        "{told}"
    );
    let who = types(&room, "mayfly access explain --identity builder --path /k8s --anywhere");
    assert!(who.contains("decision  allow") && who.contains("through the group `operators`"), "{who}");
    let lines = "mayfly role rm ship -y   # refused\nmayfly member rm --group operators -y\nmayfly role rm ship -y\n\
                 mayfly member rm --identity builder -y\nmayfly group remove operators --identity builder\n\
                 mayfly group rm operators -y\nmayfly identity rm builder -y";
    assert_eq!(types(&room, lines), "operators\nship\nbuilder\nbuilder\noperators\nbuilder\n");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_another_person_is_taken_back_by_command() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
    let room = started().await;
    room.make_secrets(&ClusterSide::fake(&cluster));
    let lines = "mayfly policy set --env prod --approvals 2 --max-ttl 1h --require-reason\n\
                 mayfly token deployer --env prod --ttl 10m --reason x   # refused\nmayfly policy set --env prod --max-ttl none   \
                 # refused";
    let told = types(&room, lines);
    assert!(told.contains("2 other people") && told.contains("longest lease   1h\n"), "{told}");
    let asked = json(&room, "mayfly approval ls --state pending");
    let wishes: Vec<&Value> =
        asked["approvalRequests"].as_array().unwrap().iter().map(|request| &request["wish"]["type"]).collect();
    assert_eq!(wishes, ["loosen-policy", "issue-lease"]);
    for request in asked["approvalRequests"].as_array().unwrap() {
        let id = request["id"].as_str().unwrap();
        let lines = format!("mayfly approval approve {id}   # refused\nmayfly approval cancel {id}");
        assert_eq!(types(&room, &lines), "cancelled\n", "nobody agrees to their own");
    }
    assert_eq!(types(&room, "mayfly approval ls --state pending\nmayfly approval ls --organization"), "");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_requests_of_the_organization_are_decided_by_command() {
    let cluster = FakeCluster::start(FakeClusterOptions::new(ambient())).await.unwrap();
    let room = started().await;
    let side = ClusterSide::fake(&cluster);
    room.make_secrets(&side);
    let lines = format!(
        "printf 'limits: {{approval: {{approvals: 1, validFor: 1h}}}}\\n' > strict.yaml\n\
         printf 'limits: {{approval: null}}\\n' > loose.yaml\n\
         ID=$(mayfly connection create staging --url {} --ca-file ca --cluster-token-file token -f strict.yaml)\n\
         mayfly connection update $ID -f loose.yaml   # refused\nmayfly approval ls --organization",
        side.url
    );
    let told = types(&room, &lines);
    assert!(told.contains("connection staging: no approval  ana@example.com  pending"), "{told}");
    room.done("# Ana\nmayfly user invite ben@example.com --role admin > link");
    room.done("# Ben\nmayfly user accept --name Ben --link-file link");
    room.done("# Ben\nmayfly login --email ben@example.com");
    room.done(
        "# Ben\nID=$(mayfly approval ls --organization | awk 'NR == 2 { print $1 }')\n\
         mayfly approval approve $ID --organization   # refused\n\
         mayfly user invite cara@example.com --role admin > link-for-cara",
    );
    room.done("# Cara\nmayfly user accept --name Cara --link-file link-for-cara");
    room.done("# Cara\nmayfly login --email cara@example.com");
    // Ana made Ben's account, and not hers.
    let decide = "# Cara\nID=$(mayfly approval ls --organization | awk 'NR == 2 { print $1 }')\n\
                  mayfly approval show $ID --organization\nmayfly approval approve $ID --organization";
    let (told, _) = room.done(decide);
    assert!(told.contains("connection staging: no approval\n") && told.ends_with("used\n"), "{told}");
}
