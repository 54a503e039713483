package main

import (
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
)

// endpoint is where the API server listens. The listener is opened before anything starts, so that a
// taken port is known at once and a free one cannot be lost to another process in between.
type endpoint struct {
	listener net.Listener
	address  net.IP
	port     int
}

// openEndpoint listens, and records the port for the next start: whoever was told this cluster's
// address should find it there again.
func openEndpoint(dir *stateDir, address net.IP, port int) (*endpoint, error) {
	at, err := listenOnLastOr(dir, address, port)
	if err != nil {
		return nil, fmt.Errorf("listen for API clients: %w", err)
	}
	if err := writeFile(dir.file(portFile), []byte(strconv.Itoa(at.port)+"\n"), 0o600); err != nil {
		at.listener.Close()
		return nil, err
	}
	return at, nil
}

func listenOnLastOr(dir *stateDir, address net.IP, port int) (*endpoint, error) {
	if port == 0 {
		if at, err := listen(address, lastPort(dir)); err == nil {
			return at, nil
		}
	}
	return listen(address, port)
}

// lastPort is 0, any port, when there was none.
func lastPort(dir *stateDir) int {
	content, err := os.ReadFile(dir.file(portFile))
	if err != nil {
		return 0
	}
	port, err := strconv.Atoi(strings.TrimSpace(string(content)))
	if err != nil {
		return 0
	}
	return port
}

func listen(address net.IP, port int) (*endpoint, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort(address.String(), strconv.Itoa(port)))
	if err != nil {
		return nil, err
	}
	taken := listener.Addr().(*net.TCPAddr).Port // what net.Listen("tcp") always gives
	return &endpoint{listener: listener, address: address, port: taken}, nil
}

// reachable is an address of this machine, where "all of them" would not do.
func (e *endpoint) reachable() net.IP {
	if e.address.IsUnspecified() {
		return net.IPv4(127, 0, 0, 1)
	}
	return e.address
}

// url is the address for clients on this machine.
func (e *endpoint) url() string {
	return "https://" + net.JoinHostPort(e.reachable().String(), strconv.Itoa(e.port))
}
