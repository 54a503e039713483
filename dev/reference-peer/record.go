package main

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// writeRecord sends a length in four bytes, the most significant first, and so many bytes of JSON.
func writeRecord(to io.Writer, record any) error {
	content, err := json.Marshal(record)
	if err != nil {
		return fmt.Errorf("write a record: %w", err)
	}
	if len(content) > largestRecord {
		return fmt.Errorf("a record of %d bytes is too long", len(content))
	}
	// In one piece, so that nobody waits for the second half of a length.
	framed := binary.BigEndian.AppendUint32(make([]byte, 0, 4+len(content)), uint32(len(content)))
	if _, err := to.Write(append(framed, content...)); err != nil {
		return fmt.Errorf("send a record: %w", err)
	}
	return nil
}

// readRecord reads the next record's content.
func readRecord(from io.Reader) ([]byte, error) {
	var length [4]byte
	if _, err := io.ReadFull(from, length[:]); err != nil {
		return nil, err
	}
	size := binary.BigEndian.Uint32(length[:])
	if size > largestRecord {
		return nil, fmt.Errorf("a record of %d bytes is too long", size)
	}
	content := make([]byte, size)
	if _, err := io.ReadFull(from, content); err != nil {
		return nil, fmt.Errorf("read a record: %w", err)
	}
	return content, nil
}

// decode reads one JSON document into what is known of it, and refuses what is not known: a field that
// somebody else gives a meaning may be a limit.
func decode(content []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the document")
	}
	return nil
}

// decodeDocument reads the document of an operation. A field that is not known may be there if it is null: whoever
// has nothing to say may say so.
func decodeDocument(content []byte, into any) error {
	var whole any
	reader := json.NewDecoder(bytes.NewReader(content))
	reader.UseNumber()
	if err := reader.Decode(&whole); err != nil {
		return err
	}
	if _, err := reader.Token(); !errors.Is(err, io.EOF) {
		return errors.New("there is more after the document")
	}
	said, err := json.Marshal(withoutNulls(whole))
	if err != nil {
		return err
	}
	return decode(said, into)
}

// withoutNulls leaves out the fields that are null.
func withoutNulls(value any) any {
	switch value := value.(type) {
	case map[string]any:
		for name, field := range value {
			if field == nil {
				delete(value, name)
				continue
			}
			value[name] = withoutNulls(field)
		}
	case []any:
		for index, item := range value {
			value[index] = withoutNulls(item)
		}
	}
	return value
}

// kindOf is the word in a document's field `name`, which says what the other fields are.
func kindOf(content []byte, name string) (string, error) {
	var all map[string]json.RawMessage
	if err := json.Unmarshal(content, &all); err != nil {
		return "", err
	}
	var kind string
	if err := json.Unmarshal(all[name], &kind); err != nil {
		return "", fmt.Errorf("the field `%s` is missing or odd", name)
	}
	return kind, nil
}
