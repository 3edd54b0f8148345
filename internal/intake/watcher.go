// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/cap/container"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// WatcherOptions are what a watcher needs.
type WatcherOptions struct {
	Bus bus.Bus
	// Folder is watched for files that end in .xml, .cap, .json, .zip, .gz, .atom
	// or .rss; empty for none. Files are read and left where they are.
	Folder string
	// Feeds are http or https addresses of an Atom or RSS feed, of one message in
	// CAP or in the federal API's detail form, or of a container of them.
	Feeds []string
	// Every is the pause between two looks; zero stands for a minute.
	Every time.Duration
	// Client fetches feeds; nil stands for one that gives up after 30 seconds.
	Client *http.Client
	Logger *slog.Logger
}

// Watcher looks into a folder and feeds and hands what is new to the core. It
// keeps nothing on disk: the core knows what came before.
type Watcher struct {
	o WatcherOptions
	// settled holds, by path, the size and time of a file when it was last seen,
	// and taken those of a file that was handed on.
	settled, taken map[string]stamp
	feeds          map[string]*feed
}

type stamp struct {
	size     int64
	modified time.Time
}

// fetchTimeout bounds one fetch.
const fetchTimeout = 30 * time.Second

// NewWatcher makes a watcher.
func NewWatcher(o WatcherOptions) *Watcher {
	if o.Every == 0 {
		o.Every = time.Minute
	}
	if o.Client == nil {
		o.Client = &http.Client{Timeout: fetchTimeout, CheckRedirect: sameHost}
	}
	w := &Watcher{o: o, settled: map[string]stamp{}, taken: map[string]stamp{}, feeds: map[string]*feed{}}
	for _, address := range o.Feeds {
		w.feeds[address] = &feed{address: address, seen: map[string]validator{}}
	}
	return w
}

// Run looks again and again until the context ends.
func (w *Watcher) Run(ctx context.Context) error {
	var work sync.WaitGroup
	defer work.Wait()
	if w.o.Folder != "" {
		work.Go(func() { w.repeat(ctx, func() { w.lookIntoFolder(ctx) }) })
	}
	for _, f := range w.feeds {
		work.Go(func() { w.repeat(ctx, func() { w.lookIntoFeed(ctx, f) }) })
	}
	<-ctx.Done()
	return nil
}

func (w *Watcher) repeat(ctx context.Context, look func()) {
	ticker := time.NewTicker(w.o.Every)
	defer ticker.Stop()
	for {
		look()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

var endings = []string{".xml", ".cap", ".json", ".zip", ".gz", ".atom", ".rss"}

// lookIntoFolder hands on every file that did not change between two looks: one
// that is still being written is left for the next.
func (w *Watcher) lookIntoFolder(ctx context.Context) {
	entries, err := os.ReadDir(w.o.Folder)
	if err != nil {
		w.o.Logger.LogAttrs(ctx, slog.LevelWarn, "watched folder cannot be read", slog.String("folder", w.o.Folder), slog.Any("error", err))
		return
	}
	for _, entry := range entries {
		if entry.Type().IsRegular() && slices.Contains(endings, strings.ToLower(filepath.Ext(entry.Name()))) {
			w.lookAtFile(ctx, filepath.Join(w.o.Folder, entry.Name()), entry)
		}
	}
}

func (w *Watcher) lookAtFile(ctx context.Context, path string, entry os.DirEntry) {
	info, err := entry.Info()
	if err != nil {
		return // it was taken away between the listing and the look
	}
	now := stamp{size: info.Size(), modified: info.ModTime()}
	before := w.settled[path]
	w.settled[path] = now
	if now != before || w.taken[path] == now {
		return
	}
	raw, err := readFile(path)
	if err != nil {
		w.o.Logger.LogAttrs(ctx, slog.LevelWarn, "watched file cannot be read", slog.String("file", path), slog.Any("error", err))
		w.taken[path] = now
		return
	}
	if w.hand(ctx, filepath.Base(path), raw) {
		w.taken[path] = now
	}
}

func readFile(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return readAll(file)
}

func readAll(r io.Reader) ([]byte, error) {
	raw, err := io.ReadAll(io.LimitReader(r, container.MaxSize+1))
	if err != nil {
		return nil, err
	}
	if len(raw) > container.MaxSize {
		return nil, fmt.Errorf("it has more than the %d bytes that are taken", container.MaxSize)
	}
	return raw, nil
}

// hand gives every message of a file or answer to the core. It reports false
// when the core could not be asked, so that it is tried again.
func (w *Watcher) hand(ctx context.Context, source string, raw []byte) bool {
	asked := true
	for item := range container.Messages(container.Bytes(source, raw)) {
		asked = w.offer(ctx, item) && asked
	}
	return asked
}

// offer gives what is in a container to the core, and reports false when the
// core could not be asked. What is of no use it logs.
func (w *Watcher) offer(ctx context.Context, item container.Item) bool {
	err := Unusable(item)
	switch {
	case err == nil && item.Note != nil:
		w.o.Logger.LogAttrs(ctx, slog.LevelDebug, "watched source", slog.String("source", item.Name), slog.String("note", item.Note.String()))
		return true
	case err == nil:
		err = w.give(ctx, item.Name, item.Raw)
	}
	if err != nil {
		w.o.Logger.LogAttrs(ctx, slog.LevelWarn, "message not imported", slog.String("source", item.Name), slog.Any("error", err))
	}
	return problem.KindOf(err) != problem.Unavailable
}

func (w *Watcher) give(ctx context.Context, source string, raw []byte) error {
	// What cannot be read need not travel to the core to be refused there.
	if _, err := Read(raw); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	_, err := command.Do(ctx, w.o.Bus, CommandImport, "node", Import{Source: source, Original: raw})
	if problem.KindOf(err) == problem.Conflict {
		return nil // the authority's own message, come back
	}
	return err
}
