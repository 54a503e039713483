package main

import (
	"fmt"
	"os"
	"syscall"
)

// console is where the caller reads what went wrong. It is standard error until that is handed over
// to the log.
var console = os.Stderr

// redirectStandardError sends what Kubernetes logs to a file. Its logging, and the Go runtime's last
// words, go to file descriptor 2 whatever we do, so that one itself must lead elsewhere.
func redirectStandardError(path string) error {
	log, err := openLog(path)
	if err != nil {
		return err
	}
	defer log.Close()
	kept, err := syscall.Dup(syscall.Stderr)
	if err != nil {
		return fmt.Errorf("keep standard error: %w", err)
	}
	syscall.CloseOnExec(kept)
	if err := syscall.Dup3(int(log.Fd()), syscall.Stderr, 0); err != nil {
		return fmt.Errorf("redirect standard error: %w", err)
	}
	console = os.NewFile(uintptr(kept), "console")
	return nil
}
