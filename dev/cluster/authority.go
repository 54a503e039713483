package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"os"
	"time"
)

const (
	// The authority outlives any state directory; leaves are issued anew at every start.
	authorityLife = 10 * 365 * 24 * time.Hour
	leafLife      = 365 * 24 * time.Hour
	// Covers clocks that differ a little, for instance between a virtual machine and its host.
	clockSkew = time.Hour
)

// authority is the cluster's certificate authority: it vouches for the API server and its clients.
type authority struct {
	certificate *x509.Certificate
	pem         []byte
	key         crypto.Signer
}

// leaf says what a certificate is for.
type leaf struct {
	commonName    string
	organizations []string // groups, when a client presents it
	usage         x509.ExtKeyUsage
	dnsNames      []string
	addresses     []net.IP
}

// keyPair is a certificate with its private key, both as PEM.
type keyPair struct {
	certificate []byte
	key         []byte
}

// loadAuthority reads the authority of a state directory, or makes it on the first start.
func loadAuthority(dir *stateDir, now time.Time) (*authority, error) {
	certificate, err := os.ReadFile(dir.file(authorityFile))
	if errors.Is(err, fs.ErrNotExist) {
		return createAuthority(dir, now)
	}
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority: %w", err)
	}
	key, err := os.ReadFile(dir.key("ca.key"))
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority's key: %w", err)
	}
	signer, err := decodeKey(key)
	if err != nil {
		return nil, fmt.Errorf("read the certificate authority's key: %w", err)
	}
	return newAuthority(certificate, signer)
}

func newAuthority(certificate []byte, key crypto.Signer) (*authority, error) {
	block, _ := pem.Decode(certificate)
	if block == nil {
		return nil, errors.New("the certificate authority's file holds no PEM")
	}
	parsed, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parse the certificate authority: %w", err)
	}
	return &authority{certificate: parsed, pem: certificate, key: key}, nil
}

func createAuthority(dir *stateDir, now time.Time) (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make the certificate authority's key: %w", err)
	}
	template := x509.Certificate{
		Subject:               pkix.Name{CommonName: "mayfly-test-cluster"},
		NotBefore:             now.Add(-clockSkew),
		NotAfter:              now.Add(authorityLife),
		KeyUsage:              x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	certificate, err := signCertificate(template, nil, key.Public(), key)
	if err != nil {
		return nil, err
	}
	encoded, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	// The key first: with a certificate but no key, the next start could not go on.
	if err := writeFile(dir.key("ca.key"), encoded, 0o600); err != nil {
		return nil, err
	}
	if err := writeFile(dir.file(authorityFile), certificate, 0o644); err != nil {
		return nil, err
	}
	return newAuthority(certificate, key)
}

// issue makes a key and a certificate for it.
func (a *authority) issue(wanted leaf, now time.Time) (keyPair, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return keyPair{}, fmt.Errorf("make a key for `%s`: %w", wanted.commonName, err)
	}
	template := x509.Certificate{
		Subject:     pkix.Name{CommonName: wanted.commonName, Organization: wanted.organizations},
		NotBefore:   now.Add(-clockSkew),
		NotAfter:    now.Add(leafLife),
		KeyUsage:    x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{wanted.usage},
		DNSNames:    wanted.dnsNames,
		IPAddresses: wanted.addresses,
	}
	certificate, err := signCertificate(template, a.certificate, key.Public(), a.key)
	if err != nil {
		return keyPair{}, err
	}
	encoded, err := encodeKey(key)
	if err != nil {
		return keyPair{}, err
	}
	return keyPair{certificate: certificate, key: encoded}, nil
}

// signCertificate numbers, signs and encodes; without a parent the certificate signs itself.
func signCertificate(template x509.Certificate, parent *x509.Certificate, public crypto.PublicKey, signer crypto.Signer) ([]byte, error) {
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	template.SerialNumber = serial
	if parent == nil {
		parent = &template
	}
	der, err := x509.CreateCertificate(rand.Reader, &template, parent, public, signer)
	if err != nil {
		return nil, fmt.Errorf("sign the certificate of `%s`: %w", template.Subject.CommonName, err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), nil
}
