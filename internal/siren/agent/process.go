// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"context"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"syscall"
	"time"
)

// process is a command that runs. It dies with the agent, however that ends.
type process struct {
	pid  int
	done chan struct{}
	err  error // after done
}

// endGrace is how long a command may take to end when it is asked to, before it is killed.
const endGrace = 2 * time.Second

// start starts a command; what it prints goes to out, its complaints to words.
func start(arguments, environment []string, out, words io.Writer) (*process, error) {
	command := exec.Command(arguments[0], arguments[1:]...)
	command.Env = append(command.Environ(), environment...)
	command.Stdout, command.Stderr = out, words
	command.WaitDelay = endGrace // what it left behind may hold its output open
	bind(command)
	p := &process{done: make(chan struct{})}
	started := make(chan error)
	go func() {
		// The command is bound to the thread that started it, so this one waits for it.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		err := command.Start()
		if err != nil {
			started <- err
			return
		}
		p.pid = command.Process.Pid
		started <- nil
		p.err = command.Wait()
		close(p.done)
	}()
	if err := <-started; err != nil {
		return nil, fmt.Errorf("start %s: %w", arguments[0], err)
	}
	return p, nil
}

// wait waits for the command, and ends it when the context ends. The error is
// the command's, or nil when it was ended.
func (p *process) wait(ctx context.Context) error {
	select {
	case <-p.done:
		return p.err
	case <-ctx.Done():
		p.end()
		return nil
	}
}

// end ends the command and what it started.
func (p *process) end() {
	signalGroup(p.pid, syscall.SIGTERM)
	select {
	case <-p.done:
	case <-time.After(endGrace):
	}
	p.sweep()
	<-p.done
}

// sweep ends what the command left behind.
func (p *process) sweep() { signalGroup(p.pid, syscall.SIGKILL) }
