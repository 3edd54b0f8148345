// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package signer

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// state is the file that remembers what was signed: the newest signed
// checkpoint. It is replaced as a whole, so that a crash leaves the old one or
// the new one.
type state struct {
	path string
	lock *os.File
}

// maxState bounds what is read as a state, in bytes.
const maxState = 64 << 10

// openState locks the state and reads it. There must be one: a key whose memory
// is gone could sign anything again.
func openState(path string) (*state, []byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, nil, problem.Wrap(err, problem.NotFound, fmt.Sprintf("The signer's state %s cannot be read.", path),
			"Bring back the state file that was last beside the key; docs/runbooks/log-signer.md says what to do when it is lost.")
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxState))
	if err != nil {
		return nil, nil, fmt.Errorf("read signer's state: %w", err)
	}
	lock, err := os.OpenFile(path+".lock", os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The signer's state %s cannot be locked.", path), "Give its folder to the signer's user, with write permission.")
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, nil, errors.Join(problem.Wrap(err, problem.Conflict, fmt.Sprintf("The signer's state %s is in use by another process.", path), "Stop that signer first."), lock.Close())
	}
	return &state{path, lock}, raw, nil
}

func (s *state) close() error { return s.lock.Close() }

// keep makes a checkpoint durable in place of the one before.
func (s *state) keep(signed []byte) error {
	return durable.Replace(s.path, signed)
}

// writeNew writes a file, whole and durable. A state without key makes way.
func writeNew(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The folder of %s cannot be made.", path), "Check its permissions.")
	}
	if err := durable.Replace(path, content); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written.", path), "Check the folder's permissions and space.")
	}
	return nil
}
