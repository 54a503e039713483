package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"time"
)

// The files of a state directory. Those a caller may read are described in README.md.
const (
	lockFile       = "lock"
	authorityFile  = "ca.crt"
	kubeconfigFile = "kubeconfig"
	tokenFile      = "admin-token"
	identityFile   = "admin.pem"
	portFile       = "port"
	summaryFile    = "cluster.json"
	auditLogFile   = "audit.log"
	clusterLogFile = "cluster.log"
	etcdLogFile    = "etcd.log"
	apiLogFile     = "kube-apiserver.log" // only with an API server from KUBEBUILDER_ASSETS
	managerLogFile = "kube-controller-manager.log"
	keysDir        = "keys"
	etcdDir        = "etcd"
)

// Together a fifth of a second: a look takes microseconds, and a refusal should still come at once.
const (
	lockAttempts = 20
	lockInterval = 10 * time.Millisecond
)

// stateDir is the directory of one cluster, held by this process alone.
type stateDir struct {
	path string
	lock *os.File
}

// openStateDir makes the directory if need be and takes its lock. The lock is free as soon as the
// holder is gone, however it ended, so it also tells others whether the cluster is running; the file
// then holds the process id.
func openStateDir(path string) (*stateDir, error) {
	if err := os.MkdirAll(path, 0o700); err != nil {
		return nil, fmt.Errorf("make the state directory: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the lock of the state directory: %w", err)
	}
	if err := takeLock(lock); err != nil {
		lock.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, fmt.Errorf("a cluster is already running in `%s`", path)
		}
		return nil, fmt.Errorf("lock the state directory: %w", err)
	}
	dir := &stateDir{path: path, lock: lock}
	if err := dir.recordProcess(); err != nil {
		dir.close()
		return nil, err
	}
	return dir, nil
}

// takeLock tries for a moment: whoever looks whether the cluster is running holds the lock for as long
// as the look takes.
func takeLock(lock *os.File) error {
	var err error
	for range lockAttempts {
		err = syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return err
		}
		time.Sleep(lockInterval)
	}
	return err
}

func (dir *stateDir) recordProcess() error {
	if err := dir.lock.Truncate(0); err != nil {
		return fmt.Errorf("record the process id: %w", err)
	}
	if _, err := dir.lock.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0); err != nil {
		return fmt.Errorf("record the process id: %w", err)
	}
	return nil
}

func (dir *stateDir) close() {
	dir.lock.Close()
}

func (dir *stateDir) file(name string) string {
	return filepath.Join(dir.path, name)
}

func (dir *stateDir) key(name string) string {
	return filepath.Join(dir.path, keysDir, name)
}

// wipe removes what a cluster made, and by name only: the caller may have pointed us at a directory
// that holds other things. The port stays, so that the cluster is found where it was.
func (dir *stateDir) wipe() error {
	names := []string{
		authorityFile, kubeconfigFile, tokenFile, identityFile, summaryFile,
		clusterLogFile, etcdLogFile, apiLogFile, managerLogFile, keysDir, etcdDir,
	}
	rotated, err := filepath.Glob(dir.file("audit*.log"))
	if err != nil {
		return fmt.Errorf("list audit logs: %w", err)
	}
	for _, name := range names {
		rotated = append(rotated, dir.file(name))
	}
	for _, path := range rotated {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("wipe the state directory: %w", err)
		}
	}
	return nil
}

// withdraw removes what says that the cluster is ready.
func (dir *stateDir) withdraw() error {
	for _, name := range []string{kubeconfigFile, summaryFile} {
		if err := os.Remove(dir.file(name)); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove a file of the last run: %w", err)
		}
	}
	return nil
}

// writeFile puts whole content in place at once, so that a reader never sees half of it.
func writeFile(path string, content []byte, mode fs.FileMode) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("write `%s`: %w", path, err)
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, mode); err != nil {
		return fmt.Errorf("write `%s`: %w", path, err)
	}
	if err := os.Rename(temporary, path); err != nil {
		return fmt.Errorf("write `%s`: %w", path, err)
	}
	return nil
}
