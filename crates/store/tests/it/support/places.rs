//! Projects, environments, folders, and the dynamic secrets in them.

use mayfly_domain::{
    connection::ClusterIdentity,
    dynamic_secret::{Connection, ConnectionAddress, Credential, DynamicSecret, Revocable, SecretPlace},
    identity::MetadataEntry,
    ids::{ConnectionId, DynamicSecretId, EnvironmentId, FolderId, ProjectId},
    project::{Environment, Folder, Organization, Project},
    renewal::TokenState,
    sensitive::Sensitive,
};
use mayfly_store::{
    StoreError,
    dynamic_secrets::{LeasesThen, Removal, SecretAddress},
    projects::NewProject,
};

use super::World;
use crate::fixture::StoreFixture;

/// The cluster token of every dynamic secret here: what must be found nowhere.
pub(crate) const SECRET_TOKEN: &str = "the-cluster-token-that-nobody-may-find";

pub(super) fn project(fixture: &StoreFixture, organization: &Organization, slug: &str) -> (Project, Vec<Folder>) {
    let created_at = fixture.tick();
    let id = ProjectId::generate(&fixture.ambient);
    let environments = vec![environment(fixture, id, "dev", 1), environment(fixture, id, "prod", 2)];
    let root = |environment| Folder::root(FolderId::generate(&fixture.ambient), environment);
    let roots = environments.iter().map(root).collect();
    let project = Project {
        id,
        organization: organization.id,
        name: format!("Project {slug}").parse().expect("a name"),
        slug: slug.parse().expect("a slug"),
        description: Some("what 'it' is for".to_owned()),
        has_delete_protection: false,
        environments,
        created_at,
        updated_at: created_at,
    };
    (project, roots)
}

fn environment(fixture: &StoreFixture, project: ProjectId, slug: &str, position: i64) -> Environment {
    let created_at = fixture.tick();
    Environment {
        id: EnvironmentId::generate(&fixture.ambient),
        project,
        name: slug.to_uppercase().parse().expect("a name"),
        slug: slug.parse().expect("a slug"),
        position,
        created_at,
        updated_at: created_at,
    }
}

impl World {
    /// A project that is not stored, with the root folders of its environments.
    pub(crate) fn project(&self, slug: &str) -> (Project, Vec<Folder>) {
        project(&self.fixture, &self.organization, slug)
    }

    /// Stores a project whose first member is the first identity.
    pub(crate) async fn store_project(&self, project: &Project, roots: &[Folder]) -> Result<(), StoreError> {
        let membership = self.membership(&self.admin, project);
        let new = NewProject { project, roots, membership: Some(&membership) };
        self.store().projects().create(&new, self.ambient(), &self.event("create-project")).await
    }

    pub(crate) async fn stored_project(&self, slug: &str) -> (Project, Vec<Folder>) {
        let (project, roots) = self.project(slug);
        self.store_project(&project, &roots).await.expect("a project is made");
        (project, roots)
    }

    /// An environment that is not stored.
    pub(crate) fn environment(&self, project: &Project, slug: &str, position: i64) -> Environment {
        environment(&self.fixture, project.id, slug, position)
    }

    /// A folder that is not stored.
    pub(crate) fn folder(&self, parent: &Folder, name: &str) -> Folder {
        let created_at = self.tick();
        Folder {
            id: FolderId::generate(self.ambient()),
            environment: parent.environment,
            parent: Some(parent.id),
            path: parent.path.join(&name.parse().expect("a name")).expect("a path"),
            description: None,
            created_at,
            updated_at: created_at,
        }
    }

    pub(crate) async fn stored_folder(&self, parent: &Folder, name: &str) -> Folder {
        self.stored_folder_of(&self.project, parent, name).await
    }

    /// The same in another project.
    pub(crate) async fn stored_folder_of(&self, project: &Project, parent: &Folder, name: &str) -> Folder {
        let folder = self.folder(parent, name);
        let around = project.environments.iter().find(|environment| environment.id == parent.environment);
        let slug = around.map_or_else(|| "dev".parse().expect("a slug"), |around| around.slug.clone());
        self.store().folders().create(&folder, &slug, &self.event("create-folder")).await.expect("a folder is made");
        folder
    }

    /// A dynamic secret in a folder of `project`, not stored.
    pub(crate) fn secret_of(&self, project: &Project, folder: &Folder, name: &str) -> DynamicSecret {
        let created_at = self.tick();
        let id = DynamicSecretId::generate(self.ambient());
        let environment = project.environments.iter().find(|environment| environment.id == folder.environment);
        let environment = environment.expect("the folder lies in the project");
        DynamicSecret {
            id,
            place: SecretPlace {
                organization: project.organization,
                project: project.id,
                environment: environment.id,
                environment_slug: environment.slug.clone(),
                folder: folder.id,
                path: folder.path.clone(),
            },
            name: name.parse().expect("a name"),
            version: 1,
            default_ttl: "24h".parse().expect("a lifetime"),
            max_ttl: Some("7 days".parse().expect("a lifetime")),
            connection: Connection {
                id: ConnectionId::generate(self.ambient()),
                organization: project.organization,
                owner: Some(id),
                sharing: None,
                version: 1,
                address: address("https://kubernetes.example:6443/prefix"),
                cluster: Some(ClusterIdentity::KubeSystem("7c9e6679-7425-40de-944b-e07fc1f90ae7".to_owned())),
                token: TokenState::default(),
                created_at,
                updated_at: created_at,
            },
            credential: Credential::Static {
                namespace: "payments".parse().expect("a namespace"),
                service_account_name: "deployer".parse().expect("an account's name"),
                revocable: Revocable::default(),
            },
            username_template: Some("ci-{{identity.name}}".parse().expect("a template")),
            audiences: vec!["https://kubernetes.default.svc".to_owned(), "vault".to_owned()],
            metadata: vec![MetadataEntry { key: "owner".to_owned(), value: "team ä".to_owned() }],
            created_at,
            updated_at: created_at,
        }
    }

    /// A dynamic secret in the root of `dev`, not stored.
    pub(crate) fn secret(&self, name: &str) -> DynamicSecret {
        self.secret_of(&self.project, &self.root, name)
    }

    pub(crate) async fn store_secret(&self, secret: &DynamicSecret) {
        let event = self.event("create-dynamic-secret");
        let token = Sensitive::from(SECRET_TOKEN);
        self.store().dynamic_secrets().create(secret, Some(&token), &event).await.expect("a dynamic secret is made");
    }

    pub(crate) async fn stored_secret(&self, name: &str) -> DynamicSecret {
        let secret = self.secret(name);
        self.store_secret(&secret).await;
        secret
    }

    /// How `secret` is to go.
    pub(crate) fn removal(&self, secret: &DynamicSecret) -> Removal {
        Removal {
            id: secret.id,
            connection: Some(secret.connection.id),
            leases: LeasesThen::End,
            event: self.event("delete-dynamic-secret"),
        }
    }
}

/// Where `secret` is, as callers write it.
pub(crate) fn address_of(secret: &DynamicSecret) -> SecretAddress<'_> {
    let place = &secret.place;
    SecretAddress { project: place.project, environment: &place.environment_slug, path: &place.path }
}

pub(crate) fn address(url: &str) -> ConnectionAddress {
    ConnectionAddress {
        url: url.parse().expect("an address"),
        ca: Some("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n".to_owned()),
        ssl_enabled: true,
        ssl_reject_unauthorized: true,
        token_file: None,
        route: mayfly_domain::connection::Route::Direct,
    }
}
