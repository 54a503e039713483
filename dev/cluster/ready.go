package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	// A start takes about 3 s on two free cores. Busy ones take several times
	// that. Callers wait for 60 s, so that our account of what was missing still reaches them.
	readyPatience = 55 * time.Second
	readyInterval = 25 * time.Millisecond
)

// readinessStep is something a ready cluster has.
type readinessStep struct {
	name  string
	holds func(context.Context, *kubernetes.Clientset) error
}

// /readyz alone would let a test meet an empty `view` role, or a namespace without its account.
var readinessSteps = []readinessStep{
	{"the API server answers /readyz", func(ctx context.Context, client *kubernetes.Clientset) error {
		return client.RESTClient().Get().AbsPath("/readyz").Do(ctx).Error()
	}},
	{"the aggregated role `view` has rules", hasRules("view")},
	{"the aggregated role `edit` has rules", hasRules("edit")},
	{"the aggregated role `admin` has rules", hasRules("admin")},
	{"the namespace `default` has its account", func(ctx context.Context, client *kubernetes.Clientset) error {
		_, err := client.CoreV1().ServiceAccounts("default").Get(ctx, "default", metav1.GetOptions{})
		return err
	}},
}

func hasRules(name string) func(context.Context, *kubernetes.Clientset) error {
	return func(ctx context.Context, client *kubernetes.Clientset) error {
		role, err := client.RbacV1().ClusterRoles().Get(ctx, name, metav1.GetOptions{})
		if err == nil && len(role.Rules) == 0 {
			return errors.New("it has none")
		}
		return err
	}
}

// waitUntilReady asks again and again until every step holds. It gives up when the context ends or
// the patience does, and then names the step that was missing. It returns the API server's version.
func waitUntilReady(ctx context.Context, server string, authority []byte, admin keyPair) (string, error) {
	client, err := kubernetes.NewForConfig(&rest.Config{
		Host: server,
		TLSClientConfig: rest.TLSClientConfig{
			CAData: authority, CertData: admin.certificate, KeyData: admin.key,
		},
		QPS: -1, // no limit: the default of five requests a second would slow the start
	})
	if err != nil {
		return "", fmt.Errorf("make a client for the API server: %w", err)
	}
	ctx, cancel := context.WithTimeout(ctx, readyPatience)
	defer cancel()
	for _, step := range readinessSteps {
		if err := waitForStep(ctx, client, step); err != nil {
			return "", err
		}
	}
	info, err := client.Discovery().ServerVersion()
	if err != nil {
		return "", fmt.Errorf("ask the API server for its version: %w", err)
	}
	return info.GitVersion, nil
}

func waitForStep(ctx context.Context, client *kubernetes.Clientset, step readinessStep) error {
	ticker := time.NewTicker(readyInterval)
	defer ticker.Stop()
	var last error
	for {
		err := step.holds(ctx, client)
		if err == nil {
			return nil
		}
		if ctx.Err() == nil {
			last = err
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("not ready: waited for `%s`, last answer: %w", step.name, errors.Join(last, ctx.Err()))
		case <-ticker.C:
		}
	}
}
