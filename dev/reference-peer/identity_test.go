package main

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"testing"
)

func TestKeyIsKeptBeforeItIsSignedAndIsTheSameAfterwards(t *testing.T) {
	for _, kind := range []string{"ed25519", "p256"} {
		folder := filepath.Join(t.TempDir(), "state")
		first, err := loadOrBegin(folder, kind)
		if err != nil {
			t.Fatal(err)
		}
		again, err := loadOrBegin(folder, kind)
		if err != nil || string(again.Key) != string(first.Key) {
			t.Errorf("%s: another key, %v", kind, err)
		}
		kept, err := os.Stat(filepath.Join(folder, identityFile))
		if err != nil || kept.Mode() != fs.FileMode(0o600) {
			t.Errorf("%s: %v, %v", kind, kept.Mode(), err)
		}
	}
	if _, err := newKey("rsa"); err == nil {
		t.Error("made an RSA key")
	}
}

func TestCertificateNamesItsGatewayAndOthersNone(t *testing.T) {
	authority := authorityForTest(t)
	own := identityForTest(t, authority)
	named, err := nameIn(own.Certificate)
	if err != nil {
		t.Fatal(err)
	}
	if want := (name{authority.installation, "gw", "pod-1", 7}); named != want {
		t.Errorf("read %+v", named)
	}
	if _, err := nameIn(authority.certificate.Raw); err == nil {
		t.Error("the authority names a gateway")
	}
}

// Both ends in one process: who is believed, and who is not.
func TestServerIsBelievedByItsAuthorityAlone(t *testing.T) {
	genuine, other := authorityForTest(t), authorityForTest(t)
	for _, pinned := range []*authority{genuine, other} {
		err := shake(t, genuine, enrolmentTLS(sha256.Sum256(pinned.certificate.Raw)), enrolmentALPN)
		if (err == nil) != (pinned == genuine) {
			t.Errorf("enrolment: %v", err)
		}
		config, failed := tunnelTLS(identityForTest(t, pinned))
		if failed != nil {
			t.Fatal(failed)
		}
		if err := shake(t, genuine, config, tunnelALPN); (err == nil) != (pinned == genuine) {
			t.Errorf("tunnel: %v", err)
		}
	}
}

func authorityForTest(t *testing.T) *authority {
	t.Helper()
	made, err := newAuthority()
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func identityForTest(t *testing.T, authority *authority) identity {
	t.Helper()
	own, err := loadOrBegin(t.TempDir(), "ed25519")
	if err != nil {
		t.Fatal(err)
	}
	request, err := requestFor(own.Key)
	if err != nil {
		t.Fatal(err)
	}
	if own.Certificate, err = authority.signGateway(request, "gw", "pod-1", 7); err != nil {
		t.Fatal(err)
	}
	own.Authorities = [][]byte{authority.certificate.Raw}
	return own
}

func shake(t *testing.T, authority *authority, client *tls.Config, protocol string) error {
	t.Helper()
	shown, err := authority.shown()
	if err != nil {
		t.Fatal(err)
	}
	server := innerTLS(protocol)
	server.Certificates, server.ClientCAs = []tls.Certificate{shown}, x509.NewCertPool()
	server.ClientCAs.AddCert(authority.certificate)
	near, far := net.Pipe()
	defer near.Close()
	go func() {
		defer far.Close()
		_ = tls.Server(far, server).Handshake() // the client's error is the one that counts
	}()
	_, err = secure(t.Context(), near, client)
	return err
}
