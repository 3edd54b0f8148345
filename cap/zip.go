// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// The bounds of a container, and of one file in it.
const (
	maxZipBytes  = 32 << 20
	maxZipFiles  = 5_000
	maxZipTotal  = 128 << 20
	maxFileBytes = 1 << 20
)

// File is one file out of a container.
type File struct {
	// Name is the name in the container, not to be used as a path.
	Name string
	// Raw is the content, nil if Err is set.
	Raw []byte
	// Err says why this file could not be taken out; the others are good.
	Err error
}

// ReadZip takes the files out of a zip container, in which weather services
// publish their messages. It takes a container of at most 32 MiB and 5,000
// files, and of each file at most 1 MiB, together 128 MiB, measured while
// unpacking and whatever the container says. A file beyond its bound has Err
// set; a container beyond its own is an error.
func ReadZip(raw []byte) ([]File, error) {
	if len(raw) > maxZipBytes {
		return nil, fmt.Errorf("the zip container has %d bytes, more than the %d allowed", len(raw), maxZipBytes)
	}
	container, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		return nil, fmt.Errorf("reading the zip container: %w", err)
	}
	if len(container.File) > maxZipFiles {
		return nil, fmt.Errorf("the zip container has %d files, more than the %d allowed", len(container.File), maxZipFiles)
	}
	var files []File
	total := 0
	for _, entry := range container.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		raw, err := unpack(entry)
		if total += len(raw); total > maxZipTotal {
			return nil, fmt.Errorf("the files in the zip container have more than the %d bytes allowed", maxZipTotal)
		}
		if err != nil {
			raw = nil
		}
		files = append(files, File{Name: entry.Name, Raw: raw, Err: err})
	}
	return files, nil
}

// unpack returns the content, and with an error as much of it as it unpacked.
func unpack(entry *zip.File) ([]byte, error) {
	const encrypted = 1
	if entry.Flags&encrypted != 0 {
		return nil, fmt.Errorf("%s is encrypted", lexical.Clip(entry.Name))
	}
	r, err := entry.Open()
	if err != nil {
		return nil, fmt.Errorf("unpacking %s: %w", lexical.Clip(entry.Name), err)
	}
	defer r.Close()
	raw, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		return raw, fmt.Errorf("unpacking %s: %w", lexical.Clip(entry.Name), err)
	}
	if len(raw) > maxFileBytes {
		return raw, fmt.Errorf("%s has more than the %d bytes allowed", lexical.Clip(entry.Name), maxFileBytes)
	}
	return raw, nil
}
