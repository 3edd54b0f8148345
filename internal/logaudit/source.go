// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package logaudit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/tlog"
)

const (
	// fetchFor bounds one file over the network.
	fetchFor = 30 * time.Second
	// attempts is how often a file is asked for that does not come.
	attempts = 3
	// maxCheckpoint, maxEntries and maxMessage bound what is read, in bytes: a
	// checkpoint, a tile of entries of the largest size there can be, a message.
	maxCheckpoint = 64 << 10
	maxEntries    = tlog.TileWidth * (2 + 1<<16)
	maxMessage    = 1 << 20
)

// Source is where files are read: an http or https address, or a directory.
type Source struct {
	address *url.URL // nil for a directory
	dir     string
	client  *http.Client
	pause   time.Duration // before a file is asked for again
}

// Open takes an address or the path of a directory. It reads nothing.
func Open(address string) (*Source, error) {
	s := &Source{client: &http.Client{Timeout: fetchFor}, pause: time.Second}
	if !strings.HasPrefix(address, "http://") && !strings.HasPrefix(address, "https://") {
		s.dir = address
		return s, nil
	}
	parsed, err := url.Parse(address)
	if err != nil || parsed.Host == "" || parsed.RawQuery != "" || parsed.Fragment != "" {
		return nil, problem.Wrap(err, problem.Invalid, fmt.Sprintf("%q is not the address of a log.", address), "Write it like https://warnung.example/log, or name a directory.")
	}
	s.address = parsed
	return s, nil
}

// Beside is the source of that name in the folder where this one is.
func (s *Source) Beside(name string) *Source {
	other := *s
	if s.address == nil {
		other.dir = filepath.Join(filepath.Dir(filepath.Clean(s.dir)), name)
		return &other
	}
	other.address = s.address.JoinPath("..", name)
	return &other
}

// Read reads a file of at most limit bytes. path has slashes and no dots that
// lead out. The error is fs.ErrNotExist where there is no such file, and else of
// the kind Unavailable.
func (s *Source) Read(ctx context.Context, path string, limit int64) ([]byte, error) {
	if s.address == nil {
		raw, err := readFile(filepath.Join(s.dir, filepath.FromSlash(path)), limit)
		return raw, unavailable(err, path)
	}
	for try := 1; ; try++ {
		raw, again, err := s.fetch(ctx, path, limit)
		if err == nil || !again || try == attempts {
			return raw, unavailable(err, path)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(time.Duration(try) * s.pause):
		}
	}
}

func unavailable(err error, path string) error {
	if err == nil || errors.Is(err, fs.ErrNotExist) || errors.Is(err, context.Canceled) {
		return err
	}
	return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be read.", path), "Check the address or the directory, and try again.")
}

func readFile(path string, limit int64) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file, limit)
}

func readAll(r io.Reader, limit int64) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("it has more than %d bytes", limit)
	}
	return raw, err
}

// fetch reads over HTTP. again says that another attempt may help.
func (s *Source) fetch(ctx context.Context, path string, limit int64) (raw []byte, again bool, err error) {
	get, err := http.NewRequestWithContext(ctx, http.MethodGet, s.address.JoinPath(path).String(), nil)
	if err != nil {
		return nil, false, err
	}
	answer, err := s.client.Do(get)
	if err != nil {
		return nil, true, err
	}
	defer answer.Body.Close()
	switch {
	case answer.StatusCode == http.StatusOK:
		raw, err = readAll(answer.Body, limit)
		return raw, err != nil && int64(len(raw)) <= limit, err
	case answer.StatusCode == http.StatusNotFound, answer.StatusCode == http.StatusGone:
		return nil, false, fmt.Errorf("%s: %w", get.URL, fs.ErrNotExist)
	}
	return nil, answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests, fmt.Errorf("%s: %s", get.URL, answer.Status)
}

// tile reads a tile. A log may remove a tile that was not full when there is the
// full one (C2SP tlog-tiles).
func (s *Source) tile(ctx context.Context, t merkle.Tile, limit int64) ([]byte, error) {
	raw, err := s.Read(ctx, tlog.TilePath(t), limit)
	if errors.Is(err, fs.ErrNotExist) && t.W < tlog.TileWidth {
		t.W = tlog.TileWidth
		raw, err = s.Read(ctx, tlog.TilePath(t), limit)
	}
	return raw, err
}

// Size is that of the tree which the log shows, on its word alone.
func (s *Source) Size(ctx context.Context) (int64, error) {
	raw, err := s.Read(ctx, tlog.CheckpointPath, maxCheckpoint)
	if err != nil {
		return 0, missing(err, tlog.CheckpointPath)
	}
	t, err := tlog.UnsignedCheckpoint(raw)
	if err != nil {
		return 0, problem.Wrap(err, problem.Unreadable, "The log's checkpoint cannot be read.", "Check the address of the log.")
	}
	return t.Size, nil
}

// Span are entries of a log of that Size: From the index of the first one, To
// that after the last.
type Span struct{ From, To, Size int64 }

// Entries reads a span tile by tile. It calls yield for each tile with the index
// of its first entry in the span, and ends with the error of yield.
func (s *Source) Entries(ctx context.Context, span Span, yield func(first int64, entries [][]byte) error) error {
	for first := span.From; first < span.To; {
		t := tlog.EntryTile(first, span.Size)
		raw, err := s.tile(ctx, t, maxEntries)
		if err != nil {
			return fmt.Errorf("read entries from %d on: %w", first, err)
		}
		entries, err := tlog.ParseEntries(raw)
		begin := t.N * tlog.TileWidth
		if err == nil && len(entries) < t.W {
			err = fmt.Errorf("there are %d entries, not %d", len(entries), t.W)
		}
		if err != nil {
			return &tileError{fmt.Errorf("%s: %w", tlog.TilePath(t), err)}
		}
		next := min(begin+int64(t.W), span.To)
		if err := yield(first, entries[first-begin:next-begin]); err != nil {
			return err
		}
		first = next
	}
	return nil
}

// tileError says that a tile is there and is none.
type tileError struct{ err error }

func (e *tileError) Error() string { return e.err.Error() }

// hashTiles reads tiles of hashes for x/mod, which checks them.
type hashTiles struct {
	ctx    context.Context
	source *Source
	failed error // the last tile that could not be read
}

// Height implements merkle.TileReader.
func (h *hashTiles) Height() int { return tlog.TileHeight }

// SaveTiles implements merkle.TileReader.
func (h *hashTiles) SaveTiles([]merkle.Tile, [][]byte) {}

// ReadTiles implements merkle.TileReader.
func (h *hashTiles) ReadTiles(tiles []merkle.Tile) ([][]byte, error) {
	all := make([][]byte, len(tiles))
	for i, t := range tiles {
		raw, err := h.source.tile(h.ctx, t, tlog.TileWidth*merkle.HashSize)
		if err != nil {
			h.failed = fmt.Errorf("read tile: %w", err)
			return nil, h.failed
		}
		if want := t.W * merkle.HashSize; len(raw) >= want {
			raw = raw[:want]
		}
		all[i] = raw
	}
	return all, nil
}
