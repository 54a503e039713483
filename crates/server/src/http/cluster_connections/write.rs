//! Making and changing cluster connections.

use axum::{Json, extract::State};
use jiff::Timestamp;
use mayfly_api::cluster_connections::{
    ClusterConnectionBody, CreateClusterConnectionRequest, UpdateClusterConnectionRequest,
};
use mayfly_app::{
    AppError,
    cluster_connections::{self as operations, ConnectionChanges, GivenCredential, NewConnection},
};
use mayfly_domain::{
    connection::{AuthMethod, Verification},
    dynamic_secret::ConnectionAddress,
    shared_connection::{ClientAddress, SharedWith, Sharing},
};
use serde_json::{Map, Value};

use super::{
    super::{
        Shared,
        caller::By,
        form::{Field, Form},
        json::Body,
        path::Path,
        problem::Failure,
        way,
    },
    connection_id,
    fields::{self, FIELDS},
    wire::wire,
};

/// Make a cluster connection. It is tried first.
#[utoipa::path(post, path = "/api/v1/cluster-connections", operation_id = "createClusterConnection",
    tag = "Cluster connections", request_body = CreateClusterConnectionRequest,
    responses((status = 200, body = ClusterConnectionBody)))]
pub(in super::super) async fn create(
    State(shared): State<Shared>,
    By(caller): By,
    Body(body): Body,
) -> Result<Json<ClusterConnectionBody>, Failure> {
    let new = new_connection(&body, shared.app.ambient().now())?;
    let connection = operations::create(&shared.app, &caller, new).await?;
    Ok(Json(ClusterConnectionBody { cluster_connection: wire(&connection) }))
}

/// A connection to be made, as a request describes it.
pub(super) fn new_connection(body: &Map<String, Value>, now: Timestamp) -> Result<NewConnection, AppError> {
    let form = Form::body(body);
    form.only(&FIELDS);
    let (name, way) = (form.required("name"), way(&form, now));
    let (client_url, client_ca) = (form.optional("clientUrl"), fields::pem(&form, "clientCa", now));
    let (projects, limits) = (fields::projects(&form), fields::limits(&form));
    form.finish(|| {
        let Way { address, credential, renews_token } = way?;
        Some(NewConnection {
            sharing: Sharing {
                name: name?,
                projects: projects?.unwrap_or(SharedWith::Named(Vec::new())),
                limits: limits?.unwrap_or_default(),
                clients: ClientAddress { url: client_url?, ca: client_ca? },
            },
            address,
            credential,
            renews_token,
        })
    })
}

/// Where a cluster is, how to come there and with what to speak to it.
struct Way {
    address: ConnectionAddress,
    credential: GivenCredential,
    renews_token: Option<bool>,
}

fn way(form: &Form<'_>, now: Timestamp) -> Field<Way> {
    let route = way::route(form)?;
    if route.method() == AuthMethod::Gateway {
        let own = ["url", "ca", "verification", "clusterToken", "clusterTokenFile", "renewsToken"];
        way::nothing_beside_a_gateway(form, &own)?;
        let address = ConnectionAddress::of_gateway(route);
        return Some(Way { address, credential: GivenCredential::OfGateway, renews_token: None });
    }
    let url = form.required("url");
    let (credential, renews_token) = (fields::required_credential(form, now), form.boolean("renewsToken"));
    let (ca, verification) = (fields::pem(form, "ca", now), fields::verification(form));
    let ca = ca?;
    let address = ConnectionAddress {
        url: url?,
        ssl_enabled: ca.is_some(),
        ssl_reject_unauthorized: verification?.unwrap_or(Verification::Full) == Verification::Full,
        ca,
        token_file: None,
        route,
    };
    Some(Way { address, credential: credential?, renews_token: renews_token? })
}

/// Change a cluster connection. A new token is tried first, then swapped; a new address, CA, verification or way must bring
/// `clusterToken` again. Running leases keep what they had.
#[utoipa::path(patch, path = "/api/v1/cluster-connections/{connectionId}", operation_id = "updateClusterConnection",
    tag = "Cluster connections", params(("connectionId" = String, Path)),
    request_body = UpdateClusterConnectionRequest, responses((status = 200, body = ClusterConnectionBody)))]
pub(in super::super) async fn update(
    State(shared): State<Shared>,
    By(caller): By,
    Path(id): Path<String>,
    Body(body): Body,
) -> Result<Json<ClusterConnectionBody>, Failure> {
    let now = shared.app.ambient().now();
    let form = Form::body(&body);
    form.only(&FIELDS);
    let (name, route, url) = (form.optional("name"), way::change(&form), form.optional("url"));
    let (credential, renews_token) = (fields::credential(&form, now), form.boolean("renewsToken"));
    let verification = fields::verification(&form);
    // `null` takes these away; what is not there stays.
    let ca = if form.has("ca") { fields::pem(&form, "ca", now).map(Some) } else { Some(None) };
    let client_url = if form.has("clientUrl") { form.optional("clientUrl").map(Some) } else { Some(None) };
    let client_ca = if form.has("clientCa") { fields::pem(&form, "clientCa", now).map(Some) } else { Some(None) };
    let (projects, limits) = (fields::projects(&form), fields::limits(&form));
    let changes = form.finish(|| {
        Some(ConnectionChanges {
            name: name?,
            route: route?,
            url: url?,
            ca: ca?,
            verification: verification?,
            credential: credential?,
            renews_token: renews_token?,
            client_url: client_url?,
            client_ca: client_ca?,
            projects: projects?,
            limits: limits?,
        })
    })?;
    let connection = operations::update(&shared.app, &caller, connection_id(&id)?, changes).await?;
    Ok(Json(ClusterConnectionBody { cluster_connection: wire(&connection) }))
}
