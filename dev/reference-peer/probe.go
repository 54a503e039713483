package main

import (
	"context"
	"fmt"
	"net/http"
	"time"
)

type (
	probeReport struct {
		Version             *string         `json:"version"`
		Who                 string          `json:"who"`
		Cluster             clusterIdentity `json:"cluster"`
		Rights              []checkedRight  `json:"rights"`
		Trials              []failedTrial   `json:"trials"`
		Account             accountState    `json:"account"`
		Roles               []any           `json:"roles"`
		CredentialExpiresAt *time.Time      `json:"credential_expires_at"`
	}
	checkedRight struct {
		Right  right  `json:"right"`
		Need   string `json:"need"`
		IsHeld bool   `json:"is_held"`
	}
	right struct {
		Verb      string  `json:"verb"`
		Resource  string  `json:"resource"`
		Group     string  `json:"group"`
		Namespace *string `json:"namespace"`
		Name      *string `json:"name"`
	}
	failedTrial struct {
		Object string `json:"object"`
		Kind   string `json:"kind"`
		Why    string `json:"why"`
	}
	accountState struct {
		State string `json:"state"`
		UID   string `json:"uid,omitempty"`
	}
)

// probe looks whether the way to the cluster works, and what the gateway's account may do there. What
// the policy has against a sample is told as a trial that failed.
func (g *gateway) probe(ctx context.Context, id string, wanted probe) (*probeReport, *clusterError) {
	report := &probeReport{Rights: []checkedRight{}, Trials: []failedTrial{}, Roles: []any{}, Account: accountState{State: "not_asked"}}
	var version struct{ GitVersion string }
	failed := g.cluster.ask(ctx, question{call: "read_version", method: "GET", path: "/version", id: id}, &version)
	if failed != nil {
		return nil, failed
	}
	report.Version = &version.GitVersion
	if report.Who, failed = g.who(ctx, id, ""); failed != nil {
		return nil, failed
	}
	if says, err := claimsOf(g.cluster.token); err == nil {
		expires := time.Unix(says.Expires, 0).UTC()
		report.CredentialExpiresAt, report.Cluster = &expires, g.identity(says)
	}
	for index, sample := range wanted.Samples {
		report.Trials = append(report.Trials, g.trials(sample)...)
		held, failed := g.mayMakeTokens(ctx, id, sample.Account)
		if failed != nil {
			return nil, failed
		}
		report.Rights = append(report.Rights, held)
		if index == 0 {
			report.Account = g.look(ctx, id, sample.Account)
		}
	}
	return report, nil
}

// trials are what the policy has against a sample, by the object that it is about.
func (g *gateway) trials(sample plan) []failedTrial {
	var failed []failedTrial
	if sample.Belongings != nil {
		for _, object := range sample.Belongings.Objects {
			why := "the gateway's own policy (`static.anchors`) allows no Secrets to bind tokens to"
			failed = append(failed, failedTrial{fmt.Sprintf("%s %s", object.Kind, object.Name), object.Kind, why})
		}
		sample.Belongings = nil
	}
	if why := g.beyondPolicy(sample); why != "" {
		object := fmt.Sprintf("ServiceAccount %s/%s", sample.Account.Namespace, sample.Account.Name)
		failed = append(failed, failedTrial{object, "ServiceAccount", why})
	}
	return failed
}

// mayMakeTokens asks for the one right that issuing fails without.
func (g *gateway) mayMakeTokens(ctx context.Context, id string, of planAccount) (checkedRight, *clusterError) {
	var review struct {
		Status struct{ Allowed bool }
	}
	failed := g.cluster.ask(ctx, question{
		call: "review_access", method: "POST", id: id, path: "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews",
		body: map[string]any{
			"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
			"spec": map[string]any{"resourceAttributes": map[string]any{
				"verb": "create", "resource": "serviceaccounts", "subresource": "token", "namespace": of.Namespace, "name": of.Name,
			}},
		},
	}, &review)
	asked := right{Verb: "create", Resource: "serviceaccounts/token", Namespace: &of.Namespace, Name: &of.Name}
	return checkedRight{asked, "required", review.Status.Allowed}, failed
}

// look says whether the account is there, as far as the gateway may look.
func (g *gateway) look(ctx context.Context, id string, of planAccount) accountState {
	var found struct{ Metadata struct{ UID string } }
	asked := question{call: "read_account", method: "GET", id: id, path: accountPath(of.Namespace, of.Name)}
	failed := g.cluster.ask(ctx, asked, &found)
	switch {
	case failed == nil:
		return accountState{"present", found.Metadata.UID}
	case failed.status == http.StatusNotFound:
		return accountState{State: "missing"}
	default:
		return accountState{State: "unknown"}
	}
}
