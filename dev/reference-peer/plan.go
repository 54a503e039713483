package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// Of the documents of operations: what this gateway does, and, of the rest, the names, so that a field
// that nobody knows is told from one that is not for this gateway.
type (
	probe struct {
		Target      *struct{} `json:"target"`
		Samples     []plan    `json:"samples"`
		ClusterRole *string   `json:"cluster_role"`
	}
	issue struct {
		Target *struct{} `json:"target"`
		Plan   plan      `json:"plan"`
		Verify string    `json:"verify"`
	}
	plan struct {
		Lease                  string          `json:"lease"`
		Account                planAccount     `json:"account"`
		Audiences              []string        `json:"audiences"`
		TokenSeconds           int64           `json:"token_seconds"`
		Cluster                json.RawMessage `json:"cluster"`
		Belongings             *belongings     `json:"belongings"`
		NamespaceSelector      json.RawMessage `json:"namespace_selector"`
		ExpectedRules          json.RawMessage `json:"expected_rules"`
		RefusesEscalatingRoles bool            `json:"refuses_escalating_roles"`
	}
	planAccount struct {
		Kind      string          `json:"kind"`
		Namespace string          `json:"namespace"`
		Name      string          `json:"name"`
		Access    json.RawMessage `json:"access"`
	}
	belongings struct {
		Installation string            `json:"installation"`
		ExpiresAt    time.Time         `json:"expires_at"`
		Labels       map[string]string `json:"labels"`
		Annotations  map[string]string `json:"annotations"`
		Objects      []planned         `json:"objects"`
	}
	planned struct {
		Kind      string  `json:"kind"`
		Namespace *string `json:"namespace"`
		Name      string  `json:"name"`
		Seal      string  `json:"seal"`
	}
)

// beyondPolicy says why a plan is not carried out here; nothing where it is. What a plan asks of the role
// of a temporary account says nothing about one that exists.
func (g *gateway) beyondPolicy(wanted plan) string {
	switch {
	case wanted.Account.Kind != "existing":
		return "the gateway's own policy (`dynamic`) allows no temporary accounts"
	case !g.policy.mayIssue(account{Namespace: wanted.Account.Namespace, Name: wanted.Account.Name}):
		return fmt.Sprintf("the gateway's own policy (`static.accounts`) does not list %s/%s",
			wanted.Account.Namespace, wanted.Account.Name)
	case wanted.Belongings != nil:
		return "the gateway's own policy (`static.anchors`) allows no Secrets to bind tokens to"
	case len(wanted.Audiences) > 0:
		return "the gateway's own policy (`audiences`) allows none but the API server's own"
	case is(wanted.NamespaceSelector):
		return "this gateway looks at no labels"
	default:
		return ""
	}
}

func is(value json.RawMessage) bool {
	return len(value) > 0 && string(value) != "null"
}
