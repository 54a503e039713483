//! Why an exchange broke, read from the errors of the libraries in between.

use std::error::Error;

use crate::{
    connect::ConnectError,
    error::{Kind, Step, Unreachable},
};

/// What `error` means; `step` is how far the exchange was if the error does not know better.
pub(super) fn explain(error: &(dyn Error + 'static), step: Step) -> (Step, Kind) {
    let causes = || std::iter::successors(Some(error), source_of);
    if let Some(connect) = causes().find_map(|cause| cause.downcast_ref::<ConnectError>()) {
        return (connect.step, connect.kind.clone());
    }
    if causes().filter_map(|cause| cause.downcast_ref::<hyper::Error>()).any(hyper::Error::is_parse) {
        return (Step::Answer, Kind::NotKubernetes { found: "not HTTP".to_owned() });
    }
    (step, Kind::Unreachable(Unreachable::ConnectionLost))
}

fn source_of<'a>(error: &&'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    (*error).source()
}
