package main

import (
	"context"
	"errors"
	"fmt"
	"os"
)

// controlPlane is the parts that run, in the order they were started.
type controlPlane struct {
	parts []part
}

func (plane *controlPlane) start(dir *stateDir, opts options, made *credentials, at *endpoint, socket etcdSocket) error {
	use := findPrograms(os.Getenv(assetsVariable))
	if use.apiServer != "" {
		fmt.Fprintf(console, "using `%s` and `%s` (%s)\n", use.apiServer, use.etcd, assetsVariable)
	}
	etcd, err := startEtcd(dir, use.etcd, socket)
	if err != nil {
		return err
	}
	plane.parts = append(plane.parts, etcd)
	server, err := startAPIServer(dir, opts, use.apiServer, at, socket)
	if err != nil {
		return err
	}
	plane.parts = append(plane.parts, server)
	manager, err := startControllers(dir, use.controllers, kubeconfig{
		name: opts.name, server: at.url(), authority: made.authority, client: made.controllers,
	})
	if err != nil {
		return err
	}
	plane.parts = append(plane.parts, manager)
	return nil
}

// supervise waits for readiness, then for the end: ours, when told to stop, or that of a part, which
// is a failure since none can do without the others.
func (plane *controlPlane) supervise(ctx context.Context, ready func() error) error {
	failed := make(chan error, len(plane.parts))
	for index := range plane.parts {
		plane.parts[index].ended = watch(plane.parts[index], failed)
	}
	announced := make(chan error, 1)
	go func() { announced <- ready() }()
	for {
		select {
		case <-ctx.Done():
			return nil
		case err := <-failed:
			return err
		case err := <-announced:
			if err != nil && ctx.Err() == nil {
				return err
			}
			announced = nil
		}
	}
}

// watch passes the end of a part on, to the supervisor and to whoever stops the part later.
func watch(p part, failed chan<- error) <-chan error {
	ended := make(chan error, 1)
	go func() {
		err := <-p.ended
		ended <- err
		failed <- errors.Join(fmt.Errorf("%s ended by itself", p.name), err)
	}()
	return ended
}

// stop ends the parts that were started, the last first, and says which would not.
func (plane *controlPlane) stop() error {
	var problems []error
	for index := len(plane.parts) - 1; index >= 0; index-- {
		if err := plane.parts[index].shutDown(); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}
