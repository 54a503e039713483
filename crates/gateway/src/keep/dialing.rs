//! The way to an open tunnel: dialled, secured, and welcomed.

use std::sync::{Arc, atomic::Ordering};

use aws_lc_rs::digest::{SHA256, digest};
use mayfly_domain::{error::chain, gateway_policy::GatewayPolicy, hex::hex};
use mayfly_tunnel::{
    answering::{ServeFailed, Session},
    protocol::{TUNNEL_PATH, TUNNEL_SUBPROTOCOL},
    record::{Epoch, Hello, Welcome},
    tls::connect_tunnel,
};

use super::{
    Ended, Keeper, Keeping,
    lines::Line,
    open::{Open, finish},
};
use crate::answering::Answering;

impl Keeping {
    /// Opens the next one. An old one is let go as soon as a server has said that it is there.
    pub(super) async fn open(&self, line: Line, old: &mut Option<Open>) -> Result<Session, Ended> {
        let Keeper { ambient, server, outpost, .. } = &self.keeper;
        let carrier = server.dial(ambient, TUNNEL_PATH, TUNNEL_SUBPROTOCOL).await;
        let carrier = carrier.map_err(|error| Ended::Failed(error.to_string(), error.retry_after))?;
        let (trust, shown) = {
            let identity = self.identity();
            (identity.trust.clone(), identity.shown())
        };
        let secured = connect_tunnel(ambient, &trust, shown, carrier).await;
        let stream = secured.map_err(|error| Ended::Failed(format!("InnerTls: {}", chain(&error)), None))?;
        let answers = Arc::new(Answering(Arc::clone(outpost)));
        let wanted = |hello: &Hello| {
            let is_wanted = self.lines.claim(line, hello);
            if let Some(Open { session, .. }) = old.take_if(|_| is_wanted) {
                let ambient = ambient.clone();
                self.finishing.spawn(async move { finish(&ambient, &session, "the tunnel is old").await });
            }
            is_wanted
        };
        match Session::serve_if(ambient, stream, (self.welcome(), wanted), answers).await {
            Ok(session) => Ok(session),
            Err(ServeFailed::NotWanted) => Err(Ended::Same),
            // Only this one takes a person; everything else passes by itself.
            Err(ServeFailed::Refused { code, message }) if code == "not_open" => Err(Ended::Refused(message)),
            Err(error) => Err(Ended::Failed(format!("Hello: {}", chain(&error)), None)),
        }
    }

    fn welcome(&self) -> Welcome {
        let Keeper { ambient, outpost, policy, .. } = &self.keeper;
        let connection = self.connections.fetch_add(1, Ordering::Relaxed) + 1;
        let identity = self.identity();
        Welcome {
            gateway: identity.name.gateway,
            instance: identity.name.instance.clone(),
            epoch: Epoch { started: self.started, connection },
            version: env!("CARGO_PKG_VERSION").to_owned(),
            features: Vec::new(),
            policy: (**policy).clone(),
            policy_digest: policy_digest(policy),
            api_server: Some(outpost.api_server()),
            clock: ambient.now(),
        }
    }
}

/// SHA-256 of a policy as it is shown, in hexadecimal digits.
fn policy_digest(policy: &GatewayPolicy) -> String {
    hex(digest(&SHA256, &serde_json::to_vec(policy).unwrap_or_default()).as_ref())
}
