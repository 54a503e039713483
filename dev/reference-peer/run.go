package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"time"

	"golang.org/x/net/http2"
)

func runCommand(ctx context.Context, arguments []string) error {
	var opts options
	flags := flagsOf("run", &opts)
	flags.StringVar(&opts.policy, "policy", "", "`file` with the policy, in JSON")
	flags.StringVar(&opts.clusterURL, "cluster-url", "", "`address` of the API server")
	flags.StringVar(&opts.clusterCA, "cluster-ca", "", "`file` with the PEM certificates of its authority")
	flags.StringVar(&opts.clusterToken, "cluster-token", "", "`file` with the token of the gateway's account")
	flags.BoolVar(&opts.renew, "renew", false, "ask for the next certificate at once")
	flags.BoolVar(&opts.hold, "hold", false, "carry out no plan before the server says that it goes away")
	if err := parse(flags, arguments, "state", "policy", "cluster-url", "cluster-ca", "cluster-token"); err != nil {
		return err
	}
	gateway, err := prepare(opts)
	if err != nil {
		return err
	}
	// Told to stop, it says so first: the connection has to outlive the signal.
	connecting, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer cancel()
	connection, err := connect(connecting, gateway.own, opts.server)
	if err != nil {
		return err
	}
	defer connection.Close()
	told.tell("proven", fields{"server": connection.ConnectionState().PeerCertificates[0].DNSNames})
	serveTunnel(ctx, connection, gateway)
	told.tell("closed", fields{"drained": gateway.isDrained()})
	return nil
}

// prepare reads everything that a tunnel takes.
func prepare(opts options) (*gateway, error) {
	own, err := loadIdentity(opts.state)
	if err != nil {
		return nil, fmt.Errorf("read the identity: %w", err)
	}
	named, err := nameIn(own.Certificate)
	if err != nil {
		return nil, err
	}
	content, err := os.ReadFile(opts.policy)
	if err != nil {
		return nil, err
	}
	policy, err := parsePolicy(content)
	if err != nil {
		return nil, fmt.Errorf("the policy: %w", err)
	}
	cluster, err := openCluster(opts)
	if err != nil {
		return nil, err
	}
	return &gateway{
		opts: opts, own: own, name: named, policy: policy, cluster: cluster, started: time.Now(),
		answers: map[string]*kept{}, stopped: make(chan struct{}), goes: make(chan struct{}),
	}, nil
}

// connect dials and proves both ends to each other.
func connect(ctx context.Context, own identity, server string) (*tls.Conn, error) {
	if server == "" {
		server = own.Server
	}
	carrier, err := dial(ctx, server, tunnelPath, tunnelSubprotocol)
	if err != nil {
		return nil, err
	}
	config, err := tunnelTLS(own)
	if err != nil {
		return nil, err
	}
	return secure(ctx, carrier, config)
}

// serveTunnel answers what the server asks until the connection ends: HTTP/2 with its roles reversed, so
// that whoever dialled is the HTTP server.
func serveTunnel(ctx context.Context, connection net.Conn, gateway *gateway) {
	server := &http2.Server{
		MaxConcurrentStreams: mostStreams, MaxUploadBufferPerStream: streamWindow, MaxUploadBufferPerConnection: connectionWindow,
		ReadIdleTimeout: pingEvery, PingTimeout: goneAfter,
	}
	base := &http.Server{MaxHeaderBytes: largestHeaders}
	gateway.hangUp, gateway.signal = func() { _ = connection.Close() }, ctx.Done()
	go func() {
		// The control stream tells that we go; where there is none, nobody is told.
		<-ctx.Done()
		select {
		case <-gateway.stopped:
		case <-time.After(legLimit):
		}
		gateway.hangUp()
	}()
	late := time.AfterFunc(legLimit, func() {
		if !gateway.greeted.Load() {
			gateway.hangUp()
		}
	})
	defer late.Stop()
	server.ServeConn(connection, &http2.ServeConnOpts{Context: ctx, BaseConfig: base, Handler: gateway})
}

// greeting is what the gateway says of itself.
func (g *gateway) greeting() welcome {
	digest := sha256.Sum256(g.policy.shown)
	return welcome{
		Record: "welcome", Gateway: g.name.gateway, Instance: g.name.instance, Epoch: epoch{g.started, 1},
		Version: g.opts.version, Features: g.opts.known(), Policy: json.RawMessage(g.policy.shown),
		PolicyDigest: hex.EncodeToString(digest[:]), APIServer: &g.cluster.url, Clock: time.Now(),
	}
}
