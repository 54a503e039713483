package main

import (
	"context"
	"crypto/tls"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"time"

	"golang.org/x/net/http2"
)

// misdeeds are the ways not to keep to the document, each of which a server has to refuse. `none` keeps
// to it, and is the proof that the others are refused for what they do.
var misdeeds = map[string]func(ctx context.Context, own identity) (fields, error){
	"none":              greetWith(func(w welcome) []byte { return framed(w) }),
	"sub-protocol":      wrongSubprotocol,
	"inner-protocol":    wrongTLS(func(config *tls.Config) { config.NextProtos = []string{"mayfly-tunnel/0"} }),
	"older-tls":         wrongTLS(func(config *tls.Config) { config.MinVersion, config.MaxVersion = 0, tls.VersionTLS12 }),
	"no-certificate":    wrongTLS(showNothing),
	"unknown-authority": wrongTLS(showOwnWork),
	"too-long":          greetWith(tooLong),
	"unknown-field":     greetWith(func(w welcome) []byte { return framed(welcomeAndMore{w, true}) }),
	"unknown-record":    greetWith(func(w welcome) []byte { w.Record = "greeting"; return framed(w) }),
	"another-gateway":   greetWith(func(w welcome) []byte { w.Gateway = newID(); return framed(w) }),
}

// welcomeAndMore has a field that no document knows.
type welcomeAndMore struct {
	welcome
	OnlyOnMondays bool `json:"onlyOnMondays"`
}

func misbehaveCommand(ctx context.Context, arguments []string) error {
	var opts options
	flags := flagsOf("misbehave", &opts)
	flags.StringVar(&opts.misdeed, "how", "", "`which` rule is broken; `none` for none")
	if err := parse(flags, arguments, "state", "how"); err != nil {
		return err
	}
	misdeed, found := misdeeds[opts.misdeed]
	if !found {
		return fmt.Errorf("--how: `%s` is not known", opts.misdeed)
	}
	own, err := loadIdentity(opts.state)
	if err != nil {
		return err
	}
	if opts.server != "" {
		own.Server = opts.server
	}
	seen, err := misdeed(ctx, own)
	if err != nil {
		return err
	}
	seen["how"] = opts.misdeed
	told.tell("seen", seen)
	return nil
}

// tooLong announces one byte more than a record may have, and sends them.
func tooLong(welcome) []byte {
	length := binary.BigEndian.AppendUint32(nil, largestRecord+1)
	return append(length, make([]byte, largestRecord+1)...)
}

func framed(record any) []byte {
	content, err := json.Marshal(record)
	if err != nil {
		panic(err) // plain data can always be written
	}
	return append(binary.BigEndian.AppendUint32(nil, uint32(len(content))), content...)
}

// greetWith answers the hello by what `compose` gives, then asks for a certificate by a request that is
// none. A server that took the welcome answers that; one that did not closes the connection.
func greetWith(compose func(welcome) []byte) func(context.Context, identity) (fields, error) {
	return func(ctx context.Context, own identity) (fields, error) {
		named, err := nameIn(own.Certificate)
		if err != nil {
			return nil, err
		}
		connection, err := connect(ctx, own, "")
		if err != nil {
			return nil, err
		}
		defer connection.Close()
		peer := &gateway{
			opts: options{version: "reference"}, own: own, name: named, policy: policy{shown: []byte("{}")},
			cluster: &cluster{}, started: time.Now(),
		}
		seen := make(chan fields, 1)
		late := time.AfterFunc(legLimit, func() {
			select {
			case seen <- fields{"leg": "none", "said": "nothing in time"}:
			default:
			}
			_ = connection.Close()
		})
		defer late.Stop()
		handler := http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
			defer connection.Close()
			select {
			case seen <- converse(answer, request, compose(peer.greeting())):
			default: // only the first stream counts
			}
		})
		(&http2.Server{}).ServeConn(connection, &http2.ServeConnOpts{Context: ctx, Handler: handler})
		// The connection may be gone before its handler has told what it saw.
		return <-seen, nil
	}
}

// converse is the control stream of a gateway that sends `greeting`.
func converse(answer http.ResponseWriter, request *http.Request, greeting []byte) fields {
	control := http.NewResponseController(answer)
	answer.WriteHeader(http.StatusOK)
	_ = control.Flush()
	to := flushing{answer, control}
	if _, err := readRecord(request.Body); err != nil {
		return fields{"leg": "hello", "said": err.Error()}
	}
	// What cannot be sent any more was refused already, and the next read says so.
	_, _ = to.Write(greeting)
	_ = writeRecord(to, certificateRequest{Record: "certificate-request", Request: []byte("none")})
	content, err := readRecord(request.Body)
	switch {
	case err == nil:
		kind, _ := kindOf(content, "record")
		return fields{"leg": "none", "said": kind}
	case errors.Is(err, io.EOF):
		return fields{"leg": "welcome", "said": "the stream ended"}
	default:
		return fields{"leg": "welcome", "said": err.Error()}
	}
}
