package main

import (
	"encoding/json"
	"io"
	"os"
	"sync"
)

// steps is where each thing that happened is told: one line of JSON each, for the test that reads it.
type steps struct {
	mutex sync.Mutex
	out   io.Writer
}

var told = &steps{out: os.Stdout}

// fields of a line, beside its `step`.
type fields map[string]any

// tell writes one line. A reader that went away is no reason to stop.
func (s *steps) tell(step string, more fields) {
	line := fields{"step": step}
	for name, value := range more {
		line[name] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		text = []byte(`{"step":"bug"}`)
	}
	s.mutex.Lock()
	defer s.mutex.Unlock()
	_, _ = s.out.Write(append(text, '\n'))
}
