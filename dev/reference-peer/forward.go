package main

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// forward passes bytes on to an address that the policy lists. What is said in them is between the
// server and the cluster.
func (g *gateway) forward(answer http.ResponseWriter, request *http.Request) {
	limit, err := deadline(request.Header)
	if err != nil {
		g.refuse(answer, oddHeader(deadlineHeader))
		return
	}
	if !g.policy.mayForward(request.Host, g.cluster.address) {
		g.refuse(answer, refuseAsGateway("policy", "the gateway's own policy (`forward`) does not list "+request.Host))
		return
	}
	dialling, cancel := context.WithTimeout(request.Context(), limit)
	defer cancel()
	upstream, err := (&net.Dialer{}).DialContext(dialling, "tcp", request.Host)
	if err != nil {
		g.refuse(answer, &refusal{Leg: "target", Code: unreached(err), Message: err.Error()})
		return
	}
	defer upstream.Close()
	answer.WriteHeader(http.StatusOK)
	told.tell("forward", fields{"to": request.Host})
	pass(answer, request.Body, upstream)
}

// unreached is the word for what kept us from a target. Time may run out while a name is looked up, too.
func unreached(err error) string {
	var timed interface{ Timeout() bool }
	if errors.Is(err, context.DeadlineExceeded) || (errors.As(err, &timed) && timed.Timeout()) {
		return "timed_out"
	}
	var unknown *net.DNSError
	if errors.As(err, &unknown) {
		return "dns"
	}
	return "connect"
}

// pass copies in both directions. The end of one half is passed on while the other goes on; only the
// target's end is the stream's, because a handler of net/http cannot end its half and go on reading.
func pass(answer http.ResponseWriter, body io.Reader, upstream net.Conn) {
	go func() {
		_, err := io.Copy(upstream, body)
		if half, ok := upstream.(*net.TCPConn); ok && err == nil {
			_ = half.CloseWrite()
			return
		}
		_ = upstream.Close() // what breaks one half breaks both
	}()
	control := http.NewResponseController(answer)
	_ = control.SetWriteDeadline(time.Time{})
	_ = control.Flush()
	_, _ = io.Copy(flushing{answer, control}, upstream)
}

// flushing sends each piece on at once: whoever waits for it sends nothing before.
type flushing struct {
	io.Writer
	control *http.ResponseController
}

func (f flushing) Write(piece []byte) (int, error) {
	written, err := f.Writer.Write(piece)
	if err == nil {
		err = f.control.Flush()
	}
	return written, err
}
