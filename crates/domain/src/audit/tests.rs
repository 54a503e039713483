use super::*;

#[test]
fn an_event_has_the_name_and_fields_clients_know() {
    let project_id = ProjectId::from_uuid(uuid::Uuid::nil());
    let event = Event::CreateDynamicSecret {
        secret: SecretFacts {
            dynamic_secret_name: "ci".into(),
            dynamic_secret_type: "kubernetes".into(),
            dynamic_secret_id: crate::ids::DynamicSecretId::from_uuid(uuid::Uuid::nil()),
            environment: "dev".into(),
            secret_path: "/".into(),
            project_id,
        },
        default_ttl: "1h".into(),
        max_ttl: None,
    };
    assert_eq!(event.name(), "create-dynamic-secret");
    let metadata = event.metadata();
    assert_eq!(metadata["dynamicSecretName"], "ci");
    assert_eq!(metadata["defaultTTL"], "1h");
    let back: Event = serde_json::from_value(serde_json::to_value(&event).unwrap()).unwrap();
    assert_eq!(back, event);
}
