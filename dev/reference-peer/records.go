package main

import (
	"encoding/json"
	"fmt"
	"time"
)

// What a server tells.
type (
	hello struct {
		Record       string    `json:"record"`
		Installation string    `json:"installation"`
		Replica      string    `json:"replica"`
		Replicas     uint32    `json:"replicas"`
		Version      string    `json:"version"`
		Features     []string  `json:"features"`
		Clock        time.Time `json:"clock"`
		SealKeys     []sealKey `json:"sealKeys,omitempty"`
	}
	sealKey struct {
		ID  string `json:"id"`
		Key []byte `json:"key"`
	}
	refused struct {
		Record  string `json:"record"`
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	sealKeys struct {
		Record string    `json:"record"`
		Keys   []sealKey `json:"keys"`
	}
	servers struct {
		Record   string `json:"record"`
		Replicas uint32 `json:"replicas"`
	}
	certificateIssued struct {
		Record      string   `json:"record"`
		Certificate []byte   `json:"certificate"`
		Authorities [][]byte `json:"authorities"`
	}
	certificateRefused struct {
		Record string `json:"record"`
		Reason string `json:"reason"`
	}
	// drain is told by both ends.
	drain struct {
		Record string `json:"record"`
		Reason string `json:"reason"`
	}
)

// What a gateway tells.
type (
	welcome struct {
		Record       string          `json:"record"`
		Gateway      string          `json:"gateway"`
		Instance     string          `json:"instance"`
		Epoch        epoch           `json:"epoch"`
		Version      string          `json:"version"`
		Features     []string        `json:"features"`
		Policy       json.RawMessage `json:"policy"`
		PolicyDigest string          `json:"policyDigest"`
		APIServer    *string         `json:"apiServer"`
		Clock        time.Time       `json:"clock"`
	}
	epoch struct {
		Started    time.Time `json:"started"`
		Connection uint64    `json:"connection"`
	}
	status struct {
		Record             string  `json:"record"`
		Refused            uint64  `json:"refused"`
		Proxy              *string `json:"proxy"`
		ClosedAtAgeSeconds *uint64 `json:"closedAtAgeSeconds"`
	}
	certificateRequest struct {
		Record  string `json:"record"`
		Request []byte `json:"request"`
	}
	policyChanged struct {
		Record       string          `json:"record"`
		Policy       json.RawMessage `json:"policy"`
		PolicyDigest string          `json:"policyDigest"`
	}
)

// fromServer reads a record of a server as what its word says that it is.
func fromServer(content []byte) (any, error) {
	return asOneOf(content, "record", map[string]any{
		"hello":               &hello{},
		"refused":             &refused{},
		"seal-keys":           &sealKeys{},
		"servers":             &servers{},
		"certificate-issued":  &certificateIssued{},
		"certificate-refused": &certificateRefused{},
		"drain":               &drain{},
	})
}

// fromGateway reads a record of a gateway.
func fromGateway(content []byte) (any, error) {
	return asOneOf(content, "record", map[string]any{
		"welcome":             &welcome{},
		"status":              &status{},
		"certificate-request": &certificateRequest{},
		"policy-changed":      &policyChanged{},
		"drain":               &drain{},
	})
}

func asOneOf(content []byte, name string, kinds map[string]any) (any, error) {
	kind, err := kindOf(content, name)
	if err != nil {
		return nil, err
	}
	known, found := kinds[kind]
	if !found {
		return nil, fmt.Errorf("`%s` is not known", kind)
	}
	return known, decode(content, known)
}
