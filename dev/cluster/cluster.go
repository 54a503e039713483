package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os/signal"
	"syscall"
	"time"
)

// run holds the state directory, runs the control plane until it is told to stop, and stops it.
func run(opts options, stdin io.Reader, stdout io.Writer) error {
	dir, err := openStateDir(opts.stateDir)
	if err != nil {
		return err
	}
	defer dir.close()
	if opts.reset {
		if opts.signingKey, err = resetState(dir, opts.signingKey); err != nil {
			return err
		}
	}
	if err := dir.withdraw(); err != nil {
		return err
	}
	if err := redirectStandardError(dir.file(clusterLogFile)); err != nil {
		return err
	}
	ctx, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if opts.attached {
		go stopAtEnd(stdin, cancel)
	}
	return serve(ctx, dir, opts, stdout)
}

// resetState wipes the directory and says what the next signing key is to be: the type that was asked
// for, or else the one there was.
func resetState(dir *stateDir, wanted keyType) (keyType, error) {
	if wanted == "" {
		// A key that cannot be read is no reason not to wipe it.
		if key, err := loadSigningKey(dir.key(signingKeyFile)); err == nil {
			wanted, _ = typeOf(key)
		}
	}
	return wanted, dir.wipe()
}

// stopAtEnd ties our life to the caller's: its end of the pipe closes however it ends. Let go, we also
// leave its terminal, whose Ctrl-C is then no business of ours.
func stopAtEnd(stdin io.Reader, stop func()) {
	lines := bufio.NewScanner(stdin)
	for lines.Scan() {
		if lines.Text() == "detach" {
			_, _ = syscall.Setsid() // fails only when we lead a group of our own, and are apart already
			return
		}
	}
	stop()
}

// serve starts the parts one after the other and stops them in the opposite order.
func serve(ctx context.Context, dir *stateDir, opts options, stdout io.Writer) (result error) {
	started := time.Now()
	made, err := prepareCredentials(dir, opts, started)
	if err != nil {
		return err
	}
	at, err := openEndpoint(dir, opts.bindAddress, opts.port)
	if err != nil {
		return err
	}
	defer at.listener.Close()
	socket, err := placeEtcdSocket(dir)
	if err != nil {
		return err
	}
	defer socket.remove()
	plane := &controlPlane{}
	defer func() { result = errors.Join(result, plane.stop()) }()
	if err := plane.start(dir, opts, made, at, socket); err != nil {
		return err
	}
	ready := func() error {
		version, err := waitUntilReady(ctx, at.url(), made.authority, made.admin)
		if err != nil {
			return err
		}
		admin := kubeconfig{name: opts.name, server: at.url(), authority: made.authority, client: made.admin}
		return announce(dir, stdout, admin, summary{
			Version: version, SigningKey: made.signingKey, StartedAt: started.UTC(),
		})
	}
	return plane.supervise(ctx, ready)
}
