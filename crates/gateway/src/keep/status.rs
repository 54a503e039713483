//! What a server is told of how the gateway is: when a tunnel opens, and then where it is otherwise.

use mayfly_tunnel::{
    answering::Session,
    record::{GatewayRecord, GatewayStatus},
};

use super::Keeping;

/// What was told over a tunnel last.
#[derive(Default)]
pub(super) struct Told(Option<GatewayStatus>);

impl Keeping {
    /// Tells how it is, unless that was told.
    pub(super) async fn tell_status(&self, session: &Session, told: &mut Told) {
        let status = self.status();
        if told.0.as_ref() != Some(&status) {
            session.tell(GatewayRecord::Status(status.clone())).await;
            told.0 = Some(status);
        }
    }

    fn status(&self) -> GatewayStatus {
        let now = self.keeper.ambient.now();
        GatewayStatus {
            refused: self.keeper.outpost.tally().refused.get(),
            proxy: self.keeper.server.proxy().map(ToString::to_string),
            closed_at_age_seconds: self.ages.closed_at(now).map(|age| age.as_secs()),
        }
    }
}
