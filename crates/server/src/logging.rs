//! Logs go to standard error: as lines for people, or as JSON for programs.

use tracing_subscriber::{EnvFilter, fmt};

use crate::config::{LogConfig, LogFormat};

/// Starts logging. A second call in one process does nothing.
pub(crate) fn start(config: &LogConfig) {
    // It was read as one when the settings were.
    let filter = EnvFilter::new(&config.filter);
    let builder = fmt().with_env_filter(filter).with_writer(std::io::stderr);
    let _ = match config.format {
        LogFormat::Text => builder.with_target(false).with_ansi(false).try_init(),
        LogFormat::Json => builder.json().try_init(),
    };
}
