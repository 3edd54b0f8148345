// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command beside measures tessera's POSIX driver as the bench measures our log:
// entries of the size of ours, by one writer and by 64 at a time, until they are
// durable and integrated and until a checkpoint covers them; a proof, built and
// verified; a fsck of the whole log. It prints JSON for the bench.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/transparency-dev/merkle/proof"
	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	origin = "tessera.example/log"
	// entrySize is that of a release with two signatures, in bytes.
	entrySize = 1000
	// logSize is how many entries are in the log that is proved and checked.
	logSize    = 100_000
	proofCount = 2000
	// atOnce is half of what the driver takes before it pushes back.
	atOnce = 2048
)

// figure is a line of the bench's table.
type figure struct {
	What        string
	Median, P99 time.Duration
	Beside      string
}

func main() {
	figures, err := measure(context.Background())
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(figures)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "beside:", err)
		os.Exit(1)
	}
}

func measure(ctx context.Context) ([]figure, error) {
	var all []figure
	for _, writers := range []int{1, 64} {
		var integrated, published []time.Duration
		err := withLog(ctx, 256, func(ctx context.Context, l *log) (err error) {
			integrated, published, err = l.commit(ctx, writers, max(200/writers, 10))
			return err
		})
		if err != nil {
			return nil, err
		}
		who := "1 writer"
		if writers > 1 {
			who = fmt.Sprintf("%d writers", writers)
		}
		all = append(all,
			figureOf("entry until durable and integrated, "+who, integrated, "batches of at most 5 ms"),
			figureOf("entry until its checkpoint is published, "+who, published, "checkpoints every 100 ms, its least"))
	}
	err := withLog(ctx, atOnce, func(ctx context.Context, l *log) error {
		proofs, err := l.proofs(ctx)
		all = append(all, proofs...)
		return err
	})
	return all, err
}

func figureOf(what string, took []time.Duration, beside string) figure {
	slices.Sort(took)
	at := func(q float64) time.Duration { return took[min(int(q*float64(len(took))), len(took)-1)] }
	return figure{what, at(0.5), at(0.99), beside}
}

// log is one that tessera keeps in a folder.
type log struct {
	dir      string
	appender *tessera.Appender
	awaiter  *tessera.PublicationAwaiter
	key      note.Verifier
}

// withLog makes a log, which is gone when use returns.
func withLog(ctx context.Context, batch uint, use func(context.Context, *log) error) (err error) {
	dir, err := os.MkdirTemp("", "tessera-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // ends what the driver does on its own
	secret, vkey, err := note.GenerateKey(nil, origin)
	if err != nil {
		return err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return err
	}
	key, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	driver, err := posix.New(ctx, posix.Config{Path: dir})
	if err != nil {
		return err
	}
	appender, shutdown, reader, err := tessera.NewAppender(ctx, driver, tessera.NewAppendOptions().
		WithCheckpointSigner(signer).WithBatching(batch, 5*time.Millisecond).WithCheckpointInterval(100*time.Millisecond))
	if err != nil {
		return err
	}
	err = use(ctx, &log{dir, appender, tessera.NewPublicationAwaiter(ctx, reader.ReadCheckpoint, 5*time.Millisecond), key})
	return errors.Join(err, shutdown(ctx))
}

// entry is one of the usual size.
func entry(i int) *tessera.Entry {
	data := bytes.Repeat([]byte{'x'}, entrySize)
	copy(data, fmt.Sprintf("entry %d ", i))
	return tessera.NewEntry(data)
}

// commit has writers append at the same time, each so often.
func (l *log) commit(ctx context.Context, writers, each int) (integrated, published []time.Duration, err error) {
	var mu sync.Mutex
	var work sync.WaitGroup
	for w := range writers {
		work.Go(func() {
			for i := range each {
				begun := time.Now()
				added := l.appender.Add(ctx, entry(w*each+i))
				_, failed := added()
				first := time.Since(begun)
				if failed == nil {
					_, _, failed = l.awaiter.Await(ctx, added)
				}
				second := time.Since(begun)
				mu.Lock()
				integrated, published = append(integrated, first), append(published, second)
				if failed != nil {
					err = failed
				}
				mu.Unlock()
			}
		})
	}
	work.Wait()
	return integrated, published, err
}

// proofs measures proofs in a large log, and what checks all of it.
func (l *log) proofs(ctx context.Context) ([]figure, error) {
	var last tessera.IndexFuture
	for first := 0; first < logSize; first += atOnce {
		var added []tessera.IndexFuture
		for i := first; i < min(first+atOnce, logSize); i++ {
			added = append(added, l.appender.Add(ctx, entry(i)))
		}
		for _, last = range added {
			if _, err := last(); err != nil {
				return nil, err
			}
		}
	}
	_, checkpoint, err := l.awaiter.Await(ctx, last)
	if err != nil {
		return nil, err
	}
	files := client.FileFetcher{Root: l.dir}
	parsed, _, _, err := client.FetchCheckpoint(ctx, files.ReadCheckpoint, l.key, origin)
	if err != nil {
		return nil, err
	}
	var build, verify []time.Duration
	for i := range proofCount {
		index := uint64(i * (logSize - 256) / proofCount) // the last bundle may be partial
		begun := time.Now()
		builder, err := client.NewProofBuilder(ctx, parsed.Size, files.ReadTile)
		if err != nil {
			return nil, err
		}
		hashes, err := builder.InclusionProof(ctx, index)
		if err != nil {
			return nil, err
		}
		build = append(build, time.Since(begun))
		// Entries stand as their batches came in.
		raw, err := files.ReadEntryBundle(ctx, index/256, 0)
		if err != nil {
			return nil, err
		}
		var bundle api.EntryBundle
		if err := bundle.UnmarshalText(raw); err != nil {
			return nil, err
		}
		data := bundle.Entries[index%256]
		begun = time.Now()
		if _, err := note.Open(checkpoint, note.VerifierList(l.key)); err != nil {
			return nil, err
		}
		if err := proof.VerifyInclusion(rfc6962.DefaultHasher, index, parsed.Size, rfc6962.DefaultHasher.HashLeaf(data), hashes, parsed.Hash); err != nil {
			return nil, err
		}
		verify = append(verify, time.Since(begun))
	}
	begun := time.Now()
	if err := fsck.New(origin, l.key, files, leafHashes, fsck.Opts{N: 1}).Check(ctx); err != nil {
		return nil, err
	}
	checked := time.Since(begun)
	return []figure{
		figureOf("proof built from files", build, fmt.Sprintf("of %d entries", logSize)),
		figureOf("inclusion and one signature verified", verify, ""),
		{"fsck", checked, checked, fmt.Sprintf("%d entries, hashes alone, no signatures of people", logSize)},
	}, nil
}

func leafHashes(raw []byte) ([][]byte, error) {
	var bundle api.EntryBundle
	if err := bundle.UnmarshalText(raw); err != nil {
		return nil, err
	}
	var all [][]byte
	for _, entry := range bundle.Entries {
		all = append(all, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return all, nil
}
