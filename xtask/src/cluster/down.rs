//! `down`: ends what runs in the background, and only that.

use std::process::ExitCode;

use mayfly_testkit::real_cluster::{Stopped, stop_in};

use super::arguments::Place;
use crate::console;

/// Stops the cluster. One that does not run is no error: it is what was asked for.
pub(super) async fn down(place: &Place) -> anyhow::Result<ExitCode> {
    let state_dir = place.state_dir()?;
    let name = &place.name;
    let found = stop_in(&state_dir).await?;
    console::say(&match found {
        Stopped::Ended => format!("cluster `{name}` has stopped; its data are in `{}`", state_dir.display()),
        Stopped::WasNotRunning => format!("cluster `{name}` was not running"),
    });
    Ok(ExitCode::SUCCESS)
}
