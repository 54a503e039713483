package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"
)

// options is what the command lines say; each command takes those flags that it needs.
type options struct {
	server    string // in place of the one in the enrolment
	state     string // folder of the identity
	enrolment string // file
	instance  string
	key       string // ed25519 or p256
	version   string
	features  string // separated by commas

	policy       string // file, JSON
	clusterURL   string
	clusterCA    string // file, PEM
	clusterToken string // file
	renew        bool
	hold         bool

	misdeed string
}

// flagsOf is a set with the flags that every command has.
func flagsOf(name string, opts *options) *flag.FlagSet {
	flags := flag.NewFlagSet("mayfly-reference-peer "+name, flag.ContinueOnError)
	flags.StringVar(&opts.server, "server", "", "`address` of the server, in place of the enrolment's")
	flags.StringVar(&opts.state, "state", "", "`folder` that holds key and certificate")
	flags.StringVar(&opts.version, "version", "reference", "`version` that it says it has")
	flags.StringVar(&opts.features, "features", "", "`features` that it says it knows, separated by commas")
	return flags
}

// known is the features as a record lists them.
func (o options) known() []string {
	return strings.FieldsFunc(o.features, func(letter rune) bool { return letter == ',' })
}

// parse reads arguments and refuses what is left over, and what is required and not there.
func parse(flags *flag.FlagSet, arguments []string, required ...string) error {
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument `%s`: only flags are accepted", flags.Arg(0))
	}
	var problems []error
	for _, name := range required {
		if flags.Lookup(name).Value.String() == "" {
			problems = append(problems, fmt.Errorf("--%s: is required", name))
		}
	}
	return errors.Join(problems...)
}

// readText reads a file that holds one text, such as a token.
func readText(path string) (string, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	return strings.TrimSpace(string(content)), nil
}
