// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capfile

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/tocsin-alert/tocsin/cap/container"
)

// kept is a stream that can be read at random: a short one in memory, a long
// one in a file that nobody else sees and that goes away with the process.
type kept struct {
	io.ReaderAt
	size int64
	file *os.File
}

// keep reads a stream to its end, but no more than a container may have.
func keep(r io.Reader) (*kept, error) {
	start, err := io.ReadAll(io.LimitReader(r, container.MaxMessage+1))
	if err != nil {
		return nil, err
	}
	if len(start) <= container.MaxMessage {
		return &kept{ReaderAt: bytes.NewReader(start), size: int64(len(start))}, nil
	}
	file, err := os.CreateTemp("", "tocsin-")
	if err != nil {
		return nil, fmt.Errorf("keeping what is read in a file: %w", err)
	}
	k := &kept{ReaderAt: file, file: file}
	if err := os.Remove(file.Name()); err != nil {
		k.Close()
		return nil, fmt.Errorf("keeping what is read in a file: %w", err)
	}
	k.size, err = io.Copy(file, io.MultiReader(bytes.NewReader(start), io.LimitReader(r, container.MaxSize+1-int64(len(start)))))
	if err != nil {
		k.Close()
		return nil, fmt.Errorf("keeping what is read in a file: %w", err)
	}
	return k, nil
}

// Close lets go of the file.
func (k *kept) Close() error {
	if k.file == nil {
		return nil
	}
	return k.file.Close()
}
