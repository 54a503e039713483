//! The programs that tests need and that nothing here installs: asked for first, one line for each that is missing.

use anyhow::bail;

use crate::program::Program;

/// What each is started with to see whether it is there, and what to install where it is not.
const NEEDED: [(&str, &[&str], &str); 3] = [
    (
        "node",
        &["--version"],
        "Node.js, for the unchanged JavaScript SDK and the browser: install it from https://nodejs.org/",
    ),
    ("npm", &["--version"], "npm, for the unchanged JavaScript SDK: it comes with Node.js"),
    (
        "python3",
        &["-c", "import ensurepip, venv"],
        "Python 3 with `venv`, for the unchanged Python SDK and kubectl: install it (Debian: `apt-get install python3-venv`)",
    ),
];

/// Looks for all of them.
pub(super) async fn run() -> anyhow::Result<()> {
    let mut missing = Vec::new();
    for (name, arguments, text) in NEEDED {
        if !Program::new(name).args(arguments).exists().await {
            missing.push(format!("missing: {text}"));
        }
    }
    if missing.is_empty() { Ok(()) } else { bail!(missing.join("\n")) }
}
