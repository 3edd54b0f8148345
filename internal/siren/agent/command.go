// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// commandDriver sounds by starting a program.
type commandDriver struct{ sound, stop []string }

// stopLimit is how long the stop command may take.
const stopLimit = 5 * time.Second

// play implements driver. A signal without a tone starts nothing, so that a
// silent test cannot be heard whatever the program does. A program that ends
// before the signal does, without an error, has handed it on.
func (d commandDriver) play(ctx context.Context, s siren.Sounding) error {
	if !slices.ContainsFunc(s.Signal.Segments, func(g siren.Segment) bool { return g.Tone != siren.ToneOff }) {
		<-ctx.Done()
		return nil
	}
	p, err := start(append(slices.Clone(d.sound), s.Signal.Name), environment(s), os.Stderr, os.Stderr)
	if err != nil {
		return err
	}
	err = p.wait(ctx)
	p.sweep()
	if err == nil {
		<-ctx.Done()
	} else {
		err = fmt.Errorf("horn command %s: %w", d.sound[0], err)
	}
	if stopped := d.rest(); err == nil {
		err = stopped
	}
	return err
}

func environment(s siren.Sounding) []string {
	segments := make([]string, len(s.Signal.Segments))
	for i, g := range s.Signal.Segments {
		segments[i] = fmt.Sprintf("%s:%g", g.Tone, g.Seconds)
	}
	return []string{
		"TOCSIN_SIGNAL=" + s.Signal.Name,
		"TOCSIN_NUMBER=" + strconv.Itoa(int(s.Signal.Number)),
		"TOCSIN_SEGMENTS=" + strings.Join(segments, " "),
		fmt.Sprintf("TOCSIN_SECONDS=%g", s.Signal.Duration().Seconds()),
		fmt.Sprintf("TOCSIN_TEST=%t", s.Signal.Test),
		"TOCSIN_FRAME=" + s.Frame.String(),
	}
}

// cut implements driver: the program is told by the end of its context.
func (d commandDriver) cut() {}

// rest implements driver.
func (d commandDriver) rest() error {
	if len(d.stop) == 0 {
		return nil
	}
	p, err := start(d.stop, nil, os.Stderr, os.Stderr)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), stopLimit)
	defer cancel()
	if err := p.wait(ctx); err != nil {
		return fmt.Errorf("stop command %s: %w", d.stop[0], err)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("stop command %s: still running after %v", d.stop[0], stopLimit)
	}
	return nil
}

// close implements driver.
func (d commandDriver) close() error { return nil }
