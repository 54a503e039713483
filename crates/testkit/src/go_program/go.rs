//! Runs the Go toolchain and reports how far it is.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

use super::{HOMES, Progress};

/// What the module's `go` line says. Go before 1.21 does not fetch a newer one by itself.
const NEEDED_MINOR: u32 = 26;
/// Enough to show a compiler's first complaints.
const KEPT_LINES: usize = 40;
/// The latest text is repeated so often, for displays that show the time.
const TICK: Duration = Duration::from_secs(1);

/// A toolchain that was found, and the module it works on.
#[derive(Debug)]
pub(super) struct Go {
    program: PathBuf,
    module: PathBuf,
    /// What is built, in error texts.
    title: &'static str,
    /// As `go env GOVERSION` says, within the module, which may ask for a newer one than is installed.
    pub version: String,
}

impl Go {
    /// Finds a toolchain that is new enough.
    pub(super) async fn find(module: &Path, title: &'static str) -> anyhow::Result<Self> {
        Self::find_among(&HOMES, module, title).await
    }

    async fn find_among(homes: &[&str], module: &Path, title: &'static str) -> anyhow::Result<Self> {
        let mut found = String::from("none was found");
        for program in homes.iter().map(|home| Path::new(home).join("go")) {
            let Some(version) = version_of(&program, module).await? else { continue };
            if is_new_enough(&version) {
                return Ok(Self { program, module: module.to_owned(), title, version });
            }
            found = format!("`{}` is {version}", program.display());
        }
        bail!(
            "building {title} needs Go 1.{NEEDED_MINOR} or newer, and {found}: \
             install it from https://go.dev/dl/"
        )
    }

    /// The packages that a build has to compile; those in Go's build cache are not among them.
    pub(super) async fn missing_packages(&self, progress: Progress<'_>) -> anyhow::Result<usize> {
        let arguments = ["list", "-deps", "-f", "{{if .Stale}}{{.ImportPath}}{{end}}", "."];
        let describe = |line: &str| String::from(if line.is_empty() { "reading the sources" } else { line });
        let listed = self
            .run(&arguments, progress, describe)
            .await
            .with_context(|| format!("list the packages of {}", self.title))?;
        Ok(listed.lines().filter(|line| !line.is_empty()).count())
    }

    /// Builds the module's program. With `-v`, go names each package as its turn comes.
    pub(super) async fn build(&self, linker_flags: &str, binary: &Path, progress: Progress<'_>) -> anyhow::Result<()> {
        let total = self.missing_packages(progress).await?;
        let output = binary.to_str().context("the target directory's path is not Unicode")?;
        let mut begun = 0;
        let arguments = ["build", "-v", "-buildvcs=false", "-ldflags", linker_flags, "-o", output, "."];
        let built = self.run(&arguments, progress, |line| {
            if is_package(line) {
                begun += 1;
            }
            compiling(begun, total, line)
        });
        built.await.with_context(|| format!("build {}", self.title))?;
        Ok(())
    }

    /// Runs go to its end and gives its standard output; `describe` makes the progress text of each line it prints
    /// beside that.
    async fn run(
        &self,
        arguments: &[&str],
        progress: Progress<'_>,
        mut describe: impl FnMut(&str) -> String,
    ) -> anyhow::Result<String> {
        let mut child = Command::new(&self.program)
            .args(arguments)
            .current_dir(&self.module)
            .env("GOWORK", "off")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let stdout = child.stdout.take().context("standard output was piped")?;
        let stderr = child.stderr.take().context("standard error was piped")?;
        let (stdout, complaints) = tokio::try_join!(read_all(stdout), follow(stderr, progress, &mut describe))?;
        let status = child.wait().await?;
        ensure!(status.success(), "go ended with {status}:\n{complaints}");
        Ok(stdout)
    }
}

/// As `go env` says, or `None` when there is no such program.
async fn version_of(program: &Path, module: &Path) -> anyhow::Result<Option<String>> {
    let asked = Command::new(program).args(["env", "GOVERSION"]).current_dir(module).env("GOWORK", "off").output();
    match asked.await {
        Ok(output) if output.status.success() => Ok(Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())),
        Ok(output) => bail!("`{} env` failed: {}", program.display(), String::from_utf8_lossy(&output.stderr).trim()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("run `{}`", program.display())),
    }
}

