//! People with what they sign in with: sessions, links, invitations and second factors.

use jiff::Timestamp;
use mayfly_domain::{
    access::role::OrganizationRole,
    identity::{Invitation, User},
    ids::{InvitationId, PasskeyId, PasswordLinkId, SessionId, UserId},
    passkey::{Passkey, PasskeyAlgorithm},
    sensitive::Sensitive,
    session::Session,
};
use mayfly_store::{
    passkey_challenges::Purpose,
    password_links::PasswordLink,
    second_factors::Confirmed,
    sessions::{NewSession, SignIn},
};

use super::World;

/// The hash of every person's password.
pub(crate) const HASH: &str = "a hash";

/// A time some seconds after `time`.
pub(crate) fn seconds_after(time: Timestamp, seconds: i64) -> Timestamp {
    time.checked_add(jiff::SignedDuration::from_secs(seconds)).expect("a time to come")
}

impl World {
    /// A person that is not stored.
    pub(crate) fn person(&self, email: &str, role: OrganizationRole) -> User {
        let now = self.tick();
        User {
            id: UserId::generate(self.ambient()),
            organization: self.organization.id,
            email: email.to_owned(),
            name: None,
            role,
            is_disabled: false,
            has_second_factor: false,
            created_at: now,
            updated_at: now,
        }
    }

    pub(crate) async fn stored_person(&self, email: &str) -> User {
        let user = self.person(email, OrganizationRole::Member);
        self.store().users().create(&user, HASH, &self.event("create-user")).await.expect("a person is made");
        user
    }

    /// A session that is not stored.
    pub(crate) fn session(&self, user: &User) -> Session {
        let now = self.tick();
        Session {
            id: SessionId::generate(self.ambient()),
            user: user.id,
            ip_address: Some("2001:db8::1".parse().expect("an address")),
            user_agent: "a browser".to_owned(),
            created_at: now,
            seen_at: now,
            expires_at: seconds_after(now, 3_600),
        }
    }

    /// An invitation for ten seconds that is not stored.
    pub(crate) fn invitation(&self, email: &str) -> Invitation {
        let now = self.now();
        Invitation {
            id: InvitationId::generate(self.ambient()),
            organization: self.organization.id,
            email: email.to_owned(),
            role: OrganizationRole::Member,
            created_at: now,
            expires_at: seconds_after(now, 10),
        }
    }

    /// A link that is not stored.
    pub(crate) fn password_link(&self, user: &User, lasts: i64) -> PasswordLink {
        PasswordLink {
            id: PasswordLinkId::generate(self.ambient()),
            user: user.id,
            created_at: user.created_at,
            expires_at: seconds_after(user.created_at, lasts),
        }
    }

    /// A passkey that is not stored.
    pub(crate) fn passkey(&self, user: &User, credential_id: &[u8]) -> Passkey {
        Passkey {
            id: PasskeyId::generate(self.ambient()),
            user: user.id,
            credential_id: credential_id.to_vec(),
            public_key: b"a key".to_vec(),
            algorithm: PasskeyAlgorithm::Es256,
            sign_count: 0,
            is_backup_eligible: true,
            is_backed_up: false,
            transports: vec!["hybrid".to_owned(), "internal".to_owned()],
            aaguid: *b"an authenticator",
            name: "laptop".parse().expect("a name"),
            created_at: self.tick(),
            last_used_at: None,
            suspected_at: None,
        }
    }

    /// A second factor that is asked for, with two codes and a session.
    pub(crate) async fn stored_second_factor(&self, user: &User) {
        let factors = self.store().second_factors();
        let secret = Sensitive::new(user.email.clone().into_bytes());
        factors.begin(user.id, &secret, &self.event("begin")).await.expect("a second factor begins");
        let made_at = factors.get(user.id).await.expect("it can be asked for").expect("it is there").created_at;
        let (session, codes) = (self.session(user), vec![b"one".to_vec(), b"two".to_vec()]);
        let digest = user.email.as_bytes();
        let session = NewSession { session: &session, digest };
        let confirmed = Confirmed { user: user.id, made_at, step: 7, codes: &codes, session };
        factors.confirm(&confirmed, &self.event("confirm")).await.expect("a second factor is confirmed");
    }

    /// A row in every table of people.
    pub(crate) async fn fill_people(&self) {
        let user = self.stored_person("ben@example.com").await;
        self.stored_second_factor(&user).await;
        let other = self.stored_person("cleo@example.com").await;
        let session = self.session(&other);
        let session = NewSession { session: &session, digest: b"session" };
        let sign_in = SignIn { session, password_hash: Some(HASH), second_factor: None };
        self.store().sessions().create(&sign_in, &self.event("sign in")).await.expect("a session");
        let link = self.password_link(&other, 3_600);
        self.store().password_links().create(&link, b"link", &self.event("reset")).await.expect("a link");
        let passkey = self.passkey(&other, b"credential");
        self.store().passkeys().create(&passkey, &self.event("add")).await.expect("a passkey");
        self.store().passkeys().keep_handle(other.id, b"handle").await.expect("a handle");
        let (challenges, purpose) = (self.store().passkey_challenges(), Purpose::SecondFactor(other.id));
        challenges.create(b"challenge", purpose, self.tick()).await.expect("a challenge");
        let joined = self.invitation("eve@example.com");
        let invitations = self.store().invitations();
        invitations.create(&joined, b"joined", &self.event("invite")).await.expect("an invitation");
        let eve = self.person("eve@example.com", joined.role);
        invitations.accept(joined.id, &eve, HASH, &self.event("join")).await.expect("she joins");
        let invitation = self.invitation("dan@example.com");
        self.store().invitations().create(&invitation, b"invite", &self.event("invite")).await.expect("an invitation");
        let (ids, now) = (["source:10.0.0.1".to_owned()], self.now());
        self.store().sign_in_attempts().count(&ids, now, now).await.expect("an attempt is counted");
    }
}
