package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/coder/websocket"
)

// host is the server's end, for one gateway.
type host struct {
	authority *authority
	text      enrolmentText
	opts      options
	done      chan error
}

func serveCommand(ctx context.Context, arguments []string) error {
	var opts options
	flags := flagsOf("serve", &opts)
	flags.StringVar(&opts.enrolment, "enrolment", "", "`file` that the text for the gateway is written into")
	flags.StringVar(&opts.misdeed, "how", "none", "`which` rule is broken: none, unknown-field or too-long")
	if err := parse(flags, arguments, "enrolment"); err != nil {
		return err
	}
	authority, err := newAuthority()
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	text := enrolmentText{
		Server: "http://" + listener.Addr().String(), Gateway: newID(), Authority: pinOf(authority.certificate.Raw), Token: newID(),
	}
	if err := os.WriteFile(opts.enrolment, []byte(text.String()), 0o600); err != nil {
		return err
	}
	own := &host{authority: authority, text: text, opts: opts, done: make(chan error, 1)}
	server := &http.Server{Handler: own, ReadHeaderTimeout: legLimit}
	go func() { _ = server.Serve(listener) }()
	defer server.Close()
	told.tell("listening", fields{"server": text.Server, "gateway": text.Gateway})
	select {
	case err := <-own.done:
		return err
	case <-ctx.Done():
		return nil
	}
}

// ServeHTTP switches to a WebSocket, where one is asked for with the sub-protocol of its path.
func (h *host) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	known := map[string]struct {
		subprotocol string
		serve       func(context.Context, net.Conn) error
	}{
		tunnelPath:    {tunnelSubprotocol, h.tunnel},
		enrolmentPath: {enrolmentSubprotocol, h.enrol},
	}
	wanted, found := known[request.URL.Path]
	if !found {
		http.NotFound(answer, request)
		return
	}
	offered := strings.Split(strings.ReplaceAll(request.Header.Get("Sec-WebSocket-Protocol"), " ", ""), ",")
	if !slices.Contains(offered, wanted.subprotocol) {
		http.Error(answer, "the sub-protocol of this path was not asked for", http.StatusUpgradeRequired)
		return
	}
	socket, err := websocket.Accept(answer, request, &websocket.AcceptOptions{
		Subprotocols: []string{wanted.subprotocol}, CompressionMode: websocket.CompressionDisabled,
	})
	if err != nil {
		return // it was answered
	}
	defer socket.CloseNow()
	if err := wanted.serve(request.Context(), stream(request.Context(), socket)); err != nil {
		told.tell("failed", fields{"path": request.URL.Path, "why": err.Error()})
	}
}

// accept sets up the inner TLS as its server.
func (h *host) accept(ctx context.Context, carrier net.Conn, protocol string) (*tls.Conn, error) {
	shown, err := h.authority.shown()
	if err != nil {
		return nil, err
	}
	config := innerTLS(protocol)
	config.Certificates = []tls.Certificate{shown}
	if protocol == tunnelALPN {
		config.ClientAuth, config.ClientCAs = tls.RequireAndVerifyClientCert, x509.NewCertPool()
		config.ClientCAs.AddCert(h.authority.certificate)
	}
	connection := tls.Server(carrier, config)
	shaking, cancel := context.WithTimeout(ctx, legLimit)
	defer cancel()
	if err := connection.HandshakeContext(shaking); err != nil {
		return nil, err
	}
	// Without any protocol of the other end's the library goes on.
	if connection.ConnectionState().NegotiatedProtocol != protocol {
		return nil, errors.New("the gateway speaks another protocol")
	}
	return connection, nil
}

// enrol answers one request for a first certificate.
func (h *host) enrol(ctx context.Context, carrier net.Conn) error {
	began := time.Now()
	connection, err := h.accept(ctx, carrier, enrolmentALPN)
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetDeadline(began.Add(legLimit))
	content, err := readRecord(connection)
	if err != nil {
		return err
	}
	var request enrolmentRequest
	if err := decode(content, &request); err != nil {
		return err
	}
	if request.Gateway != h.text.Gateway || request.Proof != (proof{Method: "token", Token: h.text.Token}) {
		return writeRecord(connection, enrolmentRefused{"refused", "bad_token", "the token is not for this gateway"})
	}
	certificate, err := h.authority.signGateway(request.Request, request.Gateway, request.Instance, 1)
	if err != nil {
		return writeRecord(connection, enrolmentRefused{"refused", "bad_request", err.Error()})
	}
	told.tell("enrolled", fields{"instance": request.Instance, "version": request.Version})
	return writeRecord(connection, enrolled{"enrolled", certificate, [][]byte{h.authority.certificate.Raw}})
}
