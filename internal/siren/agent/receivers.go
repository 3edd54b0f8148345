// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"log/slog"
	"os"
	"time"
)

// maxLine is the longest line of a receiver in bytes: a message of roots and a
// keyset in hexadecimal digits is the longest that comes.
const maxLine = 256 << 10

// The pauses before a receiver that ended is started anew.
const (
	firstPause   = time.Second
	longestPause = 30 * time.Second
)

// receive runs a program that prints what it hears on another way than the
// brokers, a frame on every line in hexadecimal digits, until the context ends.
// A frame is believed for its signature alone, so the program need not be.
func receive(ctx context.Context, command []string, take func([]byte), log *slog.Logger) {
	pause := firstPause
	for ctx.Err() == nil {
		began := time.Now()
		p, err := start(command, nil, &lines{take: take}, os.Stderr)
		if err == nil {
			err = p.wait(ctx)
			p.sweep()
		}
		if ctx.Err() != nil {
			return
		}
		if err == nil {
			err = errors.New("it ended")
		}
		log.Warn("a receiver is started anew", "command", command[0], "after", pause, "error", err)
		if time.Since(began) > longestPause {
			pause = firstPause
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
		}
		pause = min(2*pause, longestPause)
	}
}

// lines takes the frames out of what is written to it. What is no frame in
// hexadecimal digits, or too long, is passed over.
type lines struct {
	take func([]byte)
	line []byte
	skip bool // the rest of a line that is too long
}

// Write implements io.Writer.
func (l *lines) Write(b []byte) (int, error) {
	written := len(b)
	for {
		part, rest, ended := bytes.Cut(b, []byte("\n"))
		if len(l.line)+len(part) > maxLine {
			l.skip, l.line = true, nil
		}
		if !l.skip {
			l.line = append(l.line, part...)
		}
		if !ended {
			return written, nil
		}
		if frame, err := hex.DecodeString(string(bytes.TrimSpace(l.line))); err == nil && len(frame) > 0 {
			l.take(frame)
		}
		b, l.line, l.skip = rest, l.line[:0], false
	}
}
