package main

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

type (
	issued struct {
		Token          string  `json:"token"`
		Grant          grant   `json:"grant"`
		GrantedSeconds int64   `json:"granted_seconds"`
		Verified       *string `json:"verified"`
	}
	grant struct {
		TokenExpiresAt time.Time       `json:"token_expires_at"`
		JTI            *string         `json:"jti"`
		AccountUID     string          `json:"account_uid"`
		Cluster        clusterIdentity `json:"cluster"`
		Objects        []any           `json:"objects"`
	}
	issueFailed struct {
		Error   *clusterError `json:"error"`
		Touched []any         `json:"touched"`
	}
	// clusterIdentity tells one cluster from another where the namespace `kube-system` may not be read.
	clusterIdentity struct {
		Issuer clusterIssuer `json:"issuer"`
	}
	clusterIssuer struct {
		Issuer   string `json:"issuer"`
		CASHA256 string `json:"ca_sha256"`
	}
	// claims is what a token says of itself.
	claims struct {
		Issuer     string  `json:"iss"`
		Expires    int64   `json:"exp"`
		Issued     int64   `json:"iat"`
		JTI        *string `json:"jti"`
		Kubernetes struct {
			Account struct {
				UID string `json:"uid"`
			} `json:"serviceaccount"`
		} `json:"kubernetes.io"`
	}
)

// issue asks for a plain token: one TokenRequest, and whose the token is where somebody wants that verified.
func (g *gateway) issue(ctx context.Context, id string, operation issue) (*issued, *clusterError) {
	wanted := operation.Plan
	made := question{
		call: "create_token", method: "POST", id: id,
		path: accountPath(wanted.Account.Namespace, wanted.Account.Name) + "/token",
		body: map[string]any{
			"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest",
			"spec": map[string]any{"expirationSeconds": wanted.TokenSeconds},
		},
	}
	var answer struct {
		Status struct{ Token string }
	}
	if g.isOther(wanted.Cluster) {
		return nil, g.cluster.failed(made, "prepare", "other_cluster", nil, "never_sent")
	}
	if failed := g.cluster.ask(ctx, made, &answer); failed != nil {
		return nil, failed
	}
	token := answer.Status.Token
	says, err := claimsOf(token)
	if err != nil {
		return nil, g.cluster.failed(made, "answer", "unreadable", map[string]any{"why": err.Error()}, "unknown")
	}
	var verified *string
	if operation.Verify == "ask" {
		who, failed := g.who(ctx, id, token)
		if failed != nil {
			failed.Certainty = "unknown" // whatever went wrong here, the token is there
			return nil, failed
		}
		verified = &who
	}
	return &issued{
		Token: token, GrantedSeconds: says.Expires - says.Issued, Verified: verified,
		Grant: grant{
			TokenExpiresAt: time.Unix(says.Expires, 0).UTC(), JTI: says.JTI, AccountUID: says.Kubernetes.Account.UID,
			Cluster: g.identity(says), Objects: []any{},
		},
	}, nil
}

// who asks the cluster whom it takes the holder of a token for; without one, the gateway itself.
func (g *gateway) who(ctx context.Context, id, token string) (string, *clusterError) {
	var review struct {
		Status struct{ UserInfo struct{ Username string } }
	}
	failed := g.cluster.ask(ctx, question{
		call: "review_self", method: "POST", id: id, token: token, path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
		body: map[string]any{"apiVersion": "authentication.k8s.io/v1", "kind": "SelfSubjectReview"},
	}, &review)
	return review.Status.UserInfo.Username, failed
}

func (g *gateway) identity(says claims) clusterIdentity {
	return clusterIdentity{clusterIssuer{Issuer: says.Issuer, CASHA256: g.cluster.caSHA256}}
}

// isOther says whether a plan is for another cluster than the gateway's own, as far as that can be told by who
// signed the gateway's token.
func (g *gateway) isOther(wanted json.RawMessage) bool {
	var planned struct {
		Issuer *clusterIssuer `json:"issuer"`
	}
	if err := json.Unmarshal(wanted, &planned); err != nil || planned.Issuer == nil {
		return false
	}
	says, err := claimsOf(g.cluster.token)
	return err == nil && says.Issuer != planned.Issuer.Issuer
}

func accountPath(namespace, name string) string {
	return fmt.Sprintf("/api/v1/namespaces/%s/serviceaccounts/%s", namespace, name)
}

// claimsOf reads what a token says. Whether that is so, only the cluster can tell.
func claimsOf(token string) (claims, error) {
	var says claims
	parts := strings.Split(token, ".")
	if len(parts) != 3 {
		return says, errors.New("the token is no JWT")
	}
	content, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return says, fmt.Errorf("the token is no JWT: %w", err)
	}
	return says, json.Unmarshal(content, &says)
}
