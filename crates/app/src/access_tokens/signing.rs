//! The JWT around an access token's id.
//!
//! One pinned algorithm, HMAC with SHA-256 (RFC 7518 section 3.2): only our own servers read these tokens, and they
//! share the key through the sealed store. The key's id stands in the header, so that keys can be changed with overlap.
//! The claims are those that existing clients read; none of them decides anything, the token's row does.

use std::{collections::HashMap, sync::Arc, sync::PoisonError, sync::RwLock};

use jiff::Timestamp;
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use mayfly_domain::{
    clock::Ambient,
    identity::AccessToken,
    ids::{AccessTokenId, SigningKeyId},
    sensitive::Sensitive,
};
use mayfly_store::{Store, signing_keys::SigningKey};
use serde::{Deserialize, Serialize};

use crate::{AppError, key_rotations::KNOWN_BEFORE_USED};

/// Signs and reads the JWTs of access tokens.
pub struct Signing {
    keys: RwLock<Arc<Keys>>,
}

struct Keys {
    newest: SigningKeyId,
    encoding: EncodingKey,
    decoding: HashMap<SigningKeyId, DecodingKey>,
    read_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Claims {
    identity_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    client_secret_id: Option<String>,
    identity_access_token_id: AccessTokenId,
    auth_token_type: String,
    iat: i64,
    exp: i64,
}

/// What existing clients look for in the claims.
const TOKEN_TYPE: &str = "identityAccessToken";

/// A JWT that bears our signature.
pub(crate) struct SignedToken {
    pub(crate) id: AccessTokenId,
    /// Its `exp`: renewal makes a new JWT, so that an old one ends when it said it would.
    pub(crate) expires_at: Timestamp,
}

impl Signing {
    /// Reads the keys, and makes the first one if there is none.
    pub(crate) async fn load(store: &Store, ambient: &Ambient) -> Result<Self, AppError> {
        if store.signing_keys().list().await?.is_empty() {
            store.signing_keys().create_first(&Self::new_key(ambient)).await?;
        }
        Ok(Self { keys: RwLock::new(Arc::new(read(store, ambient).await?)) })
    }

    /// A new key.
    pub(crate) fn new_key(ambient: &Ambient) -> SigningKey {
        let secret = Sensitive::new(ambient.random::<32>().to_vec());
        SigningKey { id: SigningKeyId::generate(ambient), secret, created_at: ambient.now() }
    }

    /// Reads the keys again: one may have been added, or come of age.
    pub(crate) async fn refresh(&self, store: &Store, ambient: &Ambient) -> Result<(), AppError> {
        let keys = Arc::new(read(store, ambient).await?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = keys;
        Ok(())
    }

    /// The JWT of `token`.
    pub(crate) fn sign(&self, token: &AccessToken, now: Timestamp) -> Result<Sensitive<String>, AppError> {
        let keys = self.keys();
        let claims = Claims {
            identity_id: token.identity.to_string(),
            client_secret_id: token.client_secret.map(|id| id.to_string()),
            identity_access_token_id: token.id,
            auth_token_type: TOKEN_TYPE.to_owned(),
            iat: now.as_second(),
            exp: token.expires_at.as_second(),
        };
        let header = Header { kid: Some(keys.newest.to_string()), ..Header::new(Algorithm::HS256) };
        let jwt = jsonwebtoken::encode(&header, &claims, &keys.encoding);
        jwt.map(Sensitive::new).map_err(|_| AppError::Bug("an access token could not be signed"))
    }

    /// Checks the signature of a JWT. Everything else is for the token's row to decide.
    pub(crate) async fn read(
        &self,
        jwt: &Sensitive<String>,
        store: &Store,
        ambient: &Ambient,
    ) -> Result<SignedToken, AppError> {
        let header = jsonwebtoken::decode_header(jwt.expose()).map_err(|_| AppError::TokenRefused)?;
        let id: SigningKeyId = header.kid.and_then(|id| id.parse().ok()).ok_or(AppError::TokenRefused)?;
        let keys = self.keys_with(id, store, ambient).await?;
        let key = keys.decoding.get(&id).ok_or(AppError::TokenRefused)?;
        let claims = jsonwebtoken::decode::<Claims>(jwt.expose(), key, &signature_only())
            .map_err(|_| AppError::TokenRefused)?
            .claims;
        if claims.auth_token_type != TOKEN_TYPE {
            return Err(AppError::TokenRefused);
        }
        let expires_at = Timestamp::from_second(claims.exp).map_err(|_| AppError::TokenRefused)?;
        Ok(SignedToken { id: claims.identity_access_token_id, expires_at })
    }

    fn keys(&self) -> Arc<Keys> {
        Arc::clone(&self.keys.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The keys, read again when `id` is unknown: another server may have made it. At most once a second, so that
    /// made-up ids cost nothing.
    async fn keys_with(&self, id: SigningKeyId, store: &Store, ambient: &Ambient) -> Result<Arc<Keys>, AppError> {
        const PAUSE: i64 = 1;
        let keys = self.keys();
        let is_old = ambient.now().as_second() > keys.read_at.as_second() + PAUSE;
        if keys.decoding.contains_key(&id) || !is_old {
            return Ok(keys);
        }
        let keys = Arc::new(read(store, ambient).await?);
        *self.keys.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(&keys);
        Ok(keys)
    }
}

async fn read(store: &Store, ambient: &Ambient) -> Result<Keys, AppError> {
    let read_at = ambient.now();
    let keys = store.signing_keys().list().await?;
    // A key that other servers may not know yet signs nothing, unless it is the only one.
    let of_age = keys.iter().find(|key| key.created_at + KNOWN_BEFORE_USED <= read_at);
    let newest = of_age.or(keys.last()).ok_or(AppError::Bug("there is no key to sign access tokens with"))?;
    Ok(Keys {
        newest: newest.id,
        encoding: EncodingKey::from_secret(newest.secret.expose()),
        decoding: keys.iter().map(|key| (key.id, DecodingKey::from_secret(key.secret.expose()))).collect(),
        read_at,
    })
}

/// The library's own checks of time use the machine's clock; ours is the clock we were given.
fn signature_only() -> Validation {
    let mut validation = Validation::new(Algorithm::HS256);
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation.validate_aud = false;
    validation.required_spec_claims.clear();
    validation
}
