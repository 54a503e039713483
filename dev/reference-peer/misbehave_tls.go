package main

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"os"
	"time"
)

func wrongSubprotocol(ctx context.Context, own identity) (fields, error) {
	carrier, err := dial(ctx, own.Server, tunnelPath, "tunnel.v0.mayfly.dev")
	var refused refusedUpgrade
	if errors.As(err, &refused) {
		return fields{"leg": "upgrade", "status": refused.status}, nil
	}
	if err == nil {
		_ = carrier.Close()
		return fields{"leg": "none"}, nil
	}
	return nil, err
}

// wrongTLS changes one thing of the inner TLS, and tells what the server says to it. With TLS 1.3 a
// client has finished before the server has judged it: the answer is what is read first.
func wrongTLS(change func(*tls.Config)) func(context.Context, identity) (fields, error) {
	return func(ctx context.Context, own identity) (fields, error) {
		config, err := tunnelTLS(own)
		if err != nil {
			return nil, err
		}
		change(config)
		carrier, err := dial(ctx, own.Server, tunnelPath, tunnelSubprotocol)
		if err != nil {
			return nil, err
		}
		defer carrier.Close()
		connection := tls.Client(carrier, config)
		_ = connection.SetDeadline(time.Now().Add(legLimit))
		err = connection.HandshakeContext(ctx)
		if err == nil {
			_, err = connection.Read(make([]byte, 1))
		}
		if err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			return fields{"leg": "none"}, nil
		}
		return fields{"leg": "inner-tls", "said": err.Error()}, nil
	}
}

func showNothing(config *tls.Config) {
	config.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		return &tls.Certificate{}, nil
	}
}

// showOwnWork shows a certificate with the very same name, which no authority signed.
func showOwnWork(config *tls.Config) {
	genuine := config.GetClientCertificate
	config.GetClientCertificate = func(info *tls.CertificateRequestInfo) (*tls.Certificate, error) {
		shown, err := genuine(info)
		if err != nil {
			return nil, err
		}
		copied, err := x509.ParseCertificate(shown.Certificate[0])
		if err != nil {
			return nil, err
		}
		template := &x509.Certificate{
			SerialNumber: big.NewInt(1), NotBefore: copied.NotBefore, NotAfter: copied.NotAfter, URIs: copied.URIs,
			KeyUsage: copied.KeyUsage, ExtKeyUsage: copied.ExtKeyUsage,
		}
		key, err := signer(mustKey())
		if err != nil {
			return nil, err
		}
		forged, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
		return &tls.Certificate{Certificate: [][]byte{forged}, PrivateKey: key}, err
	}
}

func mustKey() []byte {
	key, err := newKey("p256")
	if err != nil {
		panic(err) // only a machine without chance cannot make one
	}
	return key
}
