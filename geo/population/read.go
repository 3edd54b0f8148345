// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import (
	"archive/zip"
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"strings"
)

// Options says how to read a grid.
type Options struct {
	// Side chooses among the grids of an archive by the side of their cells in
	// metres; 0 takes the finest.
	Side int
	// Memory is how many bytes reading may need, as Memory reckons them; 0 stands
	// for 256 MiB. More than 11 million cells do not fit into that.
	Memory int64
	// MaxBytes is the largest table taken, unpacked; 0 stands for 8 GiB.
	MaxBytes int64
	// Licence is the line to show with the data; empty stands for that of the
	// census, where the file is one of its tables.
	Licence string
	// Name is the file's name, for Source. ReadFile fills it in.
	Name string
	// Progress, if set, is told now and then how many of the file's bytes are read.
	Progress func(done, total int64)
}

// ReadFile is Read for a file on disk.
func ReadFile(ctx context.Context, name string, opts Options) (*Grid, *Report, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, fmt.Errorf("read population: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, fmt.Errorf("read population: %w", err)
	}
	if opts.Name == "" {
		opts.Name = filepath.Base(name)
	}
	return Read(ctx, f, info.Size(), opts)
}

// Read reads a grid from a table of the Zensus 2011 or 2022 (CSV, also within a
// .gz or .zip), or from what WriteTo wrote; docs/formats/population.md describes
// them. Rows with faults are left out and reported, the others taken. The report
// is there as soon as a row was read. The error is a *geo.Fault, that of the
// context, or one from reading.
func Read(ctx context.Context, file io.ReaderAt, size int64, opts Options) (*Grid, *Report, error) {
	if opts.Memory == 0 {
		opts.Memory = 256 << 20
	}
	if opts.MaxBytes == 0 {
		opts.MaxBytes = 8 << 30
	}
	digest := sha256.New()
	if _, err := io.Copy(digest, &cancellable{ctx, io.NewSectionReader(file, 0, size)}); err != nil {
		return nil, nil, readFault(err)
	}
	report := &Report{Digest: hex.EncodeToString(digest.Sum(nil))}
	source := &progress{file: file, total: size, tell: opts.Progress}
	in, err := unpack(source, size, opts, report)
	if err != nil {
		return nil, nil, err
	}
	limited := &io.LimitedReader{R: in, N: opts.MaxBytes + 1}
	buffered := bufio.NewReader(limited)
	if start, _ := buffered.Peek(len(magic)); string(start) == magic {
		g, err := readCompact(ctx, buffered, opts)
		if err != nil {
			return nil, nil, err
		}
		report.Rows, report.Cells, report.People, report.Side, report.Year, report.Licence = g.Len(), g.Len(), g.residents, g.side, g.year, g.licence
		return g, report, nil
	}
	t := table{opts: opts, report: report}
	err = t.read(ctx, buffered)
	if limited.N <= 0 {
		err = fault(CodeSize, "file", fmt.Sprintf("The table is larger than %d bytes.", opts.MaxBytes), "Cut it to your area.")
	}
	if err != nil {
		return nil, report, err
	}
	g := t.builder.grid()
	g.year, g.source, g.digest = t.year(), opts.Name, report.Digest
	g.licence, report.LicenceAssumed = opts.Licence, opts.Licence == ""
	if report.LicenceAssumed {
		g.licence = licenceOf(g.year)
	}
	report.Cells, report.People, report.Side, report.Year, report.Licence = g.Len(), g.residents, g.side, g.year, g.licence
	return g, report, nil
}

// year tells the census: by the names of cells, by the names of files, and by -1,
// which only the Zensus 2011 writes.
func (t *table) year() int {
	names := t.report.Entry + " " + t.opts.Name
	switch {
	case t.nameYear != 0:
		return t.nameYear
	case strings.Contains(names, "2022"):
		return 2022
	case strings.Contains(names, "2011") || t.minusOne:
		return 2011
	}
	return 0
}

func licenceOf(year int) string {
	if year == 0 {
		return "Statistische Ämter des Bundes und der Länder, Zensus, dl-de/by-2-0"
	}
	return fmt.Sprintf("Statistische Ämter des Bundes und der Länder, Zensus %d, dl-de/by-2-0", year)
}

