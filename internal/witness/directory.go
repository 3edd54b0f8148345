// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// directory holds a witness's key and, for each log, the newest checkpoint that
// was cosigned. Key and memory stay together: a key whose memory is gone could
// cosign a fork.
type directory struct {
	path string
	lock *os.File
}

const (
	keyFile  = "key"
	lockFile = "lock"
	// maxFile bounds a checkpoint and a key, in bytes.
	maxFile = 64 << 10
)

// Create makes the directory of a new witness, with its key. It overwrites no
// key. The name is that of the key: unique in the world, such as
// witness.example/1.
func Create(dir, name string) (Key, error) {
	k, err := NewKey(name)
	if err != nil {
		return Key{}, problem.Wrap(err, problem.Invalid, fmt.Sprintf("A witness cannot have the name %q.", name), "Write a name without blanks and plus signs, such as witness.example/1.")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return Key{}, unwritable(err, dir)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
		return Key{}, problem.Wrap(err, problem.Conflict, fmt.Sprintf("The directory %s is not empty.", dir), "Name a new one: a witness's key and its memory belong together.")
	}
	d := &directory{path: dir}
	if err := d.write(keyFile, k.encode()); err != nil {
		return Key{}, unwritable(err, dir)
	}
	return k, nil
}

func unwritable(err error, dir string) error {
	return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("The directory %s cannot be written.", dir), "Check its permissions and the disk.")
}

func openDirectory(path string) (*directory, error) {
	if _, err := os.Stat(filepath.Join(path, keyFile)); err != nil {
		return nil, problem.Wrap(err, problem.NotFound, fmt.Sprintf("There is no witness in %s.", path), "Make one with tocsin witness key --dir "+path+" NAME.")
	}
	lock, err := os.OpenFile(filepath.Join(path, lockFile), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, unwritable(err, path)
	}
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return nil, errors.Join(problem.Wrap(err, problem.Conflict, fmt.Sprintf("The directory %s is in use by another process.", path), "Stop that witness first."), lock.Close())
	}
	return &directory{path, lock}, nil
}

func (d *directory) close() error { return d.lock.Close() }

// key reads the key, which nobody else may read.
func (d *directory) key() (Key, error) {
	path := filepath.Join(d.path, keyFile)
	info, err := os.Stat(path)
	if err == nil && info.Mode().Perm()&0o077 != 0 {
		return Key{}, problem.New(problem.Forbidden, fmt.Sprintf("Others may read the witness's key %s.", path), fmt.Sprintf("Run chmod 600 %s. If others could have copied it, make a new witness.", path))
	}
	raw, err := d.read(keyFile)
	if err != nil {
		return Key{}, err
	}
	k, err := parseKey(raw)
	if err != nil {
		return Key{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The witness's key %s cannot be read.", path), "Make a new witness, and have its key taken into the trust files.")
	}
	return k, nil
}

// read gives nil for a file that is not there.
func (d *directory) read(name string) ([]byte, error) {
	file, err := os.Open(filepath.Join(d.path, name))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s in %s cannot be read.", name, d.path), "Check its permissions and the disk.")
	}
	defer file.Close()
	raw, err := io.ReadAll(io.LimitReader(file, maxFile+1))
	if err != nil || len(raw) > maxFile {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s in %s cannot be read.", name, d.path), "Check the disk.")
	}
	return raw, nil
}

// name is that of a log's file; origins may hold any character.
func name(origin string) string { return fmt.Sprintf("%x", sha256.Sum256([]byte(origin))) }

// newest gives the newest checkpoint that was cosigned for a log; nil when there
// is none.
func (d *directory) newest(origin string) ([]byte, error) { return d.read(name(origin)) }

// keep makes a checkpoint the newest, durably.
func (d *directory) keep(origin string, checkpoint []byte) error {
	return d.write(name(origin), checkpoint)
}

// evidence keeps two checkpoints of one size, the first such pair of a log.
func (d *directory) evidence(origin string, one, other []byte) (path string, err error) {
	name := name(origin) + ".fork"
	path = filepath.Join(d.path, name)
	if _, err := os.Stat(path); err == nil {
		return path, nil
	}
	return path, d.write(name, bytes.Join([][]byte{one, other}, []byte("\n")))
}

// write replaces a file as a whole: a crash leaves the old one or the new one.
func (d *directory) write(name string, content []byte) error {
	return durable.Replace(filepath.Join(d.path, name), content)
}
