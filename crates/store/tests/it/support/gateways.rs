//! Gateways, their tokens and their processes.

use std::time::Duration;

use mayfly_domain::{
    gateway::{EnrolmentMethod, Gateway, GatewayInstance, GatewayPool, GatewayToken, Standing},
    ids::{GatewayAuthorityId, GatewayId, GatewayPoolId, GatewayTokenId},
    sensitive::Sensitive,
};
use mayfly_store::gateway_authorities::StoredAuthority;

use super::World;

impl World {
    pub(crate) fn gateway(&self, name: &str) -> Gateway {
        let now = self.tick();
        Gateway {
            id: GatewayId::generate(self.ambient()),
            organization: self.organization.id,
            name: name.parse().unwrap(),
            enrolment: EnrolmentMethod::Token,
            told_keys: None,
            standing: Standing::Open,
            shown: None,
            connected_at: None,
            left: None,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) async fn stored_gateway(&self, name: &str) -> Gateway {
        let gateway = self.gateway(name);
        let event = self.event("create-gateway");
        self.store().gateways().create(&gateway, &event).await.unwrap();
        gateway
    }

    /// One without gateways.
    pub(crate) async fn stored_gateway_pool(&self, name: &str) -> GatewayPool {
        let event = self.event("create-gateway-pool");
        let pool = GatewayPool {
            id: GatewayPoolId::generate(self.ambient()),
            organization: self.organization.id,
            name: name.parse().unwrap(),
            members: Vec::new(),
            created_at: event.created_at,
            updated_at: event.created_at,
        };
        self.leaves(&event, self.store().gateway_pools().create(&pool, &event)).await;
        pool
    }

    pub(crate) fn gateway_token(&self, gateway: &Gateway, uses: i64, life: Duration) -> GatewayToken {
        let created_at = self.tick();
        GatewayToken {
            id: GatewayTokenId::generate(self.ambient()),
            gateway: gateway.id,
            uses_left: uses,
            expires_at: created_at + life,
            created_at,
        }
    }

    pub(crate) async fn store_gateway_token(&self, gateway: &Gateway, uses: i64, digest: &[u8]) -> GatewayToken {
        let token = self.gateway_token(gateway, uses, Duration::from_mins(15));
        let event = self.event("create-gateway-token");
        self.store().gateway_enrolments().create_token(&token, digest, &event).await.unwrap();
        token
    }

    /// Its first certificate, for a day.
    pub(crate) fn gateway_instance(&self, gateway: &Gateway, name: &str, key: &[u8]) -> GatewayInstance {
        let enrolled_at = self.tick();
        GatewayInstance {
            gateway: gateway.id,
            name: name.parse().unwrap(),
            generation: 1,
            key_digest: key.to_vec(),
            certificate_expires_at: enrolled_at + Duration::from_hours(24),
            enrolled_at,
        }
    }

    pub(crate) fn gateway_authority(&self, byte: u8) -> StoredAuthority {
        StoredAuthority {
            id: GatewayAuthorityId::generate(self.ambient()),
            certificate: vec![byte; 40],
            key: Sensitive::new(vec![byte + 100; 83]),
            created_at: self.tick(),
        }
    }
}
