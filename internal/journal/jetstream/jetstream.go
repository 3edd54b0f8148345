// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package jetstream keeps the journal in one NATS JetStream stream, one message
// for each record. The stream's sequence is the record's.
package jetstream

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	defaultStream  = "JOURNAL"
	defaultReserve = 64 << 20
	defaultTimeout = 5 * time.Second // of one exchange with the engine
	// duplicates is how long the engine knows an append that was sent twice
	// after a hiccup of the connection.
	duplicates = 10 * time.Minute
)

// Options say how the journal is kept.
type Options struct {
	// Stream is the stream's name, by default "JOURNAL"; its subject is the same.
	Stream string
	// Replicas is the number of servers that hold the journal: 1 (the default,
	// and the only one for an embedded engine), 3 or 5.
	Replicas int
	// MaxBytes ends the journal at a size; 0 for none.
	MaxBytes int64
	// FreeSpace tells how many bytes the disk has left; nil when that is unknown.
	FreeSpace func() (uint64, error)
	// Reserve is the free space, by default 64 MiB, below which Append returns
	// journal.ErrFull. The engine itself does not come back from a full disk
	// until it is started again.
	Reserve uint64
	// Timeout bounds one append, by default 5 s.
	Timeout time.Duration
}

// Journal is a journal on JetStream.
type Journal struct {
	js     jetstream.JetStream
	stream jetstream.Stream
	o      Options

	// turn is the lock of what is below; a channel, so that waiting for it ends with the context.
	turn  chan struct{}
	head  journal.Head
	known bool // whether head is what the engine has, as far as this process can know
}

var _ journal.Journal = (*Journal)(nil)

// Open makes the stream or takes up the one that is there, and reads its last
// record: journal.ErrNewerVersion and journal.ErrCorrupt speak of that. The
// records before it are verified whenever they are read, thus all of them by the
// replay that every node starts with.
func Open(ctx context.Context, js jetstream.JetStream, o Options) (*Journal, error) {
	o.Stream = cmp.Or(o.Stream, defaultStream)
	o.Replicas = cmp.Or(o.Replicas, 1)
	o.MaxBytes = cmp.Or(o.MaxBytes, -1)
	o.Reserve = cmp.Or(o.Reserve, defaultReserve)
	o.Timeout = cmp.Or(o.Timeout, defaultTimeout)
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        o.Stream,
		Description: "Tocsin journal",
		Subjects:    []string{o.Stream},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardNew,
		Storage:     jetstream.FileStorage,
		Compression: jetstream.NoCompression,
		Replicas:    o.Replicas,
		MaxBytes:    o.MaxBytes,
		Duplicates:  duplicates,
		DenyDelete:  true,
		DenyPurge:   true,
		AllowDirect: true,
	})
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("the journal's stream %s cannot be opened", o.Stream),
			"Check that JetStream is on and its settings allow the stream.")
	}
	j := &Journal{js: js, stream: stream, o: o, turn: make(chan struct{}, 1)}
	if _, err := j.Head(ctx); err != nil {
		return nil, fmt.Errorf("open journal: %w", err)
	}
	return j, nil
}

// Head implements journal.Journal.
func (j *Journal) Head(ctx context.Context) (journal.Head, error) {
	if err := j.acquire(ctx); err != nil {
		return journal.Head{}, fmt.Errorf("head of journal: %w", err)
	}
	defer j.release()
	if err := j.refresh(ctx); err != nil {
		return journal.Head{}, fmt.Errorf("head of journal: %w", err)
	}
	return j.head, nil
}

// Append implements journal.Journal. Once it has been sent, an append is not
// given up when the context ends but waits for its answer, so that a caller who
// walks away leaves no doubt behind.
func (j *Journal) Append(ctx context.Context, expected uint64, draft journal.Draft) (journal.Head, error) {
	if err := j.acquire(ctx); err != nil {
		return journal.Head{}, fmt.Errorf("append to journal: %w", err)
	}
	defer j.release()
	if !j.known || expected > j.head.Seq {
		if err := j.refresh(ctx); err != nil {
			return journal.Head{}, fmt.Errorf("append to journal: %w", err)
		}
	}
	if expected != j.head.Seq {
		return journal.Head{}, fmt.Errorf("append after %d, but the head is %d: %w", expected, j.head.Seq, journal.ErrConflict)
	}
	stored, head, err := journal.EncodeRecord(draft, j.head)
	if err != nil {
		return journal.Head{}, fmt.Errorf("append to journal: %w", err)
	}
	if err := j.checkSpace(len(stored)); err != nil {
		return journal.Head{}, fmt.Errorf("append to journal: %w", err)
	}
	if err := j.publish(ctx, stored, head); err != nil {
		return journal.Head{}, fmt.Errorf("append to journal: %w", err)
	}
	j.head = head
	return head, nil
}

func (j *Journal) publish(ctx context.Context, stored []byte, head journal.Head) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), j.o.Timeout)
	defer cancel()
	j.known = false
	ack, err := j.js.PublishMsg(ctx, &nats.Msg{Subject: j.o.Stream, Data: stored},
		jetstream.WithExpectLastSequence(head.Seq-1),
		// One id for each append, so that only the client's own second try is a duplicate.
		jetstream.WithMsgID(rand.Text()))
	var refusal *jetstream.APIError
	switch {
	case err == nil && ack.Sequence == head.Seq:
		j.known = true
		return nil
	case err == nil:
		return fmt.Errorf("record %d: %w: stored as %d", head.Seq, journal.ErrCorrupt, ack.Sequence)
	case !errors.As(err, &refusal):
		return fmt.Errorf("record %d may or may not be stored: %w", head.Seq, err)
	}
	switch refusal.ErrorCode {
	case wrongLastSequence, wrongLastSequenceConstant:
		return fmt.Errorf("record %d: %w", head.Seq, journal.ErrConflict)
	case insufficientResources, storageResourcesExceeded:
		return fmt.Errorf("record %d: %w: %w", head.Seq, journal.ErrFull, err)
	case storeFailed:
		// The engine gives the store's own reasons no code; this one says that
		// the stream has reached its MaxBytes.
		if refusal.Description == "maximum bytes exceeded" {
			return fmt.Errorf("record %d: %w: %w", head.Seq, journal.ErrFull, err)
		}
	}
	return fmt.Errorf("record %d: %w", head.Seq, err)
}

// Error codes of the JetStream API (nats-server, server/errors.json).
const (
	wrongLastSequence         = 10071
	wrongLastSequenceConstant = 10164
	insufficientResources     = 10023
	storageResourcesExceeded  = 10047
	storeFailed               = 10077
)

func (j *Journal) checkSpace(size int) error {
	if j.o.FreeSpace == nil {
		return nil
	}
	free, err := j.o.FreeSpace()
	if err != nil {
		return err
	}
	if free < j.o.Reserve+uint64(size) {
		return fmt.Errorf("%w: %d bytes left on the disk, %d of them are the reserve", journal.ErrFull, free, j.o.Reserve)
	}
	return nil
}

// refresh reads the head from the engine. The lock must be held.
func (j *Journal) refresh(ctx context.Context) error {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return err
	}
	last := info.State.LastSeq
	switch {
	case last < j.head.Seq:
		return journal.Missing(j.head.Seq, last)
	case last == j.head.Seq:
		j.known = true
		return nil
	}
	chain, err := j.seed(ctx, last)
	if err != nil {
		return err
	}
	j.head, j.known = chain.Head(), true
	return nil
}

func (j *Journal) acquire(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case j.turn <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (j *Journal) release() { <-j.turn }
