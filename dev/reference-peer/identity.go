package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

const identityFile = "identity.json"

// identity is what a gateway keeps between two starts. Keys are PKCS #8, certificates DER.
type identity struct {
	Server      string   `json:"server"`
	Key         []byte   `json:"key"`
	Certificate []byte   `json:"certificate,omitempty"`
	Authorities [][]byte `json:"authorities,omitempty"`
	NextKey     []byte   `json:"nextKey,omitempty"`
}

// name is who a certificate says that its holder is.
type name struct {
	installation, gateway, instance string
	generation                      uint64
}

func loadIdentity(folder string) (identity, error) {
	var kept identity
	content, err := os.ReadFile(filepath.Join(folder, identityFile))
	if err != nil {
		return kept, err
	}
	return kept, decode(content, &kept)
}

// loadOrBegin reads the identity, or begins one with a new key. The key is kept before anybody is asked
// to sign it: whoever had no answer asks again with the same one.
func loadOrBegin(folder, kind string) (identity, error) {
	kept, err := loadIdentity(folder)
	if !errors.Is(err, fs.ErrNotExist) {
		return kept, err
	}
	if kept.Key, err = newKey(kind); err != nil {
		return kept, err
	}
	return kept, kept.save(folder)
}

func (i identity) save(folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	content, err := json.Marshal(i)
	if err != nil {
		return err
	}
	// By way of another name: half an identity would be none.
	unfinished := filepath.Join(folder, identityFile+".unfinished")
	if err := os.WriteFile(unfinished, content, 0o600); err != nil {
		return err
	}
	return os.Rename(unfinished, filepath.Join(folder, identityFile))
}

func newKey(kind string) ([]byte, error) {
	var key any
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "p256":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	default:
		return nil, fmt.Errorf("a key is ed25519 or p256, not `%s`", kind)
	}
	if err != nil {
		return nil, fmt.Errorf("make a key: %w", err)
	}
	return x509.MarshalPKCS8PrivateKey(key)
}

func signer(pkcs8 []byte) (crypto.Signer, error) {
	key, err := x509.ParsePKCS8PrivateKey(pkcs8)
	if err != nil {
		return nil, fmt.Errorf("read the key: %w", err)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return nil, errors.New("the key cannot sign")
	}
	return signer, nil
}

// requestFor is a PKCS #10 request, which proves that its sender holds the key and says nothing else.
func requestFor(pkcs8 []byte) ([]byte, error) {
	key, err := signer(pkcs8)
	if err != nil {
		return nil, err
	}
	return x509.CreateCertificateRequest(rand.Reader, &x509.CertificateRequest{}, key)
}

func (i identity) shown() (*tls.Certificate, error) {
	key, err := signer(i.Key)
	if err != nil {
		return nil, err
	}
	return &tls.Certificate{Certificate: [][]byte{i.Certificate}, PrivateKey: key}, nil
}

func (i identity) authorities() ([]*x509.Certificate, error) {
	var parsed []*x509.Certificate
	for _, der := range i.Authorities {
		certificate, err := x509.ParseCertificate(der)
		if err != nil {
			return nil, fmt.Errorf("an authority: %w", err)
		}
		parsed = append(parsed, certificate)
	}
	if len(parsed) == 0 {
		return nil, errors.New("no authority is known: enrol first")
	}
	return parsed, nil
}

// nameIn reads whom a certificate names: one URI, in six parts.
func nameIn(der []byte) (name, error) {
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		return name{}, fmt.Errorf("the certificate: %w", err)
	}
	if len(certificate.URIs) != 1 || certificate.URIs[0].Scheme != "spiffe" {
		return name{}, errors.New("the certificate names no gateway")
	}
	uri := certificate.URIs[0]
	parts := strings.Split(strings.TrimPrefix(uri.Path, "/"), "/")
	if len(parts) != 4 || parts[0] != "gateway" {
		return name{}, fmt.Errorf("`%s` names no gateway", uri)
	}
	generation, err := strconv.ParseUint(parts[3], 10, 64)
	if err != nil || strconv.FormatUint(generation, 10) != parts[3] {
		return name{}, fmt.Errorf("`%s` has no generation", uri)
	}
	return name{uri.Host, parts[1], parts[2], generation}, nil
}
