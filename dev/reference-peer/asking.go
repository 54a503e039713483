package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/net/http2"
)

// helloAndMore has a field that no document knows.
type helloAndMore struct {
	hello
	OnlyOnMondays bool `json:"onlyOnMondays"`
}

// tunnel opens the server's end over a connection that the gateway dialled, asks what there is to ask,
// and drains.
func (h *host) tunnel(ctx context.Context, carrier net.Conn) error {
	connection, err := h.accept(ctx, carrier, tunnelALPN)
	if err != nil {
		return err
	}
	defer connection.Close()
	named, err := nameIn(connection.ConnectionState().PeerCertificates[0].Raw)
	if err != nil {
		return err
	}
	told.tell("proven", fields{"gateway": named.gateway, "instance": named.instance, "generation": named.generation})
	asking, err := (&http2.Transport{}).NewClientConn(connection)
	if err != nil {
		return err
	}
	err = h.converse(ctx, asking, named)
	h.done <- err
	return err
}

func (h *host) converse(ctx context.Context, asking *http2.ClientConn, named name) error {
	limited, cancel := context.WithTimeout(ctx, legLimit)
	defer cancel()
	read, write := io.Pipe()
	request, err := http.NewRequestWithContext(limited, http.MethodPost, "https://gateway"+controlPath, read)
	if err != nil {
		return err
	}
	control, err := asking.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("open the control stream: %w", err)
	}
	defer control.Body.Close()
	// A gateway may refuse it before it has the whole of it; what is read next says so.
	_, _ = write.Write(h.greeting())
	content, err := readRecord(control.Body)
	if err != nil && h.opts.misdeed == "none" {
		return fmt.Errorf("wait for the welcome: %w", err)
	}
	if err != nil {
		told.tell("refused", fields{"how": h.opts.misdeed, "why": err.Error()})
		return nil
	}
	first, err := fromGateway(content)
	if err != nil {
		return fmt.Errorf("the welcome: %w", err)
	}
	shown, ok := first.(*welcome)
	if !ok || shown.Gateway != named.gateway || shown.Instance != named.instance {
		return errors.New("the gateway did not say who it is")
	}
	told.tell("welcome", fields{"apiServer": shown.APIServer, "policyDigest": shown.PolicyDigest, "sha256": pinOf(shown.Policy)})
	if err := askAll(limited, asking); err != nil {
		return err
	}
	if err := writeRecord(write, drain{Record: "drain", Reason: "the reference peer has asked everything"}); err != nil {
		return err
	}
	// Nobody needs the tunnel any more. The end of the control stream is its end, once the gateway has read so far.
	_ = write.Close()
	_, _ = io.Copy(io.Discard, control.Body)
	return nil
}

func (h *host) greeting() []byte {
	own := hello{
		Record: "hello", Installation: h.authority.installation, Replica: newID(), Replicas: 1, Version: h.opts.version,
		Features: h.opts.known(), Clock: time.Now(),
	}
	switch h.opts.misdeed {
	case "unknown-field":
		return framed(helloAndMore{own, true})
	case "too-long":
		return tooLong(welcome{})
	default:
		return framed(own)
	}
}

// askAll asks for what is known, what nobody knows, what is not allowed, and what is not asked as it has to be.
func askAll(ctx context.Context, asking *http2.ClientConn) error {
	const probe = `{"target":null,"samples":[]}`
	for _, wanted := range []struct{ what, name, attempt, deadline, body string }{
		{"probe", "probe", "1", "5000", probe},
		{"null-field", "probe", "1", "5000", `{"target":null,"samples":[],"onlyOnMondays":null}`},
		{"unknown-operation", "dance", "1", "5000", `{}`},
		{"unknown-field", "probe", "1", "5000", `{"target":null,"samples":[],"onlyOnMondays":true}`},
		{"no-deadline", "probe", "1", "", probe},
		{"no-attempt", "probe", "", "5000", probe},
		{"attempt-zero", "probe", "0", "5000", probe},
	} {
		headers := map[string]string{operationHeader: newID(), attemptHeader: wanted.attempt, deadlineHeader: wanted.deadline}
		address := "https://gateway" + operationsPath + wanted.name
		if err := hear(ctx, asking, request{wanted.what, http.MethodPost, address, wanted.body, headers}); err != nil {
			return err
		}
	}
	for what, deadline := range map[string]string{"unlisted-target": "5000", "stream-without-deadline": ""} {
		headers := map[string]string{deadlineHeader: deadline}
		if err := hear(ctx, asking, request{what, http.MethodConnect, "https://192.0.2.1:443", "", headers}); err != nil {
			return err
		}
	}
	return nil
}

// request is what is asked, and what for.
type request struct {
	what, method, address, body string
	headers                     map[string]string
}

// hear asks and tells what is answered. A header without a value is left out.
func hear(ctx context.Context, asking *http2.ClientConn, wanted request) error {
	asked, err := http.NewRequestWithContext(ctx, wanted.method, wanted.address, strings.NewReader(wanted.body))
	if err != nil {
		return err
	}
	for name, value := range wanted.headers {
		if value != "" {
			asked.Header.Set(name, value)
		}
	}
	answer, err := asking.RoundTrip(asked)
	if err != nil {
		return fmt.Errorf("%s: %w", wanted.what, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", wanted.what, err)
	}
	told.tell("answered", fields{"what": wanted.what, "status": answer.StatusCode, "body": json.RawMessage(content)})
	return nil
}
