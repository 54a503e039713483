package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestProgramsAreTakenFromTheFolderOfAssets(t *testing.T) {
	folder := t.TempDir()
	add := func(name string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, nil, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if found := findPrograms(""); found != (programs{}) {
		t.Errorf("without a folder: %+v", found)
	}
	etcd := add("etcd", 0o755)
	if found := findPrograms(folder); found != (programs{}) {
		t.Errorf("etcd alone is no control plane: %+v", found)
	}
	add("kube-controller-manager", 0o644)
	server := add("kube-apiserver", 0o755)
	if found := findPrograms(folder); found != (programs{etcd: etcd, apiServer: server}) {
		t.Errorf("a file that cannot be run is no program: %+v", found)
	}
	if err := os.Chmod(filepath.Join(folder, "kube-controller-manager"), 0o755); err != nil {
		t.Fatal(err)
	}
	if found := findPrograms(folder); found.controllers == "" {
		t.Error("the controller manager was not taken")
	}
}
