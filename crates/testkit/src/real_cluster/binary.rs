//! The test cluster's program, with the version of Kubernetes linked into it.

use std::path::PathBuf;

use anyhow::Context;

use crate::go_program::GoProgram;

pub(super) const PROGRAM: GoProgram =
    GoProgram { title: "the test cluster", name: "mayfly-test-cluster", module: "dev/cluster", homes: "cluster-bin" };

/// The program's path. The first call after a change builds it, which takes minutes on an empty cache; others that need
/// it meanwhile wait for that build. `progress` is told what is going on, at least every second while it builds.
///
/// # Errors
/// When Go is missing (the text says what to install), the build fails, or this is not Linux.
pub async fn ensure_binary(progress: &mut (dyn FnMut(&str) + Send)) -> anyhow::Result<PathBuf> {
    let flags = |module: &str| {
        let version =
            kubernetes_version(module).context("the test cluster's `go.mod` names no version of Kubernetes")?;
        Ok(linker_flags(version))
    };
    PROGRAM.ensure(flags, progress).await
}

/// The version that the module asks for, with its `v`.
fn kubernetes_version(module: &str) -> Option<&str> {
    module.lines().find_map(|line| {
        let mut words = line.split_whitespace().skip_while(|word| *word == "require");
        if words.next()? == "k8s.io/kubernetes" { words.next() } else { None }
    })
}

/// Kubernetes learns its version when it is linked; without it, clients could not parse what the server says it is.
/// No debugger will look at it, so symbols would only cost disk.
fn linker_flags(version: &str) -> String {
    let mut numbers = version.trim_start_matches('v').split('.');
    let (major, minor) = (numbers.next().unwrap_or_default(), numbers.next().unwrap_or_default());
    let package = "k8s.io/component-base/version";
    format!(
        "-s -w -X {package}.gitVersion={version} -X {package}.gitMajor={major} -X {package}.gitMinor={minor} \
         -X {package}.gitTreeState=clean"
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::real_cluster::places;

    #[test]
    fn version_is_read_from_either_form_of_the_module_file() {
        let block = "module x\nrequire (\n\tk8s.io/api v0.36.3\n\tk8s.io/kubernetes v1.36.3\n)\n";
        assert_eq!(kubernetes_version(block), Some("v1.36.3"));
        assert_eq!(kubernetes_version("require k8s.io/kubernetes v1.36.4 // indirect"), Some("v1.36.4"));
        assert_eq!(kubernetes_version("require k8s.io/api v0.36.3"), None);
    }

    #[test]
    fn own_module_names_its_version() {
        let module = fs::read_to_string(places::workspace().join(PROGRAM.module).join("go.mod")).unwrap();
        let flags = linker_flags(kubernetes_version(&module).unwrap());
        assert!(flags.contains("gitVersion=v1.36.3 ") && flags.contains("gitMinor=36 "), "{flags}");
    }
}
