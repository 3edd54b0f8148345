// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	natsjetstream "github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// benchBody makes a record of about 1 KiB, as releases and receipts are.
var benchBody = map[string]string{"text": string(slices.Repeat([]byte("Hochwasser "), 75))}

func benchDraft() journal.Draft {
	return journal.Draft{
		Time: time.Date(2026, 11, 24, 3, 0, 0, 0, time.UTC), By: "node",
		Events: []journal.Event{journal.NewEvent("test.bench", benchBody)},
	}
}

// timed runs one operation b.N times and reports its median and 99th percentile.
func timed(b *testing.B, operation func() error) {
	b.Helper()
	took := make([]time.Duration, 0, b.N)
	b.ResetTimer()
	for range b.N {
		start := time.Now()
		if err := operation(); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(start))
	}
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-µs")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-µs")
}

// BenchmarkAppend puts the journal beside what it stands on: a bare publish
// with the same engine and settings, and a plain file with one fsync a record.
func BenchmarkAppend(b *testing.B) {
	stored, _, err := journal.EncodeRecord(benchDraft(), journal.Head{})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("journal", func(b *testing.B) {
		j, err := newStore(b).Open()
		if err != nil {
			b.Fatal(err)
		}
		var head journal.Head
		timed(b, func() (err error) {
			head, err = j.Append(b.Context(), head.Seq, benchDraft())
			return err
		})
	})
	b.Run("bare-publish", func(b *testing.B) {
		s := newStore(b)
		s.start()
		if _, err := s.engine.JetStream.CreateStream(b.Context(), natsjetstream.StreamConfig{
			Name: "BARE", Subjects: []string{"BARE"}, Storage: natsjetstream.FileStorage,
		}); err != nil {
			b.Fatal(err)
		}
		timed(b, func() error {
			_, err := s.engine.JetStream.Publish(b.Context(), "BARE", stored)
			return err
		})
	})
	b.Run("file-fsync", func(b *testing.B) {
		file, err := os.Create(filepath.Join(b.TempDir(), "records"))
		if err != nil {
			b.Fatal(err)
		}
		defer file.Close()
		timed(b, func() error {
			_, err := file.Write(stored)
			return errors.Join(err, file.Sync())
		})
	})
}

// BenchmarkReplay measures a start on an existing journal: engine and journal
// opened, every record read, verified and decoded.
func BenchmarkReplay(b *testing.B) {
	for _, count := range []uint64{10_000, 100_000} {
		b.Run(fmt.Sprint(count), func(b *testing.B) {
			s := newStore(b)
			fill(b, s, int(count), benchDraft())
			b.ResetTimer()
			for range b.N {
				s.Close()
				start := time.Now()
				j, err := s.Open()
				if err != nil {
					b.Fatal(err)
				}
				opened := time.Since(start)
				replay(b, j, count)
				b.ReportMetric(opened.Seconds(), "open-s")
				b.ReportMetric((time.Since(start) - opened).Seconds(), "replay-s")
			}
		})
	}
}

func replay(t testing.TB, j journal.Journal, count uint64) {
	t.Helper()
	done := errors.New("done")
	err := j.Watch(t.Context(), 0, func(r journal.Record) error {
		if r.Seq == count {
			return done
		}
		return nil
	})
	if !errors.Is(err, done) {
		t.Fatal(err)
	}
}
