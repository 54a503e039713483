package main

import (
	"net/url"
	"testing"
)

func TestPolicyAllowsWhatItListsAndNothingElse(t *testing.T) {
	own := &url.URL{Scheme: "https", Host: "api.internal"}
	parsed, err := parsePolicy([]byte(`{ "static": {"accounts": [{"namespace": "team", "name": "deployer"}]},
		"forward": {"enabled": true, "targets": [{"host": "10.0.0.1", "port": 6443}]} }`))
	if err != nil {
		t.Fatal(err)
	}
	if !parsed.mayIssue(account{Namespace: "team", Name: "deployer"}) || parsed.mayIssue(account{Namespace: "team", Name: "admin"}) {
		t.Error("accounts are judged wrongly")
	}
	if !parsed.mayForward("10.0.0.1:6443", own) || parsed.mayForward("10.0.0.1:443", own) || parsed.mayForward("api.internal:443", own) {
		t.Error("targets are judged wrongly")
	}
	unlisted := policy{Forward: forwardPolicy{Enabled: true}}
	if !unlisted.mayForward("api.internal:443", own) || unlisted.mayForward("10.0.0.1:443", own) {
		t.Error("without a list it is the own API server alone")
	}
	if (policy{}).mayForward("api.internal:443", own) {
		t.Error("forwards although that is off")
	}
	if _, err := parsePolicy([]byte(`{"statics": {}}`)); err == nil {
		t.Error("a policy that is not understood was taken")
	}
}
