// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package durable writes files that only their owner may read, so that a crash
// or a power cut leaves the whole file or what was there before, and nothing
// that was acknowledged is lost.
package durable

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Replace writes a file in place of the one at the path, if there is one. When
// it returns without error, the content is on the disk. A crash on the way may
// leave a file beside it, named like it with ".new-" and digits at the end.
func Replace(path string, content []byte) error {
	return write(path, whole(content), os.Rename)
}

// ReplaceWith is Replace for content that is written as it comes. When content
// fails, its error is given back and what was there before stays.
func ReplaceWith(path string, content func(io.Writer) error) error {
	return write(path, content, os.Rename)
}

// Create is like Replace, but its error is fs.ErrExist when there is a file at
// the path, which stays as it is.
func Create(path string, content []byte) error {
	return write(path, whole(content), os.Link)
}

func whole(content []byte) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	}
}

func write(path string, content func(io.Writer) error, place func(from, to string) error) error {
	file, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*")
	if err != nil {
		return err
	}
	defer os.Remove(file.Name()) // fails when it was renamed
	err = content(file)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	if err := place(file.Name(), path); err != nil {
		return err
	}
	return SyncDirectory(filepath.Dir(path))
}

// SyncDirectory makes the names in a directory durable.
func SyncDirectory(path string) error {
	directory, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(directory.Sync(), directory.Close())
}
