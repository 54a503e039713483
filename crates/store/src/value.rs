//! What goes into a statement and comes out of it, the same for both databases.

use std::fmt;

use jiff::Timestamp;
use mayfly_domain::ids;
use serde::Serialize;

use crate::sealed::Sealed;

/// One parameter or one cell of a row.
#[derive(Clone, PartialEq)]
pub(crate) enum Value {
    /// No value.
    Null,
    /// Text, JSON and ids.
    Text(String),
    /// Whole numbers, and times as milliseconds since 1970.
    Integer(i64),
    /// True or false. SQLite gives it back as an integer; [`crate::row::Row::boolean`] reads both.
    Boolean(bool),
    /// Digests, and sealed values that were read.
    Bytes(Vec<u8>),
    /// A value that was sealed just now. Whoever writes it must find its key still there; see
    /// [`crate::database::Database::write`].
    Sealed(Sealed),
    /// Values of one kind for many rows at once, for PostgreSQL only: SQLite takes them one by one.
    Column(Vec<Self>),
}

impl Value {
    /// Anything that has a text form, such as our own enums.
    pub(crate) fn text(value: impl fmt::Display) -> Self {
        Self::Text(value.to_string())
    }

    /// `value` as a JSON document.
    pub(crate) fn json(value: &impl Serialize) -> Self {
        Self::Text(serde_json::to_string(value).expect("stored types have text keys and serializers that cannot fail"))
    }

    /// What kind of value it is, for messages: never the value itself.
    pub(crate) const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Text(_) => "text",
            Self::Integer(_) => "integer",
            Self::Boolean(_) => "boolean",
            Self::Bytes(_) | Self::Sealed(_) => "bytes",
            Self::Column(_) => "a column",
        }
    }
}

/// Shows the kind only: the PostgreSQL driver writes its parameters into debug logs.
impl fmt::Debug for Value {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.kind())
    }
}

macro_rules! value_from {
    ($($source:ty => |$value:ident| $into:expr;)+) => {$(
        impl From<$source> for Value {
            fn from($value: $source) -> Self {
                $into
            }
        }
    )+};
}

value_from! {
    String => |value| Self::Text(value);
    &String => |value| Self::Text(value.clone());
    &str => |value| Self::Text(value.to_owned());
    i64 => |value| Self::Integer(value);
    bool => |value| Self::Boolean(value);
    Vec<u8> => |value| Self::Bytes(value);
    &[u8] => |value| Self::Bytes(value.to_vec());
    Sealed => |value| Self::Sealed(value);
    Timestamp => |value| Self::Integer(value.as_millisecond());
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

macro_rules! value_from_id {
    ($($id:ident)+) => {$(
        impl From<ids::$id> for Value {
            fn from(id: ids::$id) -> Self {
                Self::Text(id.to_string())
            }
        }

        impl From<&ids::$id> for Value {
            fn from(id: &ids::$id) -> Self {
                Self::Text(id.to_string())
            }
        }
    )+};
}

value_from_id! {
    AccessTokenId ApprovalRequestId AuditEventId ClientSecretId ConnectionId CustomRoleId DataKeyId DynamicSecretId EnvironmentId FolderId GroupId IdentityId InstallationId LeaseId MembershipId OrganizationId ProjectId ReplicaId SealKeyId SigningKeyId StopId SsoAttemptId SsoProviderId SsoRequestId UniversalAuthId UserId InvitationId PasswordLinkId SessionId KeyRotationId LostRightId OutsideAuthId AuditKeyId AuditStreamId PasskeyId GatewayId GatewayPoolId GatewayTunnelId GatewayTokenId GatewayAuthorityId
}

/// `values![id, "text", 3, None::<i64>]`: the parameters of a statement, in order.
macro_rules! values {
    ($($value:expr),* $(,)?) => {
        vec![$($crate::value::Value::from($value)),*]
    };
}

pub(crate) use values;
