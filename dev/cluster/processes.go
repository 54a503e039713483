package main

import (
	"fmt"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// A part that has not ended by then is hung, and is left to die with the process.
const stopPatience = 10 * time.Second

// part is one running piece of the control plane.
type part struct {
	name string
	// Yields once, when the part has ended, whether it was told to or not.
	ended <-chan error
	// Asks the part to end; safe to call after it did.
	stop func()
}

// shutDown asks a part to end and waits until it has.
func (p part) shutDown() error {
	p.stop()
	select {
	case <-p.ended:
		return nil
	case <-time.After(stopPatience):
		return fmt.Errorf("%s did not stop within %s", p.name, stopPatience)
	}
}

// startProcess runs a program as a child that ends with this process. It must be called from the main
// goroutine: the kernel kills the child when the thread that started it ends, see main.go.
func startProcess(name, program string, arguments []string, logPath string) (part, error) {
	log, err := openLog(logPath)
	if err != nil {
		return part{}, err
	}
	defer log.Close()
	command := exec.Command(program, arguments...)
	command.Stdout, command.Stderr = log, log
	command.SysProcAttr = &syscall.SysProcAttr{
		Pdeathsig: syscall.SIGKILL,
		// Its own group: a Ctrl-C on the terminal is for us to pass on, in order.
		Setpgid: true,
	}
	if err := command.Start(); err != nil {
		return part{}, fmt.Errorf("start %s: %w", name, err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	stop := func() { _ = command.Process.Signal(syscall.SIGTERM) } // fails only when it ended already
	return part{name: name, ended: ended, stop: stop}, nil
}

func openLog(path string) (*os.File, error) {
	log, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open a log: %w", err)
	}
	return log, nil
}
