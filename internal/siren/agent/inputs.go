// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren/agent/gpio"
)

// reading is what an input said last.
type reading struct {
	// Known is set once it was read.
	Known bool `json:"known"`
	// On and Value are the last that could be read: Value for the temperature.
	On    bool      `json:"on"`
	Value float64   `json:"value,omitempty"`
	At    time.Time `json:"at,omitzero"`
	// Error is why it cannot be read now.
	Error string `json:"error,omitempty"`
}

// source reads one input. It takes seconds at most.
type source interface {
	read() (text string, err error)
	close() error
}

// sensor is an input with its way to read it.
type sensor struct {
	name   string
	config InputConfig
	source source
}

// sensors are all inputs of a siren. Each is read by itself, so that a sensor
// that hangs holds up no other.
type sensors struct {
	// stop is called at once, from any goroutine, when the switch for silence moves.
	stop func(on bool)

	mu       sync.Mutex
	readings map[string]reading
	list     []sensor
}

func newSensors(inputs map[string]InputConfig, stop func(bool)) *sensors {
	s := &sensors{stop: stop, readings: map[string]reading{}}
	for name, config := range inputs {
		var from source
		switch {
		case config.Line != nil:
			from = &lineSource{options: gpio.Options{Chip: config.Chip, Lines: []uint32{*config.Line}, ActiveLow: config.ActiveLow, Consumer: "tocsin " + name}}
		case config.File != "":
			from = fileSource(config.File)
		default:
			from = commandSource(config.Command)
		}
		s.list = append(s.list, sensor{name, config, from})
		s.readings[name] = reading{}
	}
	return s
}

// run reads all inputs in their intervals until the context ends.
func (s *sensors) run(ctx context.Context) {
	var running sync.WaitGroup
	for _, one := range s.list {
		running.Go(func() {
			ticker := time.NewTicker(one.config.Interval)
			defer ticker.Stop()
			defer one.source.close() // what was only read has nothing to lose
			for {
				s.take(one, time.Now())
				select {
				case <-ticker.C:
				case <-ctx.Done():
					return
				}
			}
		})
	}
	running.Wait()
}

// take reads one input. What cannot be read keeps its last value.
func (s *sensors) take(one sensor, now time.Time) {
	text, err := one.source.read()
	next := reading{Known: true, At: now}
	if err == nil {
		next.On, next.Value, err = one.config.interpret(text, one.name == inputTemperature)
	}
	s.mu.Lock()
	if err != nil {
		next = s.readings[one.name]
		next.Error = err.Error()
	}
	s.readings[one.name] = next
	s.mu.Unlock()
	if one.name == inputStop && err == nil {
		s.stop(next.On)
	}
}

// interpret makes a state of what a source said.
func (in InputConfig) interpret(text string, number bool) (on bool, value float64, err error) {
	text = strings.TrimSpace(text)
	if !number && in.Above == nil {
		return (text == in.On) != in.Invert, 0, nil
	}
	value, err = strconv.ParseFloat(text, 64)
	if err != nil || math.IsNaN(value) || math.IsInf(value, 0) {
		return false, 0, fmt.Errorf("%.40q is no number", text)
	}
	if number {
		value *= in.Scale
		return value > in.Limit, value, nil
	}
	return (value > *in.Above) != in.Invert, 0, nil
}

// all is what the inputs say now.
func (s *sensors) all() map[string]reading {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make(map[string]reading, len(s.readings))
	for name, r := range s.readings {
		all[name] = r
	}
	return all
}

// The sources.
type (
	// lineSource takes its line when it is first read, and anew when that failed.
	lineSource struct {
		options gpio.Options
		lines   *gpio.Lines
	}
	fileSource    string
	commandSource []string
)

func (l *lineSource) read() (string, error) {
	if l.lines == nil {
		lines, err := gpio.Request(l.options)
		if err != nil {
			return "", err
		}
		l.lines = lines
	}
	bits, err := l.lines.Get()
	if err != nil {
		return "", errors.Join(err, l.close())
	}
	return strconv.FormatUint(bits, 10), nil
}

func (l *lineSource) close() error {
	if l.lines == nil {
		return nil
	}
	held := l.lines
	l.lines = nil
	return held.Close()
}

// maxReading is how much of a file or of a command's output is looked at.
const maxReading = 4 << 10

func (f fileSource) read() (string, error) {
	file, err := os.Open(string(f))
	if err != nil {
		return "", err
	}
	defer file.Close()
	text, err := io.ReadAll(io.LimitReader(file, maxReading))
	return string(text), err
}

func (fileSource) close() error { return nil }

// readLimit is how long the command of an input may take.
const readLimit = 5 * time.Second

// read runs the command. Without output, its exit code speaks: 0 is "1", 1 is "0".
func (c commandSource) read() (string, error) {
	ctx, cancel := context.WithTimeout(context.Background(), readLimit)
	defer cancel()
	var out head
	p, err := start(c, nil, &out, &out)
	if err != nil {
		return "", err
	}
	err = p.wait(ctx)
	p.sweep()
	if ctx.Err() != nil {
		return "", fmt.Errorf("%s: still running after %v", c[0], readLimit)
	}
	text := strings.TrimSpace(out.kept.String())
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 && text == "" {
		return "0", nil
	}
	if err != nil {
		return "", fmt.Errorf("%s: %w: %.200s", c[0], err, text)
	}
	if text == "" {
		return "1", nil
	}
	return text, nil
}

func (commandSource) close() error { return nil }

// head keeps the beginning of what is written to it.
type head struct{ kept bytes.Buffer }

// Write implements io.Writer and takes everything.
func (h *head) Write(b []byte) (int, error) {
	h.kept.Write(b[:min(len(b), maxReading-h.kept.Len())])
	return len(b), nil
}
