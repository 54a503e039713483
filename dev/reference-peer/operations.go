package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// asked is one operation as its headers and its body say it.
type asked struct {
	id      string
	name    string
	attempt int
	lease   string
	limit   time.Duration
	body    []byte
}

func readHeaders(headers http.Header) (asked, *refusal) {
	id := headers.Get(operationHeader)
	if id == "" {
		return asked{}, oddHeader(operationHeader)
	}
	attempt, err := strconv.Atoi(headers.Get(attemptHeader))
	if err != nil || attempt < 1 {
		return asked{}, oddHeader(attemptHeader)
	}
	limit, err := deadline(headers)
	if err != nil {
		return asked{}, oddHeader(deadlineHeader)
	}
	return asked{id: id, attempt: attempt, lease: headers.Get(leaseHeader), limit: limit}, nil
}

func oddHeader(name string) *refusal {
	return refuseAsGateway("bad_request", fmt.Sprintf("the header `%s` is missing or odd", name))
}

func deadline(headers http.Header) (time.Duration, error) {
	milliseconds, err := strconv.ParseUint(headers.Get(deadlineHeader), 10, 32)
	return time.Duration(milliseconds) * time.Millisecond, err
}

// doneOnce does what is asked, or gives what came of it when it was asked before. What changes something
// goes on when the connection breaks: whoever asked may come again by another one.
func (g *gateway) doneOnce(ctx context.Context, wanted asked) *kept {
	g.mutex.Lock()
	found, ok := g.answers[wanted.id]
	if !ok {
		found = &kept{}
		g.answers[wanted.id] = found
	}
	g.mutex.Unlock()
	found.once.Do(func() {
		limited, cancel := context.WithTimeout(context.WithoutCancel(ctx), wanted.limit)
		defer cancel()
		found.answer, found.refusal = g.do(limited, wanted)
	})
	return found
}

// do is the list of operations that this gateway knows.
func (g *gateway) do(ctx context.Context, wanted asked) ([]byte, *refusal) {
	switch wanted.name {
	case "probe":
		var operation probe
		if err := decodeDocument(wanted.body, &operation); err != nil {
			return nil, notUnderstood(err)
		}
		report, failed := g.probe(ctx, wanted.id, operation)
		return outcome(report, failed)
	case "issue":
		var operation issue
		if err := decodeDocument(wanted.body, &operation); err != nil {
			return nil, notUnderstood(err)
		}
		if operation.Verify != "ask" && operation.Verify != "skip" {
			return nil, notUnderstood(fmt.Errorf("`verify` is `ask` or `skip`, not `%s`", operation.Verify))
		}
		if why := g.beyondPolicy(operation.Plan); why != "" {
			return nil, refuseAsGateway("policy", why)
		}
		g.holdBack(ctx)
		issued, failed := g.issue(ctx, wanted.id, operation)
		if failed != nil {
			return outcome(nil, issueFailed{Error: failed, Touched: []any{}})
		}
		return outcome(issued, nil)
	default:
		return nil, refuseAsGateway("not_known", fmt.Sprintf("this gateway does not know the operation `%s`", wanted.name))
	}
}

// holdBack waits until the server goes away, where that is wanted: it has to wait for what it asked.
func (g *gateway) holdBack(ctx context.Context) {
	if !g.opts.hold {
		return
	}
	told.tell("holding", nil)
	select {
	case <-g.goes:
	case <-ctx.Done():
	}
}

func notUnderstood(err error) *refusal {
	return refuseAsGateway("not_understood", fmt.Sprintf("the operation cannot be read: %v", err))
}

// outcome is the answer of an operation that was carried out: what came of it, or what the cluster did.
func outcome(good, bad any) ([]byte, *refusal) {
	wrapped := map[string]any{"Ok": good}
	if !isNothing(bad) {
		wrapped = map[string]any{"Err": bad}
	}
	content, err := json.Marshal(wrapped)
	if err != nil || len(content) > largestAnswer {
		return nil, &refusal{Leg: "gateway", Code: "too_long", Message: "the answer is too long", MayHaveActed: true}
	}
	return content, nil
}

// isNothing sees a pointer without a value as well: an error of ours is one.
func isNothing(value any) bool {
	failed, ok := value.(*clusterError)
	return value == nil || (ok && failed == nil)
}
