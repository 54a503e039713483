// Command mayfly-reference-peer speaks the wire between Mayfly's servers and gateways as
// docs/reference/gateway-wire.md has it, and shares no code with either. Tests let it loose on the real
// server and on the real gateway: where the two do not understand each other, one of them or the
// document is wrong.
//
// Start reading at run.go for the gateway's end and at serve.go for the server's; README.md lists the
// commands and the lines that they print.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"
)

// command is one thing that the program does.
type command struct {
	name string
	run  func(ctx context.Context, arguments []string) error
}

var commands = []command{
	{"enrol", enrolCommand},
	{"run", runCommand},
	{"misbehave", misbehaveCommand},
	{"serve", serveCommand},
}

func main() {
	os.Exit(runMain(os.Args[1:]))
}

func runMain(arguments []string) int {
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	for _, command := range commands {
		if len(arguments) == 0 || arguments[0] != command.name {
			continue
		}
		err := command.run(ctx, arguments[1:])
		switch {
		case err == nil || errors.Is(err, flag.ErrHelp):
			return 0
		default:
			fmt.Fprintln(os.Stderr, "mayfly-reference-peer:", err)
			return 1
		}
	}
	fmt.Fprintln(os.Stderr, "usage: mayfly-reference-peer enrol|run|misbehave|serve [flags]; see README.md")
	return 2
}
