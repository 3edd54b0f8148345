// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/radio/wav"
)

// Output takes the sound of a transmission. Play returns when the sound has gone
// out, as far as the output can tell, or when the context ends.
type Output interface {
	Play(ctx context.Context, name string, sound wav.Sound) error
}

// Folder is a directory into which every transmission is written as a WAV file,
// for whatever takes it from there.
type Folder struct{ Dir string }

// Play implements Output. The file appears whole; the directory is made when absent.
func (f Folder) Play(_ context.Context, name string, sound wav.Sound) error {
	raw, err := sound.Bytes()
	if err != nil {
		return err
	}
	if err := os.MkdirAll(f.Dir, 0o700); err != nil {
		return err
	}
	name = time.Now().UTC().Format("20060102T150405.000") + "-" + name + ".wav"
	return durable.Replace(filepath.Join(f.Dir, name), raw)
}

// Samples is a file, a device or a pipe that takes raw samples: signed, 16 bits,
// little-endian, one channel. Whatever reads them plays them at their rate.
type Samples struct{ Path string }

// Play implements Output. It takes as long as the sound. A pipe that nobody reads
// is an error.
func (s Samples) Play(ctx context.Context, _ string, sound wav.Sound) error {
	over := time.Now().Add(sound.Duration())
	file, err := os.OpenFile(s.Path, os.O_WRONLY|os.O_APPEND|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("open %s for samples: %w", s.Path, err)
	}
	defer file.Close()
	stop := context.AfterFunc(ctx, func() { _ = file.SetWriteDeadline(time.Now()) })
	defer stop()
	_ = file.SetWriteDeadline(over.Add(overtime)) // plain files know no deadline and need none
	if _, err := file.Write(sound.Raw()); err != nil {
		return fmt.Errorf("write samples to %s: %w", s.Path, err)
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(time.Until(over)):
		return nil
	}
}

// Process is a program that puts sound on the air: it is started for every
// transmission, reads the sound from its standard input, and ends with code 0 when
// it has gone out.
type Process struct {
	// Command is the program and its arguments.
	Command []string
	// WAV says that it reads a WAV file; otherwise raw samples, signed, 16 bits,
	// little-endian, one channel.
	WAV bool
	// Timeout is how long it may take beyond the sound; 15 s when zero.
	Timeout time.Duration
}

// overtime is how long an output may take beyond its sound: a transmitter comes up.
const overtime = 15 * time.Second

// Play implements Output. A program that takes too long is killed with all that
// it started.
func (p Process) Play(ctx context.Context, _ string, sound wav.Sound) error {
	input := sound.Raw()
	if p.WAV {
		var err error
		if input, err = sound.Bytes(); err != nil {
			return err
		}
	}
	limit := p.Timeout
	if limit <= 0 {
		limit = overtime
	}
	ctx, cancel := context.WithTimeoutCause(ctx, sound.Duration()+limit, errors.New("it took too long and was ended"))
	defer cancel()
	command := exec.CommandContext(ctx, p.Command[0], p.Command[1:]...)
	command.Stdin = bytes.NewReader(input)
	said := &tail{}
	command.Stdout, command.Stderr = said, said
	// A group of its own, so that what the program started ends with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	err := command.Run()
	if err == nil {
		return nil
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return fmt.Errorf("%s: %w%s", p.Command[0], err, said)
}

// tail keeps the last of what a program said.
type tail struct{ text []byte }

const tailBytes = 300

// Write implements io.Writer.
func (t *tail) Write(b []byte) (int, error) {
	t.text = append(t.text, b...)
	t.text = t.text[max(0, len(t.text)-tailBytes):]
	return len(b), nil
}

// String is what was said, behind a colon.
func (t *tail) String() string {
	text := strings.TrimSpace(strings.ToValidUTF8(string(t.text), "?"))
	if text == "" {
		return ""
	}
	return ": " + text
}
