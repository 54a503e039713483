//! One change of a kubeconfig at a time, kubectl's own included.

use std::{
    io::ErrorKind,
    path::{Path, PathBuf},
    time::Duration,
};

use crate::{error::CliError, private_file, time};

/// A kubeconfig that nobody else changes until this is dropped. kubectl makes the same file (`lockFile` in client-go).
#[derive(Debug)]
pub(crate) struct Lock {
    path: PathBuf,
}

impl Lock {
    /// Takes it, and waits a while for whoever has it.
    pub(crate) async fn take(config: &Path) -> Result<Self, CliError> {
        const PAUSE: Duration = Duration::from_millis(20);
        const MOST_PAUSES: usize = 100;
        let mut path = config.as_os_str().to_owned();
        path.push(".lock");
        let path = PathBuf::from(path);
        if let Some(folder) = path.parent() {
            private_file::make_folder(folder)?;
        }
        for _ in 0..MOST_PAUSES {
            match private_file::create(&path, "") {
                Ok(()) => return Ok(Self { path }),
                Err(CliError::Write { source, .. }) if source.kind() == ErrorKind::AlreadyExists => {
                    time::pause(PAUSE).await;
                }
                Err(error) => return Err(error),
            }
        }
        Err(CliError::Usage(format!(
            "nothing was written: another program is changing `{}`; if there is none, remove `{}`",
            config.display(),
            path.display()
        )))
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Whoever comes next is told of it, where it cannot be removed.
        let _ = private_file::remove(&self.path);
    }
}
