//! The way to a fake cluster that needs no socket, so that whatever happens happens in an order that repeats itself.

use std::sync::Arc;

use futures::future::{BoxFuture, ready};
use mayfly_cluster::{
    Deadline,
    connect::{ConnectError, Dial, Stream},
};
use mayfly_testkit::fake_cluster::FakeCluster;

pub(crate) struct InProcess(pub(crate) Arc<FakeCluster>);

impl Dial for InProcess {
    fn dial<'a>(&'a self, _: &'a str, _: u16, _: Deadline) -> BoxFuture<'a, Result<Box<dyn Stream>, ConnectError>> {
        let stream: Box<dyn Stream> = Box::new(self.0.connect());
        Box::pin(ready(Ok(stream)))
    }
}
