package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/coder/websocket"
)

// refusedUpgrade is an answer that is no WebSocket.
type refusedUpgrade struct{ status int }

func (r refusedUpgrade) Error() string {
	return fmt.Sprintf("the server answered %d in place of a WebSocket", r.status)
}

// dial opens a WebSocket at the server and gives what its binary messages carry, as one stream of bytes.
func dial(ctx context.Context, server, path, subprotocol string) (net.Conn, error) {
	address, err := url.Parse(strings.TrimSuffix(server, "/") + path)
	if err != nil {
		return nil, fmt.Errorf("the server's address: %w", err)
	}
	dialling, cancel := context.WithTimeout(ctx, legLimit)
	defer cancel()
	// HTTP/1.1 only: a WebSocket is asked for by its upgrade.
	client := &http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment}}
	socket, answer, err := websocket.Dial(dialling, address.String(), &websocket.DialOptions{
		HTTPClient: client, Subprotocols: []string{subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		if answer != nil && answer.StatusCode != http.StatusSwitchingProtocols {
			return nil, refusedUpgrade{answer.StatusCode}
		}
		return nil, fmt.Errorf("ask for a WebSocket: %w", err)
	}
	if socket.Subprotocol() != subprotocol {
		_ = socket.CloseNow()
		return nil, errors.New("the server did not choose the sub-protocol")
	}
	return stream(ctx, socket), nil
}

// stream joins the payloads. What TLS writes in one go, a record or a flight of the handshake, is far
// shorter than the longest message.
func stream(ctx context.Context, socket *websocket.Conn) net.Conn {
	socket.SetReadLimit(largestMessage)
	return websocket.NetConn(ctx, socket, websocket.MessageBinary)
}
