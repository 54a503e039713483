package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// greeted is a gateway that both ends know already, before an API server that is nowhere.
func greeted() *gateway {
	own := &gateway{
		policy:  policy{Forward: forwardPolicy{Enabled: true}, Static: staticPolicy{Accounts: []account{{Namespace: "team", Name: "a"}}}},
		cluster: &cluster{address: &url.URL{Scheme: "https", Host: "127.0.0.1:1"}, client: http.DefaultClient},
		answers: map[string]*kept{}, goes: make(chan struct{}),
	}
	own.greeted.Store(true)
	own.opened.Store(true)
	return own
}

func refusalOf(t *testing.T, method, target, body string, headers ...string) refusal {
	t.Helper()
	request := httptest.NewRequest(method, target, strings.NewReader(body))
	for index := 0; index < len(headers); index += 2 {
		request.Header.Set(headers[index], headers[index+1])
	}
	recorder := httptest.NewRecorder()
	greeted().ServeHTTP(recorder, request)
	var told refusal
	if err := json.Unmarshal(recorder.Body.Bytes(), &told); err != nil || recorder.Code != http.StatusForbidden {
		t.Fatalf("%d %s: %v", recorder.Code, recorder.Body, err)
	}
	return told
}

func TestHeadersThatAreMissingOrOddAreRefused(t *testing.T) {
	id, first, soon := []string{operationHeader, newID()}, []string{attemptHeader, "1"}, []string{deadlineHeader, "5000"}
	with := func(parts ...[]string) (joined []string) {
		for _, part := range parts {
			joined = append(joined, part...)
		}
		return joined
	}
	path := operationsPath + "probe"
	for what, told := range map[string]refusal{
		"no id":                 refusalOf(t, "POST", path, "{}", with(first, soon)...),
		"no attempt":            refusalOf(t, "POST", path, "{}", with(id, soon)...),
		"attempt 0":             refusalOf(t, "POST", path, "{}", with(id, soon, []string{attemptHeader, "0"})...),
		"no deadline":           refusalOf(t, "POST", path, "{}", with(id, first)...),
		"odd deadline":          refusalOf(t, "POST", path, "{}", with(id, first, []string{deadlineHeader, "-1"})...),
		"stream, no deadline":   refusalOf(t, "CONNECT", "127.0.0.1:1", ""),
		"stream, odd deadline":  refusalOf(t, "CONNECT", "127.0.0.1:1", "", deadlineHeader, "soon"),
		"stream, and elsewhere": refusalOf(t, "CONNECT", "192.0.2.1:443", ""),
	} {
		if told.Leg != "gateway" || told.Code != "bad_request" {
			t.Errorf("%s: %+v", what, told)
		}
	}
}

func TestTargetsThatAreNotReachedAreToldApart(t *testing.T) {
	if told := refusalOf(t, "CONNECT", "127.0.0.1:1", "", deadlineHeader, "5000"); told.Leg != "target" || told.Code != "connect" {
		t.Errorf("nobody listens: %+v", told)
	}
	if told := refusalOf(t, "CONNECT", "127.0.0.1:1", "", deadlineHeader, "0"); told.Leg != "target" || told.Code != "timed_out" {
		t.Errorf("no time: %+v", told)
	}
	for code, err := range map[string]error{
		"dns":       &net.OpError{Op: "dial", Err: &net.DNSError{Err: "no such host", IsNotFound: true}},
		"timed_out": &net.OpError{Op: "dial", Err: &net.DNSError{Err: "i/o timeout", IsTimeout: true}},
		"connect":   &net.OpError{Op: "dial", Err: errors.New("connection refused")},
	} {
		if found := unreached(err); found != code {
			t.Errorf("%v is `%s`", err, found)
		}
	}
}

func TestOperationThatDoesNotComeInTimeIsRefused(t *testing.T) {
	server := httptest.NewUnstartedServer(greeted())
	server.EnableHTTP2 = true
	server.StartTLS()
	defer server.Close()
	body, write := io.Pipe()
	defer write.Close()
	request, err := http.NewRequest(http.MethodPost, server.URL+operationsPath+"probe", body)
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{operationHeader: newID(), attemptHeader: "1", deadlineHeader: "50"} {
		request.Header.Set(name, value)
	}
	answer, err := server.Client().Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var told refusal
	if err := json.NewDecoder(answer.Body).Decode(&told); err != nil || told.Leg != "gateway" || told.Code != "timed_out" {
		t.Errorf("%+v, %v", told, err)
	}
}

// issueOf takes how the token is verified, and what more there is.
const issueOf = `{"target": null, "verify": %s, "plan": {"lease": "l", "account": {"kind": "existing", "namespace": "team", "name": "a"},
	"audiences": [], "token_seconds": 600, "cluster": null}%s}`

func TestFieldsThatAreNotKnownAreRefusedUnlessTheyAreNull(t *testing.T) {
	for more, isTaken := range map[string]bool{`, "onlyOnMondays": null`: true, `, "onlyOnMondays": false`: false, `} {`: false} {
		var read issue
		if err := decodeDocument(fmt.Appendf(nil, issueOf, `"ask"`, more), &read); (err == nil) != isTaken {
			t.Errorf("`%s`: %v", more, err)
		}
	}
	headers := []string{operationHeader, newID(), attemptHeader, "1", deadlineHeader, "5000"}
	for _, verify := range []string{`"perhaps"`, "null"} {
		told := refusalOf(t, "POST", operationsPath+"issue", fmt.Sprintf(issueOf, verify, ""), headers...)
		if told.Code != "not_understood" {
			t.Errorf("%s: %+v", verify, told)
		}
	}
}

func TestTokenIsVerifiedWhereThatIsAskedForAndMadeInTheOwnClusterAlone(t *testing.T) {
	token := "e30." + base64.RawURLEncoding.EncodeToString([]byte(`{"iss":"https://own","exp":2000000000,"iat":1999999400}`)) + ".e30"
	var asked []string
	api := httptest.NewServer(http.HandlerFunc(func(answer http.ResponseWriter, request *http.Request) {
		asked = append(asked, request.URL.Path)
		fmt.Fprintf(answer, `{"status": {"token": %q, "userInfo": {"username": "a"}}}`, token)
	}))
	defer api.Close()
	own := greeted()
	own.cluster.url, own.cluster.token = api.URL, token
	for _, wanted := range []struct {
		verify, cluster, verified, refused string
		calls                              int
	}{
		{"skip", "null", "", "", 1},
		{"ask", `{"issuer": {"issuer": "https://own", "ca_sha256": ""}}`, "a", "", 2},
		{"ask", `{"issuer": {"issuer": "https://other", "ca_sha256": ""}}`, "", "other_cluster", 0},
	} {
		asked = nil
		operation := issue{Verify: wanted.verify, Plan: plan{Cluster: json.RawMessage(wanted.cluster)}}
		issued, failed := own.issue(context.Background(), newID(), operation)
		switch {
		case len(asked) != wanted.calls:
			t.Errorf("%+v: asked %v", wanted, asked)
		case wanted.refused != "":
			if failed == nil || failed.Kind.Kind != wanted.refused || failed.Certainty != "never_sent" {
				t.Errorf("%+v: %+v", wanted, failed)
			}
		case failed != nil || (issued.Verified != nil) != (wanted.verified != ""):
			t.Errorf("%+v: %+v", wanted, issued)
		}
	}
}
