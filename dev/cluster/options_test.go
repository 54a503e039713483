package main

import (
	"errors"
	"flag"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOptionsHaveDefaults(t *testing.T) {
	opts, err := parseOptions([]string{"--state-dir", "here"}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if opts.name != "dev" || opts.port != 0 || opts.signingKey != "" || opts.reset || opts.attached {
		t.Errorf("unexpected defaults: %+v", opts)
	}
	if opts.bindAddress.String() != "127.0.0.1" {
		t.Errorf("listens on %s, not on loopback", opts.bindAddress)
	}
	if !filepath.IsAbs(opts.stateDir) || filepath.Base(opts.stateDir) != "here" {
		t.Errorf("state directory is `%s`", opts.stateDir)
	}
	if !slices.Equal(opts.audiences, []string{opts.issuer}) {
		t.Errorf("audiences %v are not the issuer `%s`", opts.audiences, opts.issuer)
	}
}

func TestOptionsTakeEveryFlag(t *testing.T) {
	opts, err := parseOptions([]string{
		"--state-dir=/tmp/x", "--name=two", "--port=6443", "--bind-address=::1", "--signing-key=p256",
		"--service-account-issuer=https://issuer.test", "--api-audiences= a, b,,", "--reset", "--attached",
		"--api-server-flag=--audit-log-maxsize=1", "--api-server-flag=--audit-log-maxbackup=9",
	}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	if opts.name != "two" || opts.port != 6443 || opts.bindAddress.String() != "::1" || opts.signingKey != keyP256 {
		t.Errorf("a flag was lost: %+v", opts)
	}
	if opts.issuer != "https://issuer.test" || !slices.Equal(opts.audiences, []string{"a", "b"}) || !opts.reset || !opts.attached {
		t.Errorf("a flag was lost: %+v", opts)
	}
	if !slices.Equal(opts.apiFlags, []string{"--audit-log-maxsize=1", "--audit-log-maxbackup=9"}) {
		t.Errorf("flags of the API server were lost: %v", opts.apiFlags)
	}
}

func TestOptionsRefuseAFlagOfTheAPIServerThatIsNone(t *testing.T) {
	if _, err := parseOptions([]string{"--state-dir=/tmp/x", "--api-server-flag=audit"}, io.Discard); err == nil {
		t.Error("accepted")
	}
}

func TestOptionsReportAllThatIsWrongAtOnce(t *testing.T) {
	_, err := parseOptions([]string{
		"--name=Two Words", "--port=70000", "--bind-address=localhost", "--signing-key=ed25519", "--service-account-issuer=",
	}, io.Discard)
	if err == nil {
		t.Fatal("accepted")
	}
	for _, name := range []string{"--name", "--port", "--bind-address", "--signing-key", "--service-account-issuer", "--state-dir"} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not named in: %v", name, err)
		}
	}
}

func TestOptionsRefuseArguments(t *testing.T) {
	if _, err := parseOptions([]string{"--state-dir=x", "up"}, io.Discard); err == nil || !strings.Contains(err.Error(), "`up`") {
		t.Errorf("want a refusal that names the argument, got %v", err)
	}
	if _, err := parseOptions([]string{"--help"}, io.Discard); !errors.Is(err, flag.ErrHelp) {
		t.Errorf("want help, got %v", err)
	}
}
