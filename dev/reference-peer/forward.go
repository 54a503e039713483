package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"time"
)

// forward passes bytes on to an address that the policy lists. What is said in them is between the
// server and the cluster.
func (g *gateway) forward(answer http.ResponseWriter, request *http.Request) {
	if !g.policy.mayForward(request.Host, g.cluster.address) {
		g.refuse(answer, refuseAsGateway("policy", "the gateway's own policy (`forward`) does not list "+request.Host))
		return
	}
	limit, err := deadline(request.Header)
	if err != nil {
		limit = 0
	}
	dialling, cancel := context.WithTimeout(request.Context(), limit)
	defer cancel()
	upstream, err := (&net.Dialer{}).DialContext(dialling, "tcp", request.Host)
	if err != nil {
		g.refuse(answer, &refusal{Leg: "target", Code: "connect", Message: err.Error()})
		return
	}
	defer upstream.Close()
	answer.WriteHeader(http.StatusOK)
	told.tell("forward", fields{"to": request.Host})
	pass(answer, request.Body, upstream)
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
