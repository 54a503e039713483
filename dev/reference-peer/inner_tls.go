package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
)

// innerTLS is TLS 1.3 with one protocol, and without tickets: without a cache of sessions a client
// resumes nothing, and sends nothing early.
func innerTLS(protocol string) *tls.Config {
	return &tls.Config{
		MinVersion: tls.VersionTLS13, MaxVersion: tls.VersionTLS13, NextProtos: []string{protocol}, ServerName: serverName,
		SessionTicketsDisabled: true,
	}
}

// pinnedName is the name by which a server is asked to show one of its authorities: a label has no room for the whole digest.
// What the server proves is the usual name, whichever it is asked for.
func pinnedName(pin [sha256.Size]byte) string {
	return hex.EncodeToString(pin[:sha256.Size/2]) + "." + serverName
}

// enrolmentTLS believes a server whose chain holds the pinned authority: the only thing known of it yet.
func enrolmentTLS(pin [sha256.Size]byte) *tls.Config {
	config := innerTLS(enrolmentALPN)
	config.ServerName = pinnedName(pin)
	config.InsecureSkipVerify = true // the chain is judged below, by the pin in place of the system's roots
	config.VerifyConnection = func(state tls.ConnectionState) error {
		shown := state.PeerCertificates
		for _, authority := range shown[1:] {
			if sha256.Sum256(authority.Raw) == pin {
				return vouched(shown[0], []*x509.Certificate{authority})
			}
		}
		return errors.New("the server does not show the pinned authority")
	}
	return config
}

// tunnelTLS believes a server that one of the authorities vouches for, and proves who we are.
func tunnelTLS(own identity) (*tls.Config, error) {
	config := innerTLS(tunnelALPN)
	authorities, err := own.authorities()
	if err != nil {
		return nil, err
	}
	config.RootCAs = x509.NewCertPool()
	for _, authority := range authorities {
		config.RootCAs.AddCert(authority)
	}
	// Go leaves out a certificate whose authority the server did not name; ours is shown in any case.
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return own.shown()
	}
	return config, nil
}

func vouched(leaf *x509.Certificate, authorities []*x509.Certificate) error {
	roots := x509.NewCertPool()
	for _, authority := range authorities {
		roots.AddCert(authority)
	}
	_, err := leaf.Verify(x509.VerifyOptions{
		DNSName: serverName, Roots: roots, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	})
	return err
}

// secure sets up the inner TLS as its client.
func secure(ctx context.Context, carrier net.Conn, config *tls.Config) (*tls.Conn, error) {
	connection := tls.Client(carrier, config)
	shaking, cancel := context.WithTimeout(ctx, legLimit)
	defer cancel()
	if err := connection.HandshakeContext(shaking); err != nil {
		return nil, fmt.Errorf("inner TLS: %w", err)
	}
	if spoken := connection.ConnectionState().NegotiatedProtocol; spoken != config.NextProtos[0] {
		return nil, fmt.Errorf("inner TLS: the server speaks `%s`", spoken)
	}
	return connection, nil
}
