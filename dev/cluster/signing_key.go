package main

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
)

// keyType is the kind of key that signs service account tokens.
type keyType string

const (
	keyRSA  keyType = "rsa"
	keyP256 keyType = "p256"

	// What kubeadm makes; larger keys would only slow the signing down.
	rsaBits = 2048
)

func (kind keyType) known() bool {
	return kind == keyRSA || kind == keyP256
}

func (kind keyType) generate() (crypto.Signer, error) {
	if kind == keyP256 {
		return ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	return rsa.GenerateKey(rand.Reader, rsaBits)
}

// typeOf names the kind of an existing key.
func typeOf(key crypto.Signer) (keyType, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return keyRSA, nil
	case *ecdsa.PrivateKey:
		if key.Curve == elliptic.P256() {
			return keyP256, nil
		}
	}
	return "", fmt.Errorf("the signing key is neither RSA nor P-256, but %T", key)
}

// The two halves of the signing key, in the directory of keys. Both are named on command lines of
// Kubernetes, which cannot take the public half out of every kind of private file.
const (
	signingKeyFile   = "service-accounts.key"
	verifyingKeyFile = "service-accounts.pub"
)

// ensureSigningKey keeps the key a state directory has, since tokens issued before a restart must
// still verify after it, and makes one on the first start. An empty wanted type accepts any.
func ensureSigningKey(dir *stateDir, wanted keyType) (keyType, error) {
	key, err := loadSigningKey(dir.key(signingKeyFile))
	if errors.Is(err, fs.ErrNotExist) {
		key, err = createSigningKey(dir.key(signingKeyFile), wanted)
	}
	if err != nil {
		return "", err
	}
	found, err := typeOf(key)
	if err != nil {
		return "", err
	}
	if wanted != "" && wanted != found {
		return "", fmt.Errorf("this cluster signs with %s, not %s: reset it to change the signing key", found, wanted)
	}
	return found, writePublicKey(dir.key(verifyingKeyFile), key)
}

func loadSigningKey(path string) (crypto.Signer, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	key, err := decodeKey(content)
	if err != nil {
		return nil, fmt.Errorf("read the signing key: %w", err)
	}
	return key, nil
}

func createSigningKey(path string, wanted keyType) (crypto.Signer, error) {
	if wanted == "" {
		wanted = keyRSA
	}
	key, err := wanted.generate()
	if err != nil {
		return nil, fmt.Errorf("make the signing key: %w", err)
	}
	encoded, err := encodeKey(key)
	if err != nil {
		return nil, err
	}
	return key, writeFile(path, encoded, 0o600)
}

func writePublicKey(path string, key crypto.Signer) error {
	der, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		return fmt.Errorf("encode the public signing key: %w", err)
	}
	return writeFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600)
}

func encodeKey(key crypto.Signer) ([]byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, fmt.Errorf("encode a private key: %w", err)
	}
	return pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), nil
}

func decodeKey(content []byte) (crypto.Signer, error) {
	block, _ := pem.Decode(content)
	if block == nil {
		return nil, errors.New("the file holds no PEM")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("parse a private key: %w", err)
	}
	key, ok := parsed.(crypto.Signer)
	if !ok {
		return nil, fmt.Errorf("a key that cannot sign: %T", parsed)
	}
	return key, nil
}
