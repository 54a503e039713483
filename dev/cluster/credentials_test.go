package main

import (
	"bytes"
	"crypto/x509"
	"encoding/csv"
	"encoding/pem"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/keyutil"
)

func prepareForTest(t *testing.T, dir *stateDir, kind keyType) *credentials {
	t.Helper()
	made, err := prepareCredentials(dir, options{signingKey: kind, bindAddress: net.IPv4(127, 0, 0, 9)}, time.Now())
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func parseCertificate(t *testing.T, content []byte) *x509.Certificate {
	t.Helper()
	block, _ := pem.Decode(content)
	if block == nil {
		t.Fatal("no PEM")
	}
	certificate, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		t.Fatal(err)
	}
	return certificate
}

func TestCertificatesAreGoodForTheirUseAlone(t *testing.T) {
	dir := openForTest(t)
	made := prepareForTest(t, dir, keyRSA)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(made.authority)
	client := []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}

	admin := parseCertificate(t, made.admin.certificate)
	if _, err := admin.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: client}); err != nil {
		t.Errorf("the admin is not a client: %v", err)
	}
	if len(admin.Subject.Organization) != 1 || admin.Subject.Organization[0] != mastersGroup {
		t.Errorf("the admin's groups are %v", admin.Subject.Organization)
	}
	content, err := os.ReadFile(dir.key("apiserver.crt"))
	if err != nil {
		t.Fatal(err)
	}
	serving := parseCertificate(t, content)
	for _, name := range []string{"127.0.0.1", "::1", "127.0.0.9", "localhost", "kubernetes.default.svc"} {
		if _, err := serving.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("the API server is not `%s`: %v", name, err)
		}
	}
	if _, err := serving.Verify(x509.VerifyOptions{Roots: roots, KeyUsages: client}); err == nil {
		t.Error("the API server's certificate lets a client in")
	}
}

func TestRestartKeepsAuthorityTokenAndSigningKey(t *testing.T) {
	for _, kind := range []keyType{keyRSA, keyP256} {
		dir := openForTest(t)
		first := prepareForTest(t, dir, kind)
		kept := map[string][]byte{}
		for _, path := range []string{dir.file(tokenFile), dir.key("tokens.csv"), dir.key(signingKeyFile), dir.key(verifyingKeyFile)} {
			content, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			kept[path] = content
		}
		second := prepareForTest(t, dir, "")
		if !bytes.Equal(first.authority, second.authority) || second.signingKey != kind {
			t.Errorf("%s: the authority or the key type changed to %s", kind, second.signingKey)
		}
		for path, before := range kept {
			if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
				t.Errorf("%s: `%s` changed (%v)", kind, path, err)
			}
		}
	}
}

func TestSigningKeyOfAnotherTypeIsRefused(t *testing.T) {
	dir := openForTest(t)
	prepareForTest(t, dir, keyP256)
	if _, err := ensureSigningKey(dir, keyRSA); err == nil || !strings.Contains(err.Error(), "reset") {
		t.Errorf("want a refusal that says what to do, got %v", err)
	}
}

func TestResetKeepsTheTypeOfTheSigningKeyUnlessToldOtherwise(t *testing.T) {
	dir := openForTest(t)
	for _, step := range []struct{ wanted, want keyType }{
		{"", ""}, {keyP256, keyP256}, {"", keyP256}, {keyRSA, keyRSA},
	} {
		got, err := resetState(dir, step.wanted)
		if err != nil || got != step.want {
			t.Errorf("asked for %q: got %q, want %q (%v)", step.wanted, got, step.want, err)
		}
		if _, err := os.Stat(dir.key(signingKeyFile)); err == nil {
			t.Error("the old key is still there")
		}
		prepareForTest(t, dir, got)
	}
}

func TestKubernetesReadsBothHalvesOfTheSigningKey(t *testing.T) {
	for _, kind := range []keyType{keyRSA, keyP256} {
		dir := openForTest(t)
		prepareForTest(t, dir, kind)
		if _, err := keyutil.PrivateKeyFromFile(dir.key(signingKeyFile)); err != nil {
			t.Errorf("%s: %v", kind, err)
		}
		keys, err := keyutil.PublicKeysFromFile(dir.key(verifyingKeyFile))
		if err != nil || len(keys) != 1 {
			t.Errorf("%s: %d public keys, %v", kind, len(keys), err)
		}
	}
}

func TestSecretFilesAreForTheOwnerAlone(t *testing.T) {
	dir := openForTest(t)
	prepareForTest(t, dir, keyP256)
	for _, path := range []string{dir.file(tokenFile), dir.file(identityFile), dir.key("tokens.csv"), dir.key(signingKeyFile), dir.key("ca.key"), dir.key("apiserver.key")} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm() != 0o600 {
			t.Errorf("`%s` has mode %o", path, info.Mode().Perm())
		}
	}
}

func TestTokenTableHasTheFieldsKubernetesReads(t *testing.T) {
	rows, err := csv.NewReader(bytes.NewReader(tokenTable("secret"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 1 || len(rows[0]) != 4 || rows[0][0] != "secret" || rows[0][1] != adminName || rows[0][3] != mastersGroup {
		t.Errorf("rows are %q", rows)
	}
}

func TestKubeconfigIsOneThatClientsRead(t *testing.T) {
	made := prepareForTest(t, openForTest(t), keyP256)
	text := kubeconfig{name: "two", server: "https://127.0.0.1:6443", authority: made.authority, client: made.admin}.text()
	config, err := clientcmd.RESTConfigFromKubeConfig(text)
	if err != nil {
		t.Fatal(err)
	}
	if config.Host != "https://127.0.0.1:6443" || !bytes.Equal(config.CAData, made.authority) {
		t.Errorf("server `%s` or its authority was lost", config.Host)
	}
	if !bytes.Equal(config.CertData, made.admin.certificate) || !bytes.Equal(config.KeyData, made.admin.key) {
		t.Error("the client's certificate or key was lost")
	}
	raw, err := clientcmd.Load(text)
	if err != nil {
		t.Fatal(err)
	}
	if raw.CurrentContext != "two" || raw.Contexts["two"] == nil {
		t.Errorf("contexts are %v", raw.Contexts)
	}
}
