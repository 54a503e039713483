//! The chart and `mayfly-gateway manifest`: one truth about what a gateway needs in a cluster.

mod network;
mod refused;
mod rights;
mod schema;

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use mayfly_domain::gateway_policy::GatewayPolicy;
use mayfly_testkit::tools::{self, HelmVersion};
use serde_json::{Value, json};

/// What both are called by in these tests.
const NAME: &str = "gw";
const NAMESPACE: &str = "mayfly";

/// An id: of a gateway, or of an installation.
const ID: &str = "01893b9e-7c1a-7def-8abc-0123456789ab";

/// Every file of values that comes with the chart.
const EXAMPLES: [&str; 4] = ["static", "dynamic", "forward", "everything"];

fn chart() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../charts/mayfly-gateway").canonicalize().unwrap()
}

fn example(name: &str) -> PathBuf {
    chart().join("examples").join(name).with_extension("yaml")
}

/// For which Kubernetes things are rendered: a Helm that is built from its sources takes an old one for granted.
const KUBERNETES: &str = "1.36";

/// Helm with folders of its own, so that nobody's settings count.
fn helm(version: HelmVersion, arguments: &[&str], values: &Path) -> Output {
    let home = tempfile::tempdir().unwrap();
    let mut command = Command::new(tools::helm(version).unwrap());
    command.args(arguments).args(["--kube-version", KUBERNETES]).arg("--values").arg(values);
    for variable in ["HELM_CACHE_HOME", "HELM_CONFIG_HOME", "HELM_DATA_HOME"] {
        command.env(variable, home.path());
    }
    command.output().unwrap()
}

fn template(version: HelmVersion, values: &Path) -> Output {
    helm(version, &["template", NAME, chart().to_str().unwrap(), "--namespace", NAMESPACE], values)
}

fn manifest(values: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly-gateway"));
    command.args(["manifest", "--name", NAME, "--namespace", NAMESPACE, "--values"]).arg(values).output().unwrap()
}

/// Objects by kind, namespace and name; a policy in them as a gateway reads it.
fn objects(output: &Output) -> BTreeMap<String, Value> {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let read: Vec<Value> = serde_saphyr::from_multiple(std::str::from_utf8(&output.stdout).unwrap()).unwrap();
    let mut objects = BTreeMap::new();
    for mut object in read.into_iter().filter(|object| !object.is_null()) {
        if let Some(text) = object.pointer_mut("/data/policy.yaml") {
            let policy: GatewayPolicy = serde_saphyr::from_str(text.as_str().unwrap()).unwrap();
            *text = json!(policy);
        }
        let metadata = &object["metadata"];
        let name = format!("{} {} {}", object["kind"], metadata["namespace"], metadata["name"]);
        assert!(objects.insert(name.clone(), object).is_none(), "{name} is there twice");
    }
    objects
}

/// What both make of a file of values, which has to be the same.
fn made_of(values: &Path) -> BTreeMap<String, Value> {
    let wanted = objects(&manifest(values));
    for version in HelmVersion::ALL {
        let (found, file) = (objects(&template(version, values)), values.display());
        assert_eq!(found.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>(), "{file}, {version:?}");
        for (object, found) in found {
            assert_eq!(found, wanted[&object], "{file}, {version:?}: {object}");
        }
    }
    wanted
}

/// The same of values that are in no file.
fn made_of_text(values: &str) -> BTreeMap<String, Value> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("values.yaml");
    fs::write(&file, values).unwrap();
    made_of(&file)
}

#[test]
fn chart_and_manifest_are_the_same_objects() {
    for name in EXAMPLES {
        let made = made_of(&example(name));
        assert!(made.len() >= 3, "{name}: {made:?}");
    }
}

#[test]
fn every_example_is_compared_and_passes_the_linter() {
    let files = fs::read_dir(chart().join("examples")).unwrap().count();
    assert_eq!(files, EXAMPLES.len());
    for (version, name) in HelmVersion::ALL.into_iter().zip(["everything", "static"]) {
        let output = helm(version, &["lint", "--strict", chart().to_str().unwrap()], &example(name));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
    }
}

#[test]
fn chart_is_of_the_version_of_the_agent() {
    let chart: Value = serde_saphyr::from_str(&fs::read_to_string(chart().join("Chart.yaml")).unwrap()).unwrap();
    assert_eq!(
        (&chart["version"], &chart["appVersion"]),
        (&json!(env!("CARGO_PKG_VERSION")), &json!(env!("CARGO_PKG_VERSION")))
    );
}

#[test]
fn what_is_logged_is_as_much_as_is_wanted() {
    let values = format!(
        "gateway: {{ id: {ID} }}\nenrolment: {{ existingSecret: e }}\nlog: {{ level: error }}\n\
         policy: {{ dynamic: {{ namespaces: [{NAMESPACE}], roles: [{{ kind: ClusterRole, name: view }}] }} }}\n"
    );
    let made = made_of_text(&values);
    let container = &made[r#""Deployment" "mayfly" "gw""#]["spec"]["template"]["spec"]["containers"][0];
    assert!(container["args"].as_array().unwrap().contains(&json!("--log-level=error")), "{container}");
    // Leases beside the pods are warned of, which is no error.
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), &values).unwrap();
    for (level, is_told) in [("info", true), ("warn", true), ("error", false)] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly-gateway"));
        command.args(["manifest", "--namespace", NAMESPACE, "--log-level", level, "--values"]).arg(file.path());
        let output = command.output().unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && told.contains("WARN") == is_told, "{level}: {told}");
    }
}

#[test]
fn namespace_of_the_pods_is_made_for_whoever_asks() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_mayfly-gateway"));
    let output = command.args(["manifest", "--create-namespace", "--values"]).arg(example("static")).output().unwrap();
    let made = objects(&output);
    let namespace = &made[r#""Namespace" null "mayfly""#];
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "restricted");
}
