package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// control is the stream that is open as long as the tunnel is: its end is the connection's.
func (g *gateway) control(answer http.ResponseWriter, request *http.Request) {
	defer g.hangUp()
	answer.WriteHeader(http.StatusOK)
	control := http.NewResponseController(answer)
	_ = control.Flush()
	// Records come from the loop below and from the signal; a record is written as one.
	to := &exclusive{to: flushing{answer, control}}
	if err := g.greet(to, request.Body); err != nil {
		told.tell("ended", fields{"why": err.Error()})
		return
	}
	ended := make(chan struct{})
	var telling sync.WaitGroup
	// Nothing may be written once the handler has returned.
	defer telling.Wait()
	defer close(ended)
	telling.Go(func() { g.tellThatItStops(to, ended) })
	for {
		content, err := readRecord(request.Body)
		if err == nil {
			err = g.take(to, content)
		}
		if err != nil {
			told.tell("ended", fields{"why": err.Error()})
			return
		}
	}
}

// greet hears who the server is and says who we are.
func (g *gateway) greet(to io.Writer, from io.Reader) error {
	content, err := readRecord(from)
	if err != nil {
		return fmt.Errorf("wait for the hello: %w", err)
	}
	first, err := fromServer(content)
	if err != nil {
		return fmt.Errorf("the hello: %w", err)
	}
	switch first := first.(type) {
	case *hello:
		told.tell("hello", fields{"installation": first.Installation, "replicas": first.Replicas})
	case *refused:
		told.tell("refused", fields{"leg": "hello", "code": first.Code})
		return errors.New(first.Message)
	default:
		return errors.New("the server did not say who it is")
	}
	// Before it is sent: whoever reads it may ask at once.
	g.greeted.Store(true)
	if err := writeRecord(to, g.greeting()); err != nil {
		return err
	}
	told.tell("welcome", fields{"gateway": g.name.gateway, "instance": g.name.instance})
	if g.opts.renew {
		if err := g.askForNext(to); err != nil {
			return err
		}
	}
	return writeRecord(to, g.status())
}

func (g *gateway) status() status {
	return status{Record: "status", Refused: g.refused.Load()}
}

// take does what a record of the server is for.
func (g *gateway) take(to io.Writer, content []byte) error {
	record, err := fromServer(content)
	if err != nil {
		return fmt.Errorf("a record: %w", err)
	}
	switch record := record.(type) {
	case *drain:
		// The server closes the tunnel itself, once nobody needs it; until then everything is answered.
		g.going.Do(func() { close(g.goes) })
		told.tell("drain", fields{"reason": record.Reason})
	case *certificateIssued:
		return g.renewed(record)
	case *certificateRefused:
		told.tell("not-renewed", fields{"reason": record.Reason})
	case *sealKeys:
		told.tell("seal-keys", fields{"keys": len(record.Keys)})
	case *servers:
		told.tell("servers", fields{"replicas": record.Replicas})
	default:
		return errors.New("a record that only comes first came later")
	}
	return nil
}

// askForNext asks for a certificate for a new key, which is kept first: another one at the next try
// would look like a thief's.
func (g *gateway) askForNext(to io.Writer) error {
	if g.own.NextKey == nil {
		next, err := newKey("ed25519")
		if err != nil {
			return err
		}
		g.own.NextKey = next
		if err := g.own.save(g.opts.state); err != nil {
			return err
		}
	}
	request, err := requestFor(g.own.NextKey)
	if err != nil {
		return err
	}
	return writeRecord(to, certificateRequest{Record: "certificate-request", Request: request})
}

func (g *gateway) renewed(answer *certificateIssued) error {
	named, err := nameIn(answer.Certificate)
	if err != nil {
		return err
	}
	if named.gateway != g.name.gateway || named.instance != g.name.instance || g.own.NextKey == nil {
		return errors.New("the server's certificate is for somebody else")
	}
	g.own.Key, g.own.NextKey = g.own.NextKey, nil
	g.own.Certificate, g.own.Authorities = answer.Certificate, answer.Authorities
	told.tell("renewed", fields{"generation": named.generation, "before": g.name.generation})
	g.name = named
	return g.own.save(g.opts.state)
}

// tellThatItStops waits for the signal. The server asks nothing new then, and closes when it has its
// answers.
func (g *gateway) tellThatItStops(to io.Writer, ended <-chan struct{}) {
	defer g.stopping.Do(func() { close(g.stopped) })
	select {
	case <-ended:
	case <-g.signal:
		if err := writeRecord(to, drain{Record: "drain", Reason: "the reference peer stops"}); err == nil {
			told.tell("draining", nil)
			<-ended
		}
	}
}

// exclusive lets one writer in at a time.
type exclusive struct {
	mutex sync.Mutex
	to    io.Writer
}

func (e *exclusive) Write(piece []byte) (int, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return e.to.Write(piece)
}
