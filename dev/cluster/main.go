// Command mayfly-test-cluster runs a real Kubernetes control plane for tests and the demo: etcd, the
// API server, and the few controllers that namespaces, aggregated roles, garbage collection and
// service accounts need. There is no kubelet and no scheduler, so nothing ever runs in it.
//
// Start reading at cluster.go; README.md lists the files of a state directory.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime"
)

// A child is tied to the thread that started it (processes.go), and the main thread is the only one
// that lives exactly as long as the process: main stays on it and starts every child from there.
func init() {
	runtime.LockOSThread()
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == controllersSubcommand {
		os.Exit(runControllers(os.Args[2:]))
	}
	os.Exit(runMain(os.Args[1:]))
}

func runMain(arguments []string) int {
	opts, err := parseOptions(arguments, os.Stderr)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		fmt.Fprintln(os.Stderr, "mayfly-test-cluster:", err)
		return 2
	}
	if err := run(opts, os.Stdin, os.Stdout); err != nil {
		// Standard error may lead into the log by now; the console still reaches the caller.
		fmt.Fprintln(console, "mayfly-test-cluster:", err)
		return 1
	}
	return 0
}
