// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"strings"
)

const (
	// maxFiles is how many files a zip container may have.
	maxFiles = 5_000
	// maxDirectory bounds its directory, in bytes.
	maxDirectory = 4 << 20
	// maxNested is the largest archive inside an archive, in bytes: it is held.
	maxNested = 8 << 20
)

// zip takes the files out of a zip container.
func (w *walk) zip(c content, r io.Reader) {
	if c.archive == nil {
		raw, err := io.ReadAll(io.LimitReader(r, maxNested+1))
		if err != nil {
			w.fail(c.name, fmt.Errorf("unpacking: %w", err))
			return
		}
		if len(raw) > maxNested {
			w.fail(c.name, fmt.Errorf("the archive inside an archive has more than the %d bytes allowed", maxNested))
			return
		}
		c.archive, c.size = bytes.NewReader(raw), int64(len(raw))
	}
	if err := checkDirectory(io.NewSectionReader(c.archive, 0, c.size)); err != nil {
		w.fail(c.name, err)
		return
	}
	archive, err := zip.NewReader(c.archive, c.size)
	if err != nil {
		w.fail(c.name, fmt.Errorf("reading the zip container: %w", err))
		return
	}
	files := 0
	for _, entry := range archive.File {
		if entry.FileInfo().IsDir() {
			continue
		}
		files++
		if !w.entry(c, entry) {
			return
		}
	}
	if files == 0 {
		w.note(c.name, emptyNote("the zip container holds no file"))
	}
}

// entry goes into one file and reports whether to go on with the next.
func (w *walk) entry(c content, entry *zip.File) bool {
	name := c.name + "/" + printable(entry.Name)
	const encrypted = 1
	if entry.Flags&encrypted != 0 {
		return w.fail(name, errors.New("the file is encrypted"))
	}
	r, err := entry.Open()
	if err != nil {
		return w.fail(name, fmt.Errorf("unpacking: %w", err))
	}
	defer r.Close()
	w.file(content{name: name, reader: budget{reader: r, walk: w}, nesting: c.nesting + 1})
	return !w.stopped && !w.spent
}

// gzip takes the file out of a gzip stream.
func (w *walk) gzip(c content, r io.Reader) {
	unpacked, err := gzip.NewReader(r)
	if err != nil {
		w.fail(c.name, fmt.Errorf("unpacking: %w", err))
		return
	}
	name := c.name
	if strings.HasSuffix(strings.ToLower(name), ".gz") {
		name = name[:len(name)-len(".gz")]
	}
	w.file(content{name: name, address: c.address, reader: budget{reader: unpacked, walk: w}, nesting: c.nesting + 1})
}

// checkDirectory bounds the directory of a zip container before archive/zip
// makes values of all its entries, however many there are. It counts the
// headers wherever they stand, so those of an archive that lies in it
// uncompressed too.
func checkDirectory(r io.Reader) error {
	const (
		header    = 46 // bytes of a central directory header
		signature = "PK\x01\x02"
		piece     = 64 << 10
	)
	files, directory := 0, 0
	buffer := make([]byte, 0, piece+header)
	for {
		n, err := io.ReadFull(r, buffer[len(buffer):cap(buffer)])
		buffer = buffer[:len(buffer)+n]
		end := err != nil
		if end && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
			return fmt.Errorf("reading the zip container: %w", err)
		}
		at := 0
		for {
			i := bytes.Index(buffer[at:], []byte(signature))
			if i < 0 || at+i+header > len(buffer) {
				break
			}
			at += i
			files++
			directory += header
			for _, length := range []int{28, 30, 32} { // of name, extra field and comment
				directory += int(binary.LittleEndian.Uint16(buffer[at+length:]))
			}
			at += len(signature)
		}
		if files > maxFiles {
			return fmt.Errorf("the zip container has more than the %d files allowed", maxFiles)
		}
		if directory > maxDirectory {
			return fmt.Errorf("the directory of the zip container has more than the %d bytes allowed", maxDirectory)
		}
		if end {
			return nil
		}
		rest := buffer[max(at, len(buffer)-header+1):]
		buffer = buffer[:copy(buffer[:cap(buffer)], rest)]
	}
}
