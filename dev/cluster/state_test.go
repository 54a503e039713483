package main

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

func openForTest(t *testing.T) *stateDir {
	t.Helper()
	dir, err := openStateDir(filepath.Join(t.TempDir(), "state"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(dir.close)
	return dir
}

func TestStateDirectoryIsHeldByOne(t *testing.T) {
	dir := openForTest(t)
	if _, err := openStateDir(dir.path); err == nil || !strings.Contains(err.Error(), "already running") {
		t.Errorf("a second holder got in: %v", err)
	}
	content, err := os.ReadFile(dir.file(lockFile))
	if err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(string(content)) != strconv.Itoa(os.Getpid()) {
		t.Errorf("the lock holds %q", content)
	}
	dir.close()
	again, err := openStateDir(dir.path)
	if err != nil {
		t.Fatalf("the lock outlived its holder: %v", err)
	}
	again.close()
}

func TestStateDirectoryOpensBesideSomebodyWhoOnlyLooks(t *testing.T) {
	path := t.TempDir()
	look, err := os.Create(filepath.Join(path, lockFile))
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Flock(int(look.Fd()), syscall.LOCK_SH); err != nil {
		t.Fatal(err)
	}
	time.AfterFunc(lockInterval, func() { look.Close() })
	dir, err := openStateDir(path)
	if err != nil {
		t.Fatal(err)
	}
	dir.close()
}

func TestStateDirectoryIsPrivate(t *testing.T) {
	info, err := os.Stat(openForTest(t).path)
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode().Perm() != 0o700 {
		t.Errorf("mode is %o", info.Mode().Perm())
	}
}

func TestWipeRemovesOnlyWhatAClusterMade(t *testing.T) {
	dir := openForTest(t)
	ours := []string{kubeconfigFile, summaryFile, auditLogFile, "audit-2026-01-02T03-04-05.678.log", etcdLogFile, "keys/ca.key", "etcd/member/wal"}
	theirs := []string{"thesis.txt", "notes.log", "etcdlike/file"}
	for _, name := range append(ours, theirs...) {
		if err := writeFile(dir.file(name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := dir.wipe(); err != nil {
		t.Fatal(err)
	}
	for _, name := range ours {
		if _, err := os.Stat(dir.file(name)); err == nil {
			t.Errorf("`%s` is still there", name)
		}
	}
	for _, name := range theirs {
		if _, err := os.Stat(dir.file(name)); err != nil {
			t.Errorf("`%s` is gone", name)
		}
	}
}

func TestWithdrawTakesBackReadiness(t *testing.T) {
	dir := openForTest(t)
	if err := dir.withdraw(); err != nil {
		t.Fatalf("nothing to withdraw is not an error: %v", err)
	}
	for _, name := range []string{kubeconfigFile, summaryFile} {
		if err := writeFile(dir.file(name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := dir.withdraw(); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{kubeconfigFile, summaryFile} {
		if _, err := os.Stat(dir.file(name)); err == nil {
			t.Errorf("`%s` is still there", name)
		}
	}
}

func TestEtcdSocketFitsTheKernelsLimit(t *testing.T) {
	dir := openForTest(t)
	short, err := placeEtcdSocket(dir)
	if err != nil {
		t.Fatal(err)
	}
	if short.path != dir.file("etcd.sock") || short.temporary != "" {
		t.Errorf("a short path was not used: %+v", short)
	}
	deep := &stateDir{path: "/" + strings.Repeat("deep/", 30)}
	placed, err := placeEtcdSocket(deep)
	if err != nil {
		t.Fatal(err)
	}
	if len(placed.path) > socketPathLimit {
		t.Errorf("`%s` is too long", placed.path)
	}
	placed.remove()
	if _, err := os.Stat(placed.temporary); err == nil {
		t.Errorf("`%s` is still there", placed.temporary)
	}
}
