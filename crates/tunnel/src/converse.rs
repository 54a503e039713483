//! The control stream's life, alike at both ends.

use futures::{SinkExt as _, StreamExt as _};
use serde::{Serialize, de::DeserializeOwned};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::mpsc,
};

use crate::record::{self, Records};

/// Sends and receives records until one end has enough, and says why.
pub(crate) async fn converse<S, Out, In>(
    mut control: Records<S>,
    mut to_send: mpsc::Receiver<Out>,
    received: mpsc::Sender<In>,
) -> String
where
    S: AsyncRead + AsyncWrite + Unpin,
    Out: Serialize,
    In: DeserializeOwned,
{
    loop {
        tokio::select! {
            record = to_send.recv() => {
                let Some(record) = record else { return "nobody needs it any more".to_owned() };
                let Ok(bytes) = record::write(&record) else { continue };
                if let Err(error) = control.send(bytes).await {
                    return format!("the control stream broke: {error}");
                }
            }
            bytes = control.next() => match bytes {
                Some(Ok(bytes)) => match record::read(&bytes) {
                    Ok(record) => if received.send(record).await.is_err() {
                        return "nobody listens to it any more".to_owned();
                    },
                    Err(error) => return format!("what the other end told {error}"),
                },
                Some(Err(error)) => return format!("the control stream broke: {error}"),
                None => return "the other end closed it".to_owned(),
            }
        }
    }
}
