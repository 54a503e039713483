package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"
)

// summary tells the caller where the cluster is. It goes to standard output and into the state
// directory, and holds nothing secret.
type summary struct {
	Name       string    `json:"name"`
	Server     string    `json:"server"`
	Kubeconfig string    `json:"kubeconfig"`
	CAFile     string    `json:"caFile"`
	PID        int       `json:"pid"`
	Version    string    `json:"version"` // what the API server says it is
	SigningKey keyType   `json:"signingKey"`
	StartedAt  time.Time `json:"startedAt"`
}

// announce publishes the admin's kubeconfig and then the summary, whose presence means "ready". It
// fills in what the kubeconfig and the process know.
func announce(dir *stateDir, stdout io.Writer, admin kubeconfig, about summary) error {
	if err := writeFile(dir.file(kubeconfigFile), admin.text(), 0o600); err != nil {
		return err
	}
	about.Name, about.Server = admin.name, admin.server
	about.Kubeconfig, about.CAFile = dir.file(kubeconfigFile), dir.file(authorityFile)
	about.PID = os.Getpid()
	line, err := json.Marshal(about)
	if err != nil {
		return fmt.Errorf("encode the summary: %w", err)
	}
	line = append(line, '\n')
	if err := writeFile(dir.file(summaryFile), line, 0o600); err != nil {
		return err
	}
	if _, err := stdout.Write(line); err != nil {
		return fmt.Errorf("tell the caller that the cluster is ready: %w", err)
	}
	return nil
}
