package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
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
	if err != nil && h.misdeed == "none" {
		return fmt.Errorf("wait for the welcome: %w", err)
	}
	if err != nil {
		told.tell("refused", fields{"how": h.misdeed, "why": err.Error()})
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
		Record: "hello", Installation: h.authority.installation, Replica: newID(), Replicas: 1, Version: "reference",
		Features: []string{}, Clock: time.Now(),
	}
	switch h.misdeed {
	case "unknown-field":
		return framed(helloAndMore{own, true})
	case "too-long":
		return tooLong(welcome{})
	default:
		return framed(own)
	}
}

// askAll asks for what is known, what nobody knows, and what is not allowed.
func askAll(ctx context.Context, asking *http2.ClientConn) error {
	probes := []struct{ what, name, body string }{
		{"probe", "probe", `{"target":null,"samples":[]}`},
		{"unknown-operation", "dance", `{}`},
		{"unknown-field", "probe", `{"target":null,"samples":[],"onlyOnMondays":true}`},
	}
	for _, probe := range probes {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, "https://gateway"+operationsPath+probe.name, bytes.NewReader([]byte(probe.body)))
		if err != nil {
			return err
		}
		request.Header.Set(operationHeader, newID())
		request.Header.Set(attemptHeader, "1")
		if err := hear(asking, request, probe.what); err != nil {
			return err
		}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodConnect, "https://192.0.2.1:443", http.NoBody)
	if err != nil {
		return err
	}
	return hear(asking, request, "unlisted-target")
}

// hear tells what is answered.
func hear(asking *http2.ClientConn, request *http.Request, what string) error {
	request.Header.Set(deadlineHeader, "5000")
	answer, err := asking.RoundTrip(request)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	told.tell("answered", fields{"what": what, "status": answer.StatusCode, "body": json.RawMessage(content)})
	return nil
}
