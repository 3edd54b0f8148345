// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package onair

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"
)

// ReceiverOptions is a receiver and where its sound comes from: one of Lines,
// Source and Samples.
type ReceiverOptions struct {
	// Name is unique among receivers.
	Name string
	// Lines is a program that prints what multimon-ng prints, wherever it runs.
	Lines []string
	// Source is a program that writes raw samples to its standard output: signed,
	// 16 bits, one channel, 22,050 per second, such as rtl_fm. Samples is a file, a
	// pipe or a device to read them from.
	Source  []string
	Samples string
	// Demodulators are what multimon-ng is to look for, such as POCSAG1200 or ZVEI1.
	// Those of tones run apart from each other, because they write into each other's lines.
	Demodulators []string
	// Hear takes what was heard. It may be called from several goroutines.
	Hear func(Hearing)
	Log  *slog.Logger

	pause time.Duration // firstPause when zero; for tests
}

const (
	decoder = "multimon-ng"
	// firstPause and longestPause bound the wait before what has ended is started again.
	firstPause   = time.Second
	longestPause = time.Minute
	// longestLine is the longest line that is read; longer ones are passed over.
	longestLine = 4096
	// finishTime is how long decoders may take with the last samples.
	finishTime = 5 * time.Second
)

// Receiver listens to one channel.
type Receiver struct{ o ReceiverOptions }

// NewReceiver is a receiver with the options.
func NewReceiver(o ReceiverOptions) *Receiver {
	if o.pause == 0 {
		o.pause = firstPause
	}
	return &Receiver{o}
}

// Run listens until the context ends. Programs that end are started again.
func (r *Receiver) Run(ctx context.Context) error {
	pause := r.o.pause
	for ctx.Err() == nil {
		began := time.Now()
		err := r.listen(ctx)
		if ctx.Err() != nil {
			break
		}
		if time.Since(began) > longestPause {
			pause = r.o.pause
		}
		r.o.Log.Warn("the receiver hears nothing", "receiver", r.o.Name, "error", err)
		select {
		case <-ctx.Done():
		case <-time.After(pause):
		}
		pause = min(2*pause, longestPause)
	}
	return ctx.Err()
}

// listen runs the programs until one of them ends.
func (r *Receiver) listen(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel(nil)
	if len(r.o.Lines) > 0 {
		return r.run(ctx, r.o.Lines, nil, r.read)
	}
	var into []io.Writer
	var pipes []*os.File
	for _, arguments := range decoders(r.o.Demodulators) {
		reader, writer, err := os.Pipe()
		if err != nil {
			return fmt.Errorf("make a pipe for samples: %w", err)
		}
		defer writer.Close()
		into, pipes = append(into, writer), append(pipes, writer)
		running.Go(func() {
			defer reader.Close()
			cancel(r.run(ctx, arguments, reader, r.read))
		})
	}
	err := r.feed(ctx, io.MultiWriter(into...))
	for _, pipe := range pipes {
		pipe.Close()
	}
	// What was sampled last is still to be decoded.
	select {
	case <-ctx.Done():
		return cmp.Or(context.Cause(ctx), err)
	case <-time.After(finishTime):
		return err
	}
}

// feed gives samples to the decoders until there are no more; its end is always an error.
func (r *Receiver) feed(ctx context.Context, into io.Writer) error {
	if len(r.o.Source) > 0 {
		return r.run(ctx, r.o.Source, nil, func(from io.Reader) error {
			_, err := io.Copy(into, from)
			return err
		})
	}
	mode := os.O_RDONLY
	if info, err := os.Stat(r.o.Samples); err == nil && info.Mode()&os.ModeNamedPipe != 0 {
		mode = os.O_RDWR // else it would be at its end between two writers
	}
	samples, err := os.OpenFile(r.o.Samples, mode|syscall.O_NONBLOCK, 0)
	if err != nil {
		return fmt.Errorf("open the samples: %w", err)
	}
	stop := context.AfterFunc(ctx, func() { samples.Close() })
	defer stop()
	defer samples.Close()
	if _, err := io.Copy(into, samples); err != nil {
		return fmt.Errorf("read %s: %w", r.o.Samples, err)
	}
	return fmt.Errorf("%s is at its end", r.o.Samples)
}

// decoders are the commands that look for the demodulators.
func decoders(demodulators []string) [][]string {
	var pocsag []string
	var commands [][]string
	for _, name := range demodulators {
		if strings.HasPrefix(name, pocsagMark) {
			pocsag = append(pocsag, "-a", name)
			continue
		}
		commands = append(commands, []string{decoder, "-a", name, "-q", "-t", "raw", "-"})
	}
	if len(pocsag) > 0 {
		commands = append(commands, append(append([]string{decoder}, pocsag...), "-q", "-t", "raw", "-"))
	}
	return commands
}

// run runs a program whose output take reads to its end; its end is always an error.
func (r *Receiver) run(ctx context.Context, arguments []string, input *os.File, take func(io.Reader) error) error {
	command := exec.CommandContext(ctx, arguments[0], arguments[1:]...)
	if input != nil {
		command.Stdin = input
	}
	// A group of its own, so that what the program started ends with it.
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	command.Cancel = func() error { return syscall.Kill(-command.Process.Pid, syscall.SIGKILL) }
	command.WaitDelay = time.Second
	output, err := command.StdoutPipe()
	if err != nil {
		return err
	}
	if err := command.Start(); err != nil {
		return err
	}
	err = take(output)
	if waited := command.Wait(); waited != nil {
		err = waited
	}
	if err == nil {
		err = errors.New("it ended")
	}
	return fmt.Errorf("%s: %w", arguments[0], err)
}

// read takes lines and passes on the calls in them.
func (r *Receiver) read(from io.Reader) error {
	lines := bufio.NewReaderSize(from, longestLine)
	for long := false; ; {
		line, err := lines.ReadSlice('\n')
		full := errors.Is(err, bufio.ErrBufferFull)
		if err != nil && !full {
			return noError(err)
		}
		if !long && !full {
			if call, ok := ParseLine(strings.TrimRight(string(line), "\r\n")); ok {
				r.o.Hear(Hearing{Receiver: r.o.Name, Call: call, At: time.Now().UTC()})
			}
		}
		long = full
	}
}

func noError(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
