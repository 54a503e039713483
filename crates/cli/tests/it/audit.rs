//! `mayfly audit`: how a reading of the log is narrowed.

use serde_json::json;

use crate::{
    double::{Answer, Double},
    mayfly::Mayfly,
};

#[tokio::test]
async fn each_flag_narrows_by_its_parameter() {
    let server = Double::start().await;
    server.on("GET /api/v1/audit-events", Answer::json(&json!({"events": [], "nextCursor": null})));
    let mayfly = Mayfly::at(&server);
    let flags = [
        ("--project-id", "projectId"),
        ("--kind", "kind"),
        ("--outcome", "outcome"),
        ("--actor", "actor"),
        ("--lease", "leaseId"),
        ("--jti", "jti"),
        ("--connection", "connectionId"),
        ("--dynamic-secret", "dynamicSecretId"),
        ("--gateway", "gatewayId"),
        ("--text", "q"),
        ("--from", "from"),
        ("--to", "to"),
    ];
    for (flag, parameter) in flags {
        mayfly.run(&format!("audit ls {flag} of-{parameter}")).await.success();
        let asked = server.calls().pop().unwrap();
        assert!(asked.contains(&format!("{parameter}=of-{parameter}")), "{flag}: {asked}");
    }
}
