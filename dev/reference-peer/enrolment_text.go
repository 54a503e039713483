package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

const (
	enrolmentPrefix = "mayfly_enrol_"
	pinPrefix       = "sha256:"
)

// enrolmentText is what a person copies from the server to the gateway.
type enrolmentText struct {
	Server    string `json:"server"`
	Gateway   string `json:"gateway"`
	Authority string `json:"authority"`
	Token     string `json:"token,omitempty"`
}

func parseEnrolment(text string) (enrolmentText, error) {
	encoded, found := strings.CutPrefix(strings.TrimSpace(text), enrolmentPrefix)
	if !found {
		return enrolmentText{}, fmt.Errorf("an enrolment begins with `%s`", enrolmentPrefix)
	}
	content, err := base64.RawURLEncoding.Strict().DecodeString(encoded)
	if err != nil {
		return enrolmentText{}, fmt.Errorf("the enrolment is not whole: %w", err)
	}
	var parsed enrolmentText
	if err := decode(content, &parsed); err != nil {
		return enrolmentText{}, fmt.Errorf("the enrolment is not whole: %w", err)
	}
	if _, err := parsed.pin(); err != nil {
		return enrolmentText{}, err
	}
	return parsed, nil
}

func (e enrolmentText) String() string {
	content, _ := json.Marshal(e) // four strings can always be written
	return enrolmentPrefix + base64.RawURLEncoding.EncodeToString(content)
}

// pin is the digest of the authority that the server has to show.
func (e enrolmentText) pin() ([sha256.Size]byte, error) {
	var pin [sha256.Size]byte
	digits, found := strings.CutPrefix(e.Authority, pinPrefix)
	if !found || len(digits) != hex.EncodedLen(len(pin)) {
		return pin, errors.New("the enrolment's authority is not `sha256:` and 64 hexadecimal digits")
	}
	if _, err := hex.Decode(pin[:], []byte(digits)); err != nil {
		return pin, fmt.Errorf("the enrolment's authority: %w", err)
	}
	return pin, nil
}

func pinOf(certificate []byte) string {
	digest := sha256.Sum256(certificate)
	return pinPrefix + hex.EncodeToString(digest[:])
}
