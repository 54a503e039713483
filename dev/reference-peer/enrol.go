package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

type (
	// enrolmentRequest is the gateway's only record of an enrolment.
	enrolmentRequest struct {
		Gateway  string `json:"gateway"`
		Instance string `json:"instance"`
		Proof    proof  `json:"proof"`
		Request  []byte `json:"request"`
		Version  string `json:"version"`
	}
	proof struct {
		Method string `json:"method"`
		Token  string `json:"token,omitempty"`
		JWT    string `json:"jwt,omitempty"`
	}
	enrolled struct {
		Answer      string   `json:"answer"`
		Certificate []byte   `json:"certificate"`
		Authorities [][]byte `json:"authorities"`
	}
	enrolmentRefused struct {
		Answer  string `json:"answer"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
)

func enrolCommand(ctx context.Context, arguments []string) error {
	var opts options
	flags := flagsOf("enrol", &opts)
	flags.StringVar(&opts.enrolment, "enrolment", "", "`file` with the text that was copied")
	flags.StringVar(&opts.instance, "instance", "reference-1", "`name` of this process among those of its gateway")
	flags.StringVar(&opts.key, "key", "ed25519", "`kind` of key: ed25519 or p256")
	if err := parse(flags, arguments, "state", "enrolment"); err != nil {
		return err
	}
	text, err := readText(opts.enrolment)
	if err != nil {
		return err
	}
	parsed, err := parseEnrolment(text)
	if err != nil {
		return err
	}
	if opts.server != "" {
		parsed.Server = opts.server
	}
	told.tell("read", fields{"server": parsed.Server, "gateway": parsed.Gateway})
	return enrol(ctx, opts, parsed)
}

// enrol exchanges the proof for a certificate, and keeps that.
func enrol(ctx context.Context, opts options, text enrolmentText) error {
	own, err := loadOrBegin(opts.state, opts.key)
	if err != nil {
		return err
	}
	request, err := requestFor(own.Key)
	if err != nil {
		return err
	}
	answer, err := ask(ctx, text, enrolmentRequest{
		Gateway: text.Gateway, Instance: opts.instance, Proof: proof{Method: "token", Token: text.Token}, Request: request,
		Version: opts.version,
	})
	if err != nil {
		return err
	}
	switch answer := answer.(type) {
	case *enrolled:
		own.Server, own.Certificate, own.Authorities = text.Server, answer.Certificate, answer.Authorities
	case *enrolmentRefused:
		told.tell("refused", fields{"leg": "enrolment", "code": answer.Code})
		return errors.New(answer.Message)
	}
	named, err := nameIn(own.Certificate)
	if err != nil {
		return err
	}
	if err := own.save(opts.state); err != nil {
		return err
	}
	told.tell("enrolled", fields{"gateway": named.gateway, "instance": named.instance, "generation": named.generation})
	return nil
}

// ask sends the request to a server that the pinned authority vouches for, and reads its answer.
func ask(ctx context.Context, text enrolmentText, request enrolmentRequest) (any, error) {
	pin, err := text.pin()
	if err != nil {
		return nil, err
	}
	carrier, err := dial(ctx, text.Server, enrolmentPath, enrolmentSubprotocol)
	if err != nil {
		return nil, err
	}
	defer carrier.Close()
	connection, err := secure(ctx, carrier, enrolmentTLS(pin))
	if err != nil {
		told.tell("refused", fields{"leg": "inner-tls", "by": "us", "why": err.Error()})
		return nil, err
	}
	if err := connection.SetDeadline(time.Now().Add(legLimit)); err != nil {
		return nil, err
	}
	if err := writeRecord(connection, request); err != nil {
		return nil, err
	}
	content, err := readRecord(connection)
	if err != nil {
		return nil, fmt.Errorf("read the server's answer: %w", err)
	}
	return asOneOf(content, "answer", map[string]any{"enrolled": &enrolled{}, "refused": &enrolmentRefused{}})
}
