package main

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"
)

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	var wire bytes.Buffer
	if err := writeRecord(&wire, drain{Record: "drain", Reason: "an upgrade"}); err != nil {
		t.Fatal(err)
	}
	if length := binary.BigEndian.Uint32(wire.Bytes()); int(length) != wire.Len()-4 {
		t.Errorf("the length is %d of %d bytes", length, wire.Len())
	}
	content, err := readRecord(&wire)
	if err != nil {
		t.Fatal(err)
	}
	record, err := fromServer(content)
	if err != nil {
		t.Fatal(err)
	}
	if drain, ok := record.(*drain); !ok || drain.Reason != "an upgrade" {
		t.Errorf("read %v", record)
	}
}

func TestRecordOfTheGreatestLengthIsReadAndNoLongerOne(t *testing.T) {
	longest := append(binary.BigEndian.AppendUint32(nil, largestRecord), make([]byte, largestRecord)...)
	if content, err := readRecord(bytes.NewReader(longest)); err != nil || len(content) != largestRecord {
		t.Errorf("%d bytes, %v", len(content), err)
	}
	if _, err := readRecord(bytes.NewReader(tooLong(welcome{}))); err == nil || !strings.Contains(err.Error(), "too long") {
		t.Errorf("a record that is too long: %v", err)
	}
	if err := writeRecord(&bytes.Buffer{}, drain{Reason: strings.Repeat("x", largestRecord)}); err == nil {
		t.Error("a record that is too long was sent")
	}
}

func TestRecordsThatAreNotKnownAreRefused(t *testing.T) {
	if _, err := fromServer([]byte(`{"record":"drain","reason":"x"}`)); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{
		`{"record":"drain","reason":"x","until":1}`, `{"record":"dance"}`, `{"reason":"x"}`, `{"record":7}`, `{`,
		`{"record":"drain","reason":"x"} {}`, `{"record":"welcome"}`,
	} {
		if _, err := fromServer([]byte(bad)); err == nil {
			t.Errorf("accepted %s", bad)
		}
	}
}