// unpack gives the table within the file.
func unpack(file *progress, size int64, opts Options, report *Report) (io.Reader, error) {
	plain := io.NewSectionReader(file, 0, size)
	start := make([]byte, 4)
	n, err := io.ReadFull(plain, start)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return nil, readFault(err)
	}
	if _, err := plain.Seek(0, io.SeekStart); err != nil {
		return nil, readFault(err)
	}
	switch start := string(start[:n]); {
	case strings.HasPrefix(start, "\x1f\x8b"):
		unpacked, err := gzip.NewReader(plain)
		if err != nil {
			return nil, readFault(err)
		}
		return unpacked, nil
	case start == "PK\x03\x04":
		return openArchive(file, size, opts, report)
	}
	return plain, nil
}

// openArchive finds the table in a .zip: the grid asked for, or the finest.
func openArchive(file *progress, size int64, opts Options, report *Report) (io.Reader, error) {
	archive, err := zip.NewReader(file, size)
	if err != nil {
		return nil, fault(CodeFormat, "file", "The archive cannot be read: "+err.Error()+".", "Download it again.")
	}
	var chosen *zip.File
	finest, counted := 0, false
	for _, entry := range archive.File {
		base := strings.ToLower(path.Base(entry.Name))
		if path.Ext(base) != ".csv" || strings.HasPrefix(base, ".") || strings.HasPrefix(entry.Name, "__MACOSX/") {
			continue
		}
		side := sideInName(base)
		if opts.Side != 0 && side != 0 && side != opts.Side {
			continue
		}
		// Archives hold tables of other things as well, and lists of columns.
		people := countsPeople(entry)
		if chosen == nil || people && !counted || people == counted && side < finest {
			chosen, finest, counted = entry, side, people
		}
	}
	if chosen == nil {
		return nil, fault(CodeFormat, "file", "The archive has no table (.csv) of that grid.", "Give the archive with the population numbers, such as Zensus2022_Bevoelkerungszahl.zip.")
	}
	report.Entry = chosen.Name
	file.total = int64(chosen.CompressedSize64)
	in, err := chosen.Open()
	if errors.Is(err, zip.ErrAlgorithm) {
		return nil, fault(CodeFormat, "file", "The archive is packed in a way that is not known here.", "Unpack it and give the .csv file.")
	}
	if err != nil {
		return nil, readFault(err)
	}
	return in, nil
}

// countsPeople reports whether the first row of a table in an archive has a column
// of residents.
func countsPeople(entry *zip.File) bool {
	in, err := entry.Open()
	if err != nil {
		return false
	}
	defer in.Close()
	head, _ := io.ReadAll(io.LimitReader(in, 4<<10))
	first, _, _ := bytes.Cut(head, []byte("\n"))
	return bytes.Contains(bytes.ToLower(first), []byte("einwohner"))
}

// sideInName tells the grid of a table from its file's name; 0 if it does not say.
func sideInName(name string) int {
	switch {
	case strings.Contains(name, "100m"):
		return 100
	case strings.Contains(name, "10km"):
		return 10000
	case strings.Contains(name, "1km"):
		return 1000
	}
	return 0
}

// readFault makes a fault of what is wrong with a packed file; other errors of
// reading stay what they are.
func readFault(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) || errors.Is(err, zip.ErrChecksum) || errors.Is(err, zip.ErrFormat) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fault(CodeFormat, "file", "The packed file is damaged: "+err.Error()+".", "Download it again.")
	}
	return fmt.Errorf("read population: %w", err)
}

// cancellable ends reading with the context.
type cancellable struct {
	ctx context.Context
	in  io.Reader
}

func (c *cancellable) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.in.Read(p)
}

// progress tells how far a file is read.
type progress struct {
	file        io.ReaderAt
	tell        func(done, total int64)
	done, total int64
}

func (p *progress) ReadAt(b []byte, at int64) (int, error) {
	n, err := p.file.ReadAt(b, at)
	if p.tell != nil {
		p.done += int64(n)
		p.tell(min(p.done, p.total), p.total)
	}
	return n, err
}
