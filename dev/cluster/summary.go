package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"time"

	"k8s.io/component-base/version"
)

// summary tells the caller where the cluster is. It goes to standard output and into the state
// directory, and holds nothing secret.
type summary struct {
	Name       string    `json:"name"`
	Server     string    `json:"server"`
	Kubeconfig string    `json:"kubeconfig"`
	CAFile     string    `json:"caFile"`
	PID        int       `json:"pid"`
	Version    string    `json:"version"` // of the built-in Kubernetes, or the folder of the one in use
	SigningKey keyType   `json:"signingKey"`
	StartedAt  time.Time `json:"startedAt"`
}

// announce publishes the kubeconfig and then the summary, whose presence means "ready".
func announce(dir *stateDir, opts options, made *credentials, at *endpoint, started time.Time, stdout io.Writer) error {
	admin := kubeconfig{name: opts.name, server: at.url(), authority: made.authority, client: made.admin}
	if err := writeFile(dir.file(kubeconfigFile), admin.text(), 0o600); err != nil {
		return err
	}
	line, err := json.Marshal(summary{
		Name:       opts.name,
		Server:     at.url(),
		Kubeconfig: dir.file(kubeconfigFile),
		CAFile:     dir.file(authorityFile),
		PID:        os.Getpid(),
		Version:    version.Get().GitVersion,
		SigningKey: made.signingKey,
		StartedAt:  started.UTC(),
	})
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
