package main

import (
	"strings"
	"testing"
)

func TestEnrolmentIsReadAsItWasWritten(t *testing.T) {
	text := enrolmentText{Server: "https://mayfly.example.com", Gateway: newID(), Authority: pinOf([]byte("a")), Token: "secret"}
	read, err := parseEnrolment("  " + text.String() + "\n")
	if err != nil {
		t.Fatal(err)
	}
	if read != text {
		t.Errorf("read %+v", read)
	}
}

func TestEnrolmentsThatAreNotWholeAreRefused(t *testing.T) {
	whole := enrolmentText{Server: "https://mayfly.example.com", Gateway: newID(), Authority: pinOf([]byte("a"))}
	short := whole
	short.Authority = "sha256:00"
	noHex := whole
	noHex.Authority = pinPrefix + strings.Repeat("z", 64)
	for _, bad := range []string{
		"", "mayfly_enrol_", "mayfly_enrol_e30", whole.String()[:60], whole.String()[1:], whole.String() + "=", short.String(), noHex.String(),
	} {
		if _, err := parseEnrolment(bad); err == nil {
			t.Errorf("accepted `%s`", bad)
		}
	}
}
