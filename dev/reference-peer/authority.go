package main

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"math/big"
	"net/url"
	"time"
)

// authority signs both ends of tunnels, for an installation that lives as long as this process.
type authority struct {
	installation string
	certificate  *x509.Certificate
	key          crypto.Signer
}

func newAuthority() (*authority, error) {
	made := &authority{installation: newID()}
	pkcs8, err := newKey("p256")
	if err != nil {
		return nil, err
	}
	if made.key, err = signer(pkcs8); err != nil {
		return nil, err
	}
	template := &x509.Certificate{
		Subject: pkix.Name{CommonName: "Mayfly gateways of " + made.installation}, IsCA: true, BasicConstraintsValid: true,
		MaxPathLenZero: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := made.sign(template, nil, made.key.Public(), serverCertificateLife)
	if err != nil {
		return nil, err
	}
	made.certificate, err = x509.ParseCertificate(der)
	return made, err
}

func (a *authority) sign(template, parent *x509.Certificate, key crypto.PublicKey, life time.Duration) ([]byte, error) {
	number, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, fmt.Errorf("draw a serial number: %w", err)
	}
	now := time.Now()
	template.SerialNumber, template.NotBefore, template.NotAfter = number, now.Add(-backdated), now.Add(life)
	if parent == nil {
		parent = template
	}
	return x509.CreateCertificate(rand.Reader, template, parent, key, a.key)
}

// signGateway looks at nothing in the request but the key: who its holder is, is decided here.
func (a *authority) signGateway(request []byte, gateway, instance string, generation uint64) ([]byte, error) {
	parsed, err := x509.ParseCertificateRequest(request)
	if err != nil {
		return nil, fmt.Errorf("the request: %w", err)
	}
	if err := parsed.CheckSignature(); err != nil {
		return nil, fmt.Errorf("the sender of the request does not hold its key: %w", err)
	}
	path := fmt.Sprintf("/gateway/%s/%s/%d", gateway, instance, generation)
	template := &x509.Certificate{
		URIs:     []*url.URL{{Scheme: "spiffe", Host: a.installation, Path: path}},
		KeyUsage: x509.KeyUsageDigitalSignature, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	return a.sign(template, a.certificate, parsed.PublicKey, gatewayCertificateLife)
}

// shown is a certificate of the server, with the authority's after it.
func (a *authority) shown() (tls.Certificate, error) {
	pkcs8, err := newKey("p256")
	if err != nil {
		return tls.Certificate{}, err
	}
	key, err := signer(pkcs8)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := &x509.Certificate{
		DNSNames: []string{serverName}, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := a.sign(template, a.certificate, key.Public(), serverCertificateLife)
	return tls.Certificate{Certificate: [][]byte{der, a.certificate.Raw}, PrivateKey: key}, err
}

// newID is a UUID of version 7: its first 48 bits are the time (RFC 9562 section 5.7).
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails
	for index, shift := 0, 40; shift >= 0; index, shift = index+1, shift-8 {
		id[index] = byte(time.Now().UnixMilli() >> shift)
	}
	id[6], id[8] = 0x70|id[6]&0x0f, 0x80|id[8]&0x3f
	return fmt.Sprintf("%x-%x-%x-%x-%x", id[:4], id[4:6], id[6:8], id[8:10], id[10:])
}