/// Reads `go1.26.8`. What cannot be read is a development version, whose user knows.
fn is_new_enough(version: &str) -> bool {
    let minor =
        version.strip_prefix("go1.").and_then(|rest| rest.split(|letter: char| !letter.is_ascii_digit()).next());
    minor.and_then(|minor| minor.parse::<u32>().ok()).is_none_or(|minor| minor >= NEEDED_MINOR)
}

async fn read_all(mut stream: impl AsyncRead + Unpin) -> anyhow::Result<String> {
    let mut text = String::new();
    stream.read_to_string(&mut text).await?;
    Ok(text)
}

/// Reads lines to the end, telling of each, and of the last one again every second. Gives those that are the error,
/// when there is one.
async fn follow(
    stream: impl AsyncRead + Unpin,
    progress: Progress<'_>,
    describe: &mut impl FnMut(&str) -> String,
) -> anyhow::Result<String> {
    let mut lines = BufReader::new(stream).lines();
    let mut ticks = tokio::time::interval(TICK);
    let mut text = describe("");
    let mut complaints = Vec::new();
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            line = lines.next_line() => {
                let Some(line) = line? else { break };
                text = describe(&line);
                if is_complaint(&line) && complaints.len() < KEPT_LINES {
                    complaints.push(line);
                }
            }
        }
        progress(&text);
    }
    Ok(complaints.join("\n"))
}

/// What go prints beside packages has spaces: `go: downloading …`, `# package`, `file.go:1:2: …`.
fn is_package(line: &str) -> bool {
    !line.is_empty() && !line.contains(char::is_whitespace)
}

fn is_complaint(line: &str) -> bool {
    !is_package(line) && !line.starts_with("go: downloading ")
}

fn compiling(begun: usize, total: usize, line: &str) -> String {
    if total > 0 && begun >= total {
        return format!("all {total} packages compiled or under way, then linking");
    }
    format!("package {begun} of {total} {line}").trim_end().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn packages_are_counted_and_complaints_are_kept() {
        let printed: &[u8] = b"go: downloading a v1\nk8s.io/api\n# k8s.io/api\nx.go:1:2: wrong\nfmt\n";
        let (mut begun, mut told) = (0, Vec::new());
        let mut describe = |line: &str| {
            begun += usize::from(is_package(line));
            compiling(begun, 3, line)
        };
        let complaints = follow(printed, &mut |text| told.push(text.to_owned()), &mut describe).await.unwrap();
        assert_eq!(complaints, "# k8s.io/api\nx.go:1:2: wrong");
        assert_eq!(told.last().unwrap(), "package 2 of 3 fmt");
    }

    #[tokio::test]
    async fn missing_go_is_an_error_that_says_what_to_install() {
        let error = Go::find_among(&["/nowhere"], Path::new("/"), "it").await.unwrap_err().to_string();
        assert!(error.contains("none was found: install it from https://go.dev/dl/"), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }

    #[test]
    fn version_is_compared_as_a_number() {
        for good in ["go1.26.8", "go1.26", "go1.100.1", "go1.27rc1", "devel go1.28-abcdef"] {
            assert!(is_new_enough(good), "{good} was refused");
        }
        for bad in ["go1.9", "go1.19.8", "go1.25.7"] {
            assert!(!is_new_enough(bad), "{bad} was accepted");
        }
    }

    #[test]
    fn own_modules_ask_for_the_version_that_is_needed() {
        for module in ["dev/cluster", "dev/reference-peer"] {
            let text = std::fs::read_to_string(crate::real_cluster::places::workspace().join(module).join("go.mod"));
            let needed = format!("\ngo 1.{NEEDED_MINOR}.");
            assert!(text.unwrap().contains(&needed), "the `go` line of `{module}` says another");
        }
    }

    #[test]
    fn last_package_is_followed_by_linking() {
        assert!(compiling(3, 3, "main").contains("linking"));
        assert_eq!(compiling(0, 3, ""), "package 0 of 3");
    }
}
