package main

import (
	"bytes"
	"encoding/json"
	"net"
	"net/url"
	"slices"
)

// policy is what the gateway lets itself be asked: of all that a policy may say, what this one can do.
type policy struct {
	Static  staticPolicy  `json:"static"`
	Forward forwardPolicy `json:"forward"`
	// As it is shown to the server, whose digest it has.
	shown []byte
}

type (
	staticPolicy struct {
		Accounts []account `json:"accounts"`
	}
	forwardPolicy struct {
		Enabled bool     `json:"enabled"`
		Targets []target `json:"targets"`
	}
	account struct {
		Kind      string `json:"kind,omitempty"`
		Namespace string `json:"namespace"`
		Name      string `json:"name"`
	}
	target struct {
		Host string `json:"host"`
		Port uint16 `json:"port"`
	}
)

func parsePolicy(content []byte) (policy, error) {
	var parsed policy
	if err := decode(content, &parsed); err != nil {
		return policy{}, err
	}
	// Of the same bytes on both ends: a welcome is written without white space.
	var shown bytes.Buffer
	if err := json.Compact(&shown, content); err != nil {
		return policy{}, err
	}
	parsed.shown = shown.Bytes()
	return parsed, nil
}

// mayIssue says whether tokens of the account may be given out.
func (p policy) mayIssue(wanted account) bool {
	return slices.Contains(p.Static.Accounts, account{Namespace: wanted.Namespace, Name: wanted.Name})
}

// mayForward says whether bytes may be passed on to an address: the listed ones, or else the gateway's
// own API server alone.
func (p policy) mayForward(hostPort string, own *url.URL) bool {
	host, port, err := net.SplitHostPort(hostPort)
	if err != nil || !p.Forward.Enabled {
		return false
	}
	if len(p.Forward.Targets) == 0 {
		return host == own.Hostname() && port == portOf(own)
	}
	return slices.ContainsFunc(p.Forward.Targets, func(listed target) bool {
		return listed.Host == host && portText(listed.Port) == port
	})
}
