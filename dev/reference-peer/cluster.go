package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strconv"
)

// cluster is the API server that the gateway speaks to with its own account.
type cluster struct {
	url      string
	address  *url.URL
	caSHA256 string
	token    string
	client   *http.Client
}

// clusterError is a call to the cluster that did not do what it was for.
type clusterError struct {
	Server    string      `json:"server"`
	Call      string      `json:"call"`
	Step      string      `json:"step"`
	Kind      failureKind `json:"kind"`
	Certainty string      `json:"certainty"`
	status    int
}

type failureKind struct {
	Kind   string `json:"kind"`
	Detail any    `json:"detail,omitempty"`
}

func openCluster(opts options) (*cluster, error) {
	address, err := url.Parse(opts.clusterURL)
	if err != nil {
		return nil, fmt.Errorf("--cluster-url: %w", err)
	}
	bundle, err := os.ReadFile(opts.clusterCA)
	if err != nil {
		return nil, err
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(bundle) {
		return nil, errors.New("--cluster-ca: holds no certificate")
	}
	token, err := readText(opts.clusterToken)
	if err != nil {
		return nil, err
	}
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}, ForceAttemptHTTP2: true}
	return &cluster{
		url: opts.clusterURL, address: address, caSHA256: bundleDigest(bundle), token: token,
		client: &http.Client{Transport: transport},
	}, nil
}

// bundleDigest is the SHA-256 over those of the certificates, in order.
func bundleDigest(bundle []byte) string {
	var certificates, digests [][]byte
	for block, rest := pem.Decode(bundle); block != nil; block, rest = pem.Decode(rest) {
		certificates = append(certificates, block.Bytes)
	}
	slices.SortFunc(certificates, bytes.Compare)
	for _, certificate := range certificates {
		digest := sha256.Sum256(certificate)
		digests = append(digests, digest[:])
	}
	digest := sha256.Sum256(bytes.Join(digests, nil))
	return hex.EncodeToString(digest[:])
}

// question is one request to the API server.
type question struct {
	call, method, path string
	id                 string // the operation's, which the cluster's audit log joins on
	token              string // in place of the gateway's own
	body               any
}

// ask sends a question and reads the answer. Where the API server may have acted all the same, the
// failure says so.
func (c *cluster) ask(ctx context.Context, asked question, into any) *clusterError {
	content, err := json.Marshal(asked.body)
	if err != nil {
		return c.failed(asked, "prepare", "unreadable", map[string]any{"why": err.Error()}, "never_sent")
	}
	request, err := http.NewRequestWithContext(ctx, asked.method, c.url+asked.path, bytes.NewReader(content))
	if err != nil {
		return c.failed(asked, "prepare", "unreadable", map[string]any{"why": err.Error()}, "never_sent")
	}
	token := asked.token
	if token == "" {
		token = c.token
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Audit-ID", asked.id)
	answer, err := c.client.Do(request)
	if err != nil {
		what := map[string]any{"because": "network", "what": err.Error()}
		return c.failed(asked, "send", "unreachable", what, "unknown")
	}
	defer answer.Body.Close()
	read, err := io.ReadAll(io.LimitReader(answer.Body, largestAnswer))
	if err == nil && answer.StatusCode >= 400 {
		return c.rejected(asked, answer.StatusCode, read)
	}
	if err == nil && answer.StatusCode >= 300 {
		err = fmt.Errorf("it answered %d", answer.StatusCode)
	}
	if err != nil {
		return c.failed(asked, "answer", "unreadable", map[string]any{"why": err.Error()}, "unknown")
	}
	if err := json.Unmarshal(read, into); err != nil {
		return c.failed(asked, "answer", "unreadable", map[string]any{"why": err.Error()}, "unknown")
	}
	return nil
}

// rejected is an answer that is no success: up to 499 the API server did nothing.
func (c *cluster) rejected(asked question, status int, body []byte) *clusterError {
	var said struct{ Reason, Message string }
	_ = json.Unmarshal(body, &said) // an answer without words is told by its number
	kind, certainty := "rejected", "refused"
	detail := map[string]any{"status": status, "reason": said.Reason, "message": said.Message}
	if status >= 500 {
		kind, certainty = "server_failed", "unknown"
		delete(detail, "reason")
	}
	failed := c.failed(asked, "answer", kind, detail, certainty)
	failed.status = status
	return failed
}

func (c *cluster) failed(asked question, step, kind string, detail any, certainty string) *clusterError {
	return &clusterError{Server: c.url, Call: asked.call, Step: step, Kind: failureKind{kind, detail}, Certainty: certainty}
}

func portOf(address *url.URL) string {
	if port := address.Port(); port != "" {
		return port
	}
	return "443"
}

func portText(port uint16) string {
	return strconv.FormatUint(uint64(port), 10)
}
