package main

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	"k8s.io/client-go/rest"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	apioptions "k8s.io/kubernetes/cmd/kube-apiserver/app/options"
)

// startAPIServer runs the API server in this process, or as a child when a program is given.
func startAPIServer(dir *stateDir, opts options, program string, at *endpoint, socket etcdSocket) (part, error) {
	arguments := apiServerArguments(dir, opts, at, socket)
	if program != "" {
		// The child opens the port itself; only here another process could take it first.
		at.listener.Close()
		return startProcess("kube-apiserver", program, arguments, dir.file(apiLogFile))
	}
	ctx, cancel := context.WithCancel(context.Background())
	completed, err := completeAPIServer(ctx, arguments, at.listener)
	if err != nil {
		cancel()
		return part{}, fmt.Errorf("configure the API server: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- app.Run(ctx, completed) }()
	return part{name: "kube-apiserver", ended: ended, stop: cancel}, nil
}

// completeAPIServer does what the command kube-apiserver does with its flags, and puts our listener
// in: the command itself can neither take one nor be told to stop.
func completeAPIServer(ctx context.Context, arguments []string, listener net.Listener) (apioptions.CompletedOptions, error) {
	server := apioptions.NewServerRunOptions()
	flags := pflag.NewFlagSet("kube-apiserver", pflag.ContinueOnError)
	sections := server.Flags()
	for _, section := range sections.FlagSets {
		flags.AddFlagSet(section)
	}
	var none apioptions.CompletedOptions
	if err := flags.Parse(arguments); err != nil {
		return none, err
	}
	server.SecureServing.Listener = listener
	if err := server.GenericServerRunOptions.ComponentGlobalsRegistry.Set(); err != nil {
		return none, err
	}
	// The API server calls itself; its own warnings would only fill the log.
	rest.SetDefaultWarningHandler(rest.NoWarnings{})
	completed, err := server.Complete(ctx)
	if err != nil {
		return none, err
	}
	if problems := completed.Validate(); len(problems) > 0 {
		return none, utilerrors.NewAggregate(problems)
	}
	return completed, nil
}

func apiServerArguments(dir *stateDir, opts options, at *endpoint, socket etcdSocket) []string {
	return append([]string{
		"--etcd-servers=" + socket.url(),
		"--bind-address=" + at.address.String(),
		"--secure-port=" + strconv.Itoa(at.port),
		"--tls-cert-file=" + dir.key("apiserver.crt"),
		"--tls-private-key-file=" + dir.key("apiserver.key"),
		// The address goes into discovery documents. Without it, a machine that has no route to
		// anywhere could not start the server.
		"--advertise-address=" + at.reachable().String(),
		"--service-cluster-ip-range=" + serviceRange,
		// It would publish the address above as the service `kubernetes`, and loopback is refused
		// there. Nothing in this cluster could use the service.
		"--endpoint-reconciler-type=none",
		"--client-ca-file=" + dir.file(authorityFile),
		"--token-auth-file=" + dir.key("tokens.csv"),
		"--authorization-mode=RBAC",
		"--service-account-issuer=" + opts.issuer,
		"--api-audiences=" + strings.Join(opts.audiences, ","),
		"--service-account-signing-key-file=" + dir.key(signingKeyFile),
		"--service-account-key-file=" + dir.key(verifyingKeyFile),
		"--service-account-lookup=true",
		// As managed clusters have it: who asks for more gets a day. Mayfly itself asks for no more
		// unless its settings say so.
		"--service-account-max-token-expiration=24h",
		"--audit-policy-file=" + dir.key("audit-policy.yaml"),
		"--audit-log-path=" + dir.file(auditLogFile),
		// A line is in the file before the answer is sent, so that a test can read it at once.
		"--audit-log-mode=blocking",
		// Megabytes a file, and files kept: a benchmark must not fill the disk.
		"--audit-log-maxsize=100",
		"--audit-log-maxbackup=5",
	}, opts.apiFlags...)
}
