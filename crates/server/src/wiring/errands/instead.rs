//! What is asked over a tunnel that falls silent is asked over another besides.
//!
//! A connection that goes dark breaks only after half a minute, and whoever waits for an answer has less. The tunnel itself is
//! suspect long before; what was asked may still be answered over it, so both are waited for.

use std::pin::pin;

use bytes::Bytes;
use futures::future::{Either, select};
use mayfly_tunnel::{
    asking::{Operation, Tunnel},
    failure::{CallFailed, Reached},
};

use super::{Errand, Errands, Repeat};
use crate::gateways::{Process, Whom};

impl Errands {
    /// Asks over `tunnel`, and once that is suspect over another one, where it may be and as soon as there is one; that is an
    /// `attempt` more. The first answer counts; a failure only when there is nothing else to wait for, and then the one that says less.
    pub(super) async fn ask(
        &self,
        tunnel: &Tunnel,
        operation: Operation,
        (errand, attempt): (&Errand, &mut u32),
    ) -> Result<Bytes, CallFailed> {
        let again = Operation { attempt: operation.attempt + 1, ..operation.clone() };
        let mut first = pin!(tunnel.call(operation));
        let other = tokio::select! {
            biased;
            answer = &mut first => return answer,
            other = self.instead_of(tunnel, errand) => other,
        };
        tracing::info!(operation = %again.id, "a tunnel is silent, and another one is asked");
        *attempt = again.attempt;
        let again = Operation { limit: errand.deadline.left(self.ambient()), ..again };
        match select(first, pin!(other.call(again))).await {
            Either::Left((Ok(answer), _)) | Either::Right((Ok(answer), _)) => Ok(answer),
            Either::Left((Err(failed), second)) => second.await.map_err(|second| less_certain(failed, second)),
            Either::Right((Err(failed), first)) => first.await.map_err(|first| less_certain(failed, first)),
        }
    }

    /// A good tunnel in the place of one that is suspect. One process does nothing twice by one id; two would.
    async fn instead_of(&self, tunnel: &Tunnel, errand: &Errand) -> Tunnel {
        let process = Process::of(tunnel);
        let whom = match errand.repeat {
            Repeat::Anywhere => Whom::Anybody,
            Repeat::AtTheProcess | Repeat::AtItsName => Whom::Process(&process),
        };
        loop {
            tunnel.suspected().await;
            let left = errand.deadline.left(self.ambient());
            match self.ways.find(self.ambient(), errand.via, whom, left).await {
                // It was not, by then.
                Some(found) if found.is_same(tunnel) => {}
                Some(other) => return other,
                None => return std::future::pending().await,
            }
        }
    }
}

/// Of two failures of one operation that which leaves more open: what may have been done by either may have been done.
pub(super) fn less_certain(one: CallFailed, two: CallFailed) -> CallFailed {
    let rank = |failed: &CallFailed| match failed.reached {
        Reached::Unknown => 2,
        Reached::Refused => 1,
        Reached::NotSent => 0,
    };
    let more_open = if rank(&one) >= rank(&two) { one } else { two };
    // It is not only for want of room.
    CallFailed { retry_after: more_open.retry_after.filter(|_| more_open.reached != Reached::Unknown), ..more_open }
}
