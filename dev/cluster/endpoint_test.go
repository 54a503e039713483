package main

import (
	"net"
	"strings"
	"testing"
)

func openEndpointForTest(t *testing.T, dir *stateDir, address net.IP, port int) *endpoint {
	t.Helper()
	at, err := openEndpoint(dir, address, port)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { at.listener.Close() })
	return at
}

func TestPortIsKeptWhileItIsFree(t *testing.T) {
	dir, loopback := openForTest(t), net.IPv4(127, 0, 0, 1)
	first := openEndpointForTest(t, dir, loopback, 0)
	if first.port == 0 {
		t.Fatal("no port was taken")
	}
	elsewhere := openEndpointForTest(t, dir, loopback, 0)
	if elsewhere.port == first.port {
		t.Fatal("a taken port was taken again")
	}
	elsewhere.listener.Close()
	again := openEndpointForTest(t, dir, loopback, 0)
	if again.port != elsewhere.port {
		t.Errorf("port %d became %d", elsewhere.port, again.port)
	}
}

func TestTakenPortThatWasAskedForIsAnError(t *testing.T) {
	dir, loopback := openForTest(t), net.IPv4(127, 0, 0, 1)
	taken := openEndpointForTest(t, dir, loopback, 0)
	if _, err := openEndpoint(dir, loopback, taken.port); err == nil || !strings.Contains(err.Error(), "in use") {
		t.Errorf("want `in use`, got %v", err)
	}
}

func TestAddressIsOneThatClientsCanReach(t *testing.T) {
	for address, want := range map[string]string{
		"0.0.0.0":   "https://127.0.0.1:6443",
		"127.0.0.1": "https://127.0.0.1:6443",
		"::1":       "https://[::1]:6443",
	} {
		at := endpoint{address: net.ParseIP(address), port: 6443}
		if at.url() != want {
			t.Errorf("%s: `%s`, want `%s`", address, at.url(), want)
		}
	}
}
