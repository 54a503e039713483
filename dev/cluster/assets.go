package main

import (
	"io/fs"
	"os"
	"path/filepath"
)

// The variable of Kubernetes' envtest that names a folder with a control plane's binaries.
const assetsVariable = "KUBEBUILDER_ASSETS"

// programs are separate binaries to use in place of what is built in; an empty path means built in.
type programs struct {
	etcd, apiServer, controllers string
}

// findPrograms looks into a folder of assets. The API server and etcd come as a pair; a controller
// manager is rarely among them, and ours then works with theirs.
func findPrograms(folder string) programs {
	found := programs{
		etcd:        executable(folder, "etcd"),
		apiServer:   executable(folder, "kube-apiserver"),
		controllers: executable(folder, "kube-controller-manager"),
	}
	if found.etcd == "" || found.apiServer == "" {
		return programs{}
	}
	return found
}

func executable(folder, name string) string {
	if folder == "" {
		return ""
	}
	path := filepath.Join(folder, name)
	info, err := os.Stat(path)
	if err != nil || info.IsDir() || info.Mode()&fs.FileMode(0o111) == 0 {
		return ""
	}
	return path
}
