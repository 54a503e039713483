package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"go.etcd.io/etcd/server/v3/embed"
)

const (
	etcdMember = "default"
	// The kernel's limit on the path of a socket is 108 bytes, with its final zero.
	socketPathLimit = 107
	// With one member there is nobody to wait for; the defaults of 100 ms and 1 s only delay the
	// start. Milliseconds; etcd wants the election at five heartbeats or more.
	heartbeat = 10
	election  = 100
	// Peers would connect here. None exist, and the kernel picks a port on loopback.
	peerURL = "http://127.0.0.1:0"
	// etcd refuses a socket here, and nobody reads it: port 0 makes sure of that.
	advertisedURL = "http://127.0.0.1:0"
)

// etcdSocket is where etcd listens: a socket in a directory that only we can enter, because etcd asks
// its clients for no credentials. A state directory too deep for the kernel's limit gets a temporary one.
type etcdSocket struct {
	path      string
	temporary string // directory to remove at the end, or empty
}

func placeEtcdSocket(dir *stateDir) (etcdSocket, error) {
	path := dir.file("etcd.sock")
	if len(path) <= socketPathLimit {
		// One left over by a killed run would keep etcd from listening.
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return etcdSocket{}, fmt.Errorf("remove the old etcd socket: %w", err)
		}
		return etcdSocket{path: path}, nil
	}
	temporary, err := os.MkdirTemp("", "mayfly-etcd-")
	if err != nil {
		return etcdSocket{}, fmt.Errorf("make a directory for the etcd socket: %w", err)
	}
	return etcdSocket{path: filepath.Join(temporary, "etcd.sock"), temporary: temporary}, nil
}

func (socket etcdSocket) url() string {
	return "unix://" + socket.path
}

func (socket etcdSocket) remove() {
	if socket.temporary != "" {
		os.RemoveAll(socket.temporary)
	}
}

// startEtcd runs etcd in this process, or as a child when a program is given.
func startEtcd(dir *stateDir, program string, socket etcdSocket) (part, error) {
	if program != "" {
		return startProcess("etcd", program, etcdArguments(dir, socket), dir.file(etcdLogFile))
	}
	config, err := etcdConfig(dir, socket)
	if err != nil {
		return part{}, err
	}
	server, err := embed.StartEtcd(config)
	if err != nil {
		return part{}, fmt.Errorf("start etcd: %w", err)
	}
	select {
	case <-server.Server.ReadyNotify():
	case <-time.After(readyPatience):
		server.Close()
		return part{}, fmt.Errorf("etcd was not ready within %s, see `%s`", readyPatience, dir.file(etcdLogFile))
	}
	return etcdPart(server), nil
}

func etcdPart(server *embed.Etcd) part {
	ended := make(chan error, 1)
	go func() {
		select {
		case err := <-server.Err():
			ended <- err
		case <-server.Server.StopNotify():
			ended <- nil
		}
	}()
	return part{name: "etcd", ended: ended, stop: server.Close}
}

func etcdConfig(dir *stateDir, socket etcdSocket) (*embed.Config, error) {
	config := embed.NewConfig()
	config.Name = etcdMember
	config.Dir = dir.file(etcdDir)
	config.UnsafeNoFsync = true // test data: a power cut may take it
	config.TickMs, config.ElectionMs = heartbeat, election
	// Unset when etcd is embedded, and then every single request is logged as slow.
	config.WarningUnaryRequestDuration = embed.DefaultWarningUnaryRequestDuration
	config.LogLevel = "warn"
	config.LogOutputs = []string{dir.file(etcdLogFile)}
	for _, listed := range []struct {
		into *[]url.URL
		text string
	}{
		{&config.ListenClientUrls, socket.url()},
		{&config.AdvertiseClientUrls, advertisedURL},
		{&config.ListenPeerUrls, peerURL},
		{&config.AdvertisePeerUrls, peerURL},
	} {
		parsed, err := url.Parse(listed.text)
		if err != nil {
			return nil, fmt.Errorf("parse etcd's address: %w", err)
		}
		*listed.into = []url.URL{*parsed}
	}
	config.InitialCluster = config.InitialClusterFromName(etcdMember)
	return config, nil
}

// etcdArguments says to a separate etcd what etcdConfig says to ours.
func etcdArguments(dir *stateDir, socket etcdSocket) []string {
	return []string{
		"--name=" + etcdMember,
		"--data-dir=" + dir.file(etcdDir),
		"--unsafe-no-fsync",
		fmt.Sprintf("--heartbeat-interval=%d", heartbeat),
		fmt.Sprintf("--election-timeout=%d", election),
		"--log-level=warn",
		"--listen-client-urls=" + socket.url(),
		"--advertise-client-urls=" + advertisedURL,
		"--listen-peer-urls=" + peerURL,
		"--initial-advertise-peer-urls=" + peerURL,
		"--initial-cluster=" + etcdMember + "=" + peerURL,
	}
}
