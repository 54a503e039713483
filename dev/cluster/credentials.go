package main

import (
	"bytes"
	"crypto/rand"
	"crypto/x509"
	_ "embed"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"strings"
	"time"
)

const (
	// Members may do anything; authorization does not even look at their roles.
	mastersGroup = "system:masters"
	adminName    = "mayfly-admin"
	// Of service addresses, none of which ever leads anywhere here. kubeadm's default.
	serviceRange        = "10.96.0.0/12"
	firstServiceAddress = "10.96.0.1"
	// 256 bits, so that nobody guesses it.
	tokenBytes = 32
)

//go:embed audit-policy.yaml
var auditPolicy []byte

// credentials are the keys and certificates of one run, most of them as files for Kubernetes' flags.
type credentials struct {
	signingKey  keyType
	authority   []byte
	admin       keyPair
	controllers keyPair
}

// prepareCredentials keeps what must survive a restart (the authority, the signing key, the admin's
// token) and issues everything else anew.
func prepareCredentials(dir *stateDir, opts options, now time.Time) (*credentials, error) {
	authority, err := loadAuthority(dir, now)
	if err != nil {
		return nil, err
	}
	signingKey, err := ensureSigningKey(dir, opts.signingKey)
	if err != nil {
		return nil, err
	}
	if err := ensureAdminToken(dir); err != nil {
		return nil, err
	}
	if err := writeFile(dir.key("audit-policy.yaml"), auditPolicy, 0o600); err != nil {
		return nil, err
	}
	if err := issueServing(dir, authority, opts.bindAddress, now); err != nil {
		return nil, err
	}
	made := &credentials{signingKey: signingKey, authority: authority.pem}
	if made.admin, err = authority.issue(member(adminName), now); err != nil {
		return nil, err
	}
	identity := append(bytes.Clone(made.admin.certificate), made.admin.key...)
	if err := writeFile(dir.file(identityFile), identity, 0o600); err != nil {
		return nil, err
	}
	// As a member of the masters the controllers need no tokens of their own, so that every token
	// call in the audit log was made by whoever is under test.
	made.controllers, err = authority.issue(member("system:kube-controller-manager"), now)
	return made, err
}

func member(name string) leaf {
	return leaf{commonName: name, organizations: []string{mastersGroup}, usage: x509.ExtKeyUsageClientAuth}
}

func issueServing(dir *stateDir, authority *authority, bindAddress net.IP, now time.Time) error {
	serving, err := authority.issue(leaf{
		commonName: "kube-apiserver",
		usage:      x509.ExtKeyUsageServerAuth,
		dnsNames: []string{
			"localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc",
			"kubernetes.default.svc.cluster.local",
		},
		addresses: []net.IP{net.IPv4(127, 0, 0, 1), net.IPv6loopback, net.ParseIP(firstServiceAddress), bindAddress},
	}, now)
	if err != nil {
		return err
	}
	if err := writeFile(dir.key("apiserver.crt"), serving.certificate, 0o600); err != nil {
		return err
	}
	return writeFile(dir.key("apiserver.key"), serving.key, 0o600)
}

// ensureAdminToken gives the admin a bearer token too, for callers that speak plain HTTPS.
func ensureAdminToken(dir *stateDir) error {
	content, err := os.ReadFile(dir.file(tokenFile))
	if errors.Is(err, fs.ErrNotExist) {
		random := make([]byte, tokenBytes)
		rand.Read(random) // never fails: it ends the process instead
		content = []byte(hex.EncodeToString(random))
		err = writeFile(dir.file(tokenFile), content, 0o600)
	}
	if err != nil {
		return fmt.Errorf("prepare the admin's token: %w", err)
	}
	return writeFile(dir.key("tokens.csv"), tokenTable(strings.TrimSpace(string(content))), 0o600)
}

// tokenTable is the file of --token-auth-file: token, user, uid, groups.
func tokenTable(token string) []byte {
	return fmt.Appendf(nil, "%s,%s,%s,%q\n", token, adminName, adminName, mastersGroup)
}
