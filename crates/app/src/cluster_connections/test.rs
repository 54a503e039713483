//! Testing a cluster connection: who we are there, and whether leases of a sample could be issued. Nothing is left in the
//! cluster, and what is missing comes with the manifest that gives it.

use mayfly_cluster::{CheckedRight, ClusterError, Deadline, FailedTrial, Probe, ProbeReport, ProbeTimes, manifest};
use mayfly_domain::{
    access::operation::Operation,
    audit::ClusterEvent,
    caller::Caller,
    dynamic_secret::{Connection, Credential, DynamicSecret, SecretPlace},
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, FolderId, ProjectId},
    plan::LeasePlan,
    project::FolderPath,
};

use super::{NewConnection, create::drawn_up, read::find_with_target};
use crate::{
    App, AppError,
    dynamic_secrets::{cluster_role_of, problem_with, samples, test_failure},
};

/// What a test found.
#[derive(Clone, Debug)]
pub struct ConnectionTest {
    /// Such as `v1.36.3`.
    pub version: Option<String>,
    /// Our user name there.
    pub who: String,
    /// Which cluster it is.
    pub cluster: String,
    /// The rights that leases of the sample take.
    pub rights: Vec<CheckedRight>,
    /// What could not be made, and why.
    pub refused: Vec<FailedTrial>,
    /// The first thing that would make issuing fail.
    pub problem: Option<String>,
    /// What gives the rights that are missing, as `kubectl apply` takes it.
    pub manifest: Option<serde_json::Value>,
    /// How long its parts took.
    pub times: ProbeTimes,
}

/// Tests a connection, with what leases of `sample` would do where there is one.
pub async fn test(
    app: &App,
    caller: &Caller,
    id: ConnectionId,
    sample: Option<Credential>,
) -> Result<ConnectionTest, AppError> {
    let (connection, target) = find_with_target(app, caller, Operation::TestClusterConnection, id).await?;
    let secret = sample.map(|credential| imagined(app, &connection, credential)).transpose()?;
    let samples = secret.as_ref().map_or(Ok(Vec::new()), |secret| samples(app, secret))?;
    let cluster_role = secret.as_ref().and_then(|secret| cluster_role_of(&secret.credential));
    let wanted = Probe { target, samples: samples.clone(), cluster_role };
    let report =
        probe_recorded(app, caller, None, wanted, |is_reached, missing| of_stored(id, is_reached, missing)).await?;
    let problem = match &secret {
        Some(secret) => problem_with(app, secret, &report),
        None => report.first_problem(None, app.ambient.now()),
    };
    Ok(found(report, &samples, problem.map(|problem| problem.to_string())))
}

/// Tests a connection as it would be made, and makes nothing.
pub async fn test_new(app: &App, caller: &Caller, new: NewConnection) -> Result<ConnectionTest, AppError> {
    app.authorize(caller, Operation::CreateClusterConnection).await?;
    let (connection, token) = drawn_up(app, caller, new).await?;
    let wanted = Probe { target: connection.target(token), samples: Vec::new(), cluster_role: None };
    let report =
        probe_recorded(app, caller, None, wanted, |is_reached, missing| of_new(&connection, is_reached, missing));
    let report = report.await?;
    let problem = report.first_problem(None, app.ambient.now());
    Ok(found(report, &[], problem.map(|problem| problem.to_string())))
}

/// Probes through the connection of a dynamic secret that nobody stored: one of its own, or one that is shared.
pub(crate) async fn probe_for(
    app: &App,
    caller: &Caller,
    secret: &DynamicSecret,
    wanted: Probe,
) -> Result<ProbeReport, AppError> {
    let connection = &secret.connection;
    let told = |is_reached, missing| match connection.owner {
        Some(_) => of_new(connection, is_reached, missing),
        None => of_stored(connection.id, is_reached, missing),
    };
    probe_recorded(app, caller, Some(secret.place.project), wanted, told).await
}

/// Probes; where that led is recorded, whether or not anybody answered there.
async fn probe_recorded(
    app: &App,
    caller: &Caller,
    project: Option<ProjectId>,
    wanted: Probe,
    told: impl FnOnce(bool, Vec<String>) -> ClusterEvent,
) -> Result<ProbeReport, AppError> {
    let probed = probe(app, wanted).await;
    let (is_reached, missing) = outcome(&probed);
    app.store.audit_events().append(&app.event(caller, project, told(is_reached, missing))).await?;
    probed.map_err(test_failure)
}

fn of_stored(connection_id: ConnectionId, is_reached: bool, missing: Vec<String>) -> ClusterEvent {
    ClusterEvent::TestClusterConnection { connection_id, is_reached, missing }
}

fn of_new(connection: &Connection, is_reached: bool, missing: Vec<String>) -> ClusterEvent {
    ClusterEvent::TestNewConnection { url: connection.address.url.to_string(), is_reached, missing }
}

/// Probes, for as long as issuing may take.
pub(crate) async fn probe(app: &App, wanted: Probe) -> Result<ProbeReport, ClusterError> {
    app.place.probe(wanted, Deadline::after(&app.ambient, app.settings.issue_deadline)).await
}

/// What the audit log keeps of a test: whether the cluster answered, and the rights that issuing would fail without.
fn outcome(probed: &Result<ProbeReport, ClusterError>) -> (bool, Vec<String>) {
    let missing = |report: &ProbeReport| report.missing_rights().map(ToString::to_string).collect();
    (probed.is_ok(), probed.as_ref().map(missing).unwrap_or_default())
}

/// What `report` says, with what would give the rights that leases of `samples` lack.
pub(crate) fn found(report: ProbeReport, samples: &[LeasePlan], problem: Option<String>) -> ConnectionTest {
    let manifest = manifest(&report, samples);
    ConnectionTest {
        version: report.version,
        who: report.who,
        cluster: report.cluster.to_string(),
        rights: report.rights,
        refused: report.trials,
        problem,
        manifest,
        times: report.times,
    }
}

/// A dynamic secret that gives out the sample, and that nobody stores.
fn imagined(app: &App, connection: &Connection, credential: Credential) -> Result<DynamicSecret, AppError> {
    const CONSTANT: AppError = AppError::Bug("a constant is not what it should be");
    let now = app.ambient.now();
    Ok(DynamicSecret {
        id: DynamicSecretId::generate(&app.ambient),
        place: SecretPlace {
            organization: connection.organization,
            project: ProjectId::generate(&app.ambient),
            environment: EnvironmentId::generate(&app.ambient),
            environment_slug: "test".parse().map_err(|_| CONSTANT)?,
            folder: FolderId::generate(&app.ambient),
            path: FolderPath::root(),
        },
        name: "test".parse().map_err(|_| CONSTANT)?,
        version: 1,
        default_ttl: "1h".parse().map_err(|_| CONSTANT)?,
        max_ttl: None,
        // The test is about the cluster; limits are held against what is saved.
        connection: Connection { sharing: None, owner: None, ..connection.clone() },
        credential,
        username_template: None,
        audiences: Vec::new(),
        metadata: Vec::new(),
        created_at: now,
        updated_at: now,
    })
}
