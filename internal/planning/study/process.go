// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Process has studies reckoned, and files looked into, by processes of their own:
// of the lowest priority, with at most half of the memory that is left, the first
// to be killed where memory runs out, and gone with this process.
type Process struct {
	// Command is the command line, to which "study FOLDER" or "inspect FILE" is added.
	Command []string
}

// message is a line of what such a process says on its standard output.
type message struct {
	Progress *Progress `json:"progress,omitempty"`
	Dataset  *Dataset  `json:"dataset,omitempty"`
	Failure  *Failure  `json:"failure,omitempty"`
	Done     bool      `json:"done,omitempty"`
}

// Reckon has the study in a folder reckoned, as Run does it.
func (p Process) Reckon(ctx context.Context, folder string, progress func(Progress)) error {
	_, err := p.run(ctx, []string{"study", "--json", folder}, progress)
	return err
}

// Inspect has a file looked into, as Inspect does it.
func (p Process) Inspect(ctx context.Context, path string, role Role, progress func(Progress)) (Dataset, error) {
	last, err := p.run(ctx, []string{"inspect", "--json", "--role", string(role), path}, progress)
	if err == nil && last.Dataset == nil {
		err = fmt.Errorf("look into a file: the process said nothing")
	}
	if err != nil {
		return Dataset{}, err
	}
	return *last.Dataset, nil
}

// leastMemory is what a process is allowed at least, in bytes.
const leastMemory = 64 << 20

// run runs the process to its end and gives the last thing that it said.
func (p Process) run(ctx context.Context, arguments []string, progress func(Progress)) (last message, err error) {
	// The system ends the process with the thread that began it.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	command := exec.CommandContext(ctx, p.Command[0], append(append([]string{}, p.Command[1:]...), arguments...)...)
	command.Env = append(os.Environ(), fmt.Sprintf("GOMEMLIMIT=%d", max(half(), leastMemory)))
	command.WaitDelay = 10 * time.Second
	var words tail
	command.Stderr = &words
	humble(command)
	out, err := command.StdoutPipe()
	if err == nil {
		err = command.Start()
	}
	if err != nil {
		return last, fmt.Errorf("begin the process of a study: %w", err)
	}
	humbler(command.Process.Pid)
	lines := bufio.NewReaderSize(out, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			break
		}
		var said message
		if json.Unmarshal(line, &said) != nil {
			continue
		}
		if said.Progress != nil {
			if progress != nil {
				progress(*said.Progress)
			}
			continue
		}
		last = said
	}
	err = command.Wait()
	switch {
	case last.Done && err == nil:
		return last, nil
	case ctx.Err() != nil:
		return last, ctx.Err()
	case last.Failure != nil && last.Failure.Kind == problem.Internal:
		return last, fmt.Errorf("the process of a study: %s", last.Failure.Message) // a defect of ours
	case last.Failure != nil:
		return last, last.Failure.err()
	}
	refused := refusal.New(problem.Unavailable, "study.killed")
	refused.Err = fmt.Errorf("the process ended: %v: %s", err, words.text())
	return last, refused
}

// half is half of the memory that is left.
func half() int64 { return planning.Memory() / 2 }

// tail keeps the last of what a process complains of.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

const mostTail = 4 << 10

func (t *tail) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, b[max(0, len(b)-mostTail):]...)
	t.kept = t.kept[max(0, len(t.kept)-mostTail):]
	return len(b), nil
}

func (t *tail) text() []byte {
	t.mu.Lock()
	defer t.mu.Unlock()
	return bytes.TrimSpace(t.kept)
}

// Lines is the other side: the process that a Process began says on w how far it
// is, and at last what came out.
type Lines struct{ w io.Writer }

// NewLines writes to w.
func NewLines(w io.Writer) *Lines { return &Lines{w: w} }

// Progress tells how far it is.
func (l *Lines) Progress(p Progress) { l.say(message{Progress: &p}) }

// Finish tells what came out; d is nil for a study.
func (l *Lines) Finish(d *Dataset, err error) {
	if err != nil {
		l.say(message{Failure: told(err)})
		return
	}
	l.say(message{Dataset: d, Done: true})
}

// told is an error with its cause, for the process that began this one: it keeps
// the cause from outsiders.
func told(err error) *Failure {
	f := failureOf(err)
	if _, known := errors.AsType[*problem.Error](err); !known {
		f.Message = err.Error()
	}
	return f
}

func (l *Lines) say(m message) {
	raw, err := json.Marshal(m)
	if err == nil {
		// Whoever began this process has gone where it cannot be written to.
		_, _ = l.w.Write(append(raw, '\n'))
	}
}
