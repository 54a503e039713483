//! HANDS: the only crate that knows Kubernetes.
