package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"regexp"
	"strings"
)

// The issuer kubeadm gives a cluster, so that tokens look like those of most real clusters.
const defaultIssuer = "https://kubernetes.default.svc.cluster.local"

// A name ends up in the kubeconfig as cluster, user and context: the letters of a DNS label suffice.
var namePattern = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$`)

// options is what the command line says.
type options struct {
	name        string
	stateDir    string // absolute
	bindAddress net.IP
	port        int     // 0 takes the last one if it is free, else any that is
	signingKey  keyType // empty keeps the type the state directory has, or takes RSA
	issuer      string
	audiences   []string
	reset       bool     // wipe the state directory first
	attached    bool     // stop when standard input ends, unless it said `detach` before
	apiFlags    []string // given to the API server after our own: the last of two that say the same counts
}

func parseOptions(arguments []string, usage io.Writer) (options, error) {
	var opts options
	var bindAddress, signingKey, audiences string
	flags := flag.NewFlagSet("mayfly-test-cluster", flag.ContinueOnError)
	flags.SetOutput(usage)
	flags.StringVar(&opts.name, "name", "dev", "`name` of the cluster in its kubeconfig")
	flags.StringVar(&opts.stateDir, "state-dir", "", "`directory` that holds all of the cluster's files (required)")
	flags.StringVar(&bindAddress, "bind-address", "127.0.0.1", "`address` the API server listens on")
	flags.IntVar(&opts.port, "port", 0, "`port` the API server listens on; 0 takes the one it had before, or a free one")
	flags.StringVar(&signingKey, "signing-key", "", "key `type` that signs service account tokens: rsa or p256\n(default rsa, or what the state directory already has)")
	flags.StringVar(&opts.issuer, "service-account-issuer", defaultIssuer, "`issuer` of service account tokens")
	flags.StringVar(&audiences, "api-audiences", "", "comma-separated `audiences` the API server accepts (default the issuer)")
	flags.BoolVar(&opts.reset, "reset", false, "wipe the state directory, except for the port and the type of key, and start afresh")
	flags.BoolVar(&opts.attached, "attached", false, "stop when standard input ends, unless the line \"detach\" came first")
	flags.Func("api-server-flag", "one more `flag` of kube-apiserver, such as --audit-log-maxsize=1; may be repeated", func(given string) error {
		if !strings.HasPrefix(given, "--") {
			return fmt.Errorf("want a flag that begins with two hyphens")
		}
		opts.apiFlags = append(opts.apiFlags, given)
		return nil
	})
	if err := flags.Parse(arguments); err != nil {
		return options{}, err
	}
	if flags.NArg() > 0 {
		return options{}, fmt.Errorf("unexpected argument `%s`: only flags are accepted", flags.Arg(0))
	}
	return opts.complete(bindAddress, signingKey, audiences)
}

// complete checks every value and reports all that is wrong at once.
func (opts options) complete(bindAddress, signingKey, audiences string) (options, error) {
	var problems []error
	refuse := func(format string, arguments ...any) {
		problems = append(problems, fmt.Errorf(format, arguments...))
	}
	if !namePattern.MatchString(opts.name) {
		refuse("--name `%s`: want lower-case letters, digits and inner hyphens, at most 63", opts.name)
	}
	if opts.port < 0 || opts.port > 65535 {
		refuse("--port %d: want 0 to 65535", opts.port)
	}
	if opts.bindAddress = net.ParseIP(bindAddress); opts.bindAddress == nil {
		refuse("--bind-address `%s`: want an IP address", bindAddress)
	}
	if opts.signingKey = keyType(signingKey); signingKey != "" && !opts.signingKey.known() {
		refuse("--signing-key `%s`: want rsa or p256", signingKey)
	}
	if opts.issuer == "" {
		refuse("--service-account-issuer: must not be empty")
	}
	if opts.audiences = splitList(audiences); len(opts.audiences) == 0 {
		opts.audiences = []string{opts.issuer}
	}
	if opts.stateDir == "" {
		refuse("--state-dir: a directory is required")
	} else if absolute, err := filepath.Abs(opts.stateDir); err != nil {
		refuse("--state-dir: %w", err)
	} else {
		opts.stateDir = absolute
	}
	if len(problems) > 0 {
		return options{}, errors.Join(problems...)
	}
	return opts, nil
}

func splitList(text string) []string {
	var items []string
	for item := range strings.SplitSeq(text, ",") {
		if item = strings.TrimSpace(item); item != "" {
			items = append(items, item)
		}
	}
	return items
}
