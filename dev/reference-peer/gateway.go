package main

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// gateway answers one tunnel.
type gateway struct {
	opts    options
	own     identity
	name    name
	policy  policy
	cluster *cluster
	started time.Time
	hangUp  func()          // closes the connection
	signal  <-chan struct{} // closed when the process is told to stop

	greeted  atomic.Bool
	opened   atomic.Bool
	goes     chan struct{} // closed once the server has said that it goes away
	going    sync.Once
	refused  atomic.Uint64
	stopping sync.Once
	stopped  chan struct{} // closed once the server knows that we stop

	mutex   sync.Mutex
	answers map[string]*kept // by the operation's id
}

func (g *gateway) isDrained() bool {
	select {
	case <-g.goes:
		return true
	default:
		return false
	}
}

// kept is what came of an operation, for whoever asks again by the same id.
type kept struct {
	once    sync.Once
	answer  []byte
	refusal *refusal
}

// refusal is the answer that something is not done.
type refusal struct {
	Leg          string `json:"leg"`
	Code         string `json:"code"`
	Message      string `json:"message"`
	RetryAfterMS *int64 `json:"retryAfterMs,omitempty"`
	MayHaveActed bool   `json:"mayHaveActed,omitempty"`
}

func refuseAsGateway(code, message string) *refusal {
	return &refusal{Leg: "gateway", Code: code, Message: message}
}

// ServeHTTP takes each stream that the server opens.
func (g *gateway) ServeHTTP(answer http.ResponseWriter, request *http.Request) {
	switch {
	case !g.greeted.Load() && request.URL.Path != controlPath:
		// Nothing is answered before both ends said who they are.
		g.hangUp()
	case request.Method == http.MethodPost && request.URL.Path == controlPath && g.opened.CompareAndSwap(false, true):
		g.control(answer, request)
	case request.Method == http.MethodConnect:
		g.forward(answer, request)
	case request.Method == http.MethodPost:
		g.operation(answer, request)
	default:
		g.refuse(answer, refuseAsGateway("not_known", "only `POST` and `CONNECT` are answered"))
	}
}

// refuse answers with 403, or with 503 where trying again may help.
func (g *gateway) refuse(answer http.ResponseWriter, why *refusal) {
	g.refused.Add(1)
	told.tell("refused", fields{"leg": why.Leg, "code": why.Code, "message": why.Message})
	code := http.StatusForbidden
	if why.RetryAfterMS != nil {
		code = http.StatusServiceUnavailable
	}
	content, _ := json.Marshal(why) // texts and numbers can always be written
	answer.WriteHeader(code)
	_, _ = answer.Write(content)
}

// operation reads one operation, does it once for each id, and answers.
func (g *gateway) operation(answer http.ResponseWriter, request *http.Request) {
	name, found := strings.CutPrefix(request.URL.Path, operationsPath)
	if !found {
		g.refuse(answer, refuseAsGateway("not_known", "there is nothing at this path"))
		return
	}
	asked, why := readHeaders(request.Header)
	if why != nil {
		g.refuse(answer, why)
		return
	}
	// On HTTP/2, which is all that a tunnel has, it can always be set.
	_ = http.NewResponseController(answer).SetReadDeadline(time.Now().Add(asked.limit))
	body, err := io.ReadAll(io.LimitReader(request.Body, largestRequest+1))
	if errors.Is(err, os.ErrDeadlineExceeded) {
		g.refuse(answer, refuseAsGateway("timed_out", "the operation did not come in time"))
		return
	}
	if err != nil {
		return // the stream broke, and nobody reads an answer
	}
	if len(body) > largestRequest {
		g.refuse(answer, refuseAsGateway("too_long", "the operation is too long"))
		return
	}
	asked.name, asked.body = name, body
	done := g.doneOnce(request.Context(), asked)
	if done.refusal != nil {
		g.refuse(answer, done.refusal)
		return
	}
	told.tell("operation", fields{"name": name, "attempt": asked.attempt, "lease": asked.lease})
	_, _ = answer.Write(done.answer)
}
