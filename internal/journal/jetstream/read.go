// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package jetstream

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

const (
	// batchRecords and batchBytes bound what the engine sends at once. The
	// bytes stay well below the 64 MiB at which a client drops messages.
	batchRecords = 5000
	batchBytes   = 16 << 20
	// replicaLag is how long a replica may need to get a record that the leader has.
	replicaLag = 2 * time.Second
	// consumerIdle is when the engine forgets a watch whose process died.
	consumerIdle = 30 * time.Second
)

// Read implements journal.Journal.
func (j *Journal) Read(ctx context.Context, after uint64, limit int) ([]journal.Record, error) {
	records, err := j.read(ctx, after, limit)
	if err != nil {
		return records, fmt.Errorf("read journal: %w", err)
	}
	return records, nil
}

func (j *Journal) read(ctx context.Context, after uint64, limit int) ([]journal.Record, error) {
	last, err := j.checkSeen(ctx, after)
	if err != nil {
		return nil, err
	}
	count := min(last-after, uint64(max(limit, 0)))
	if count == 0 {
		return nil, nil
	}
	chain := journal.NewChain(journal.Head{})
	if after > 0 {
		if chain, err = j.seed(ctx, after); err != nil {
			return nil, err
		}
	}
	records := make([]journal.Record, 0, min(count, batchRecords))
	for uint64(len(records)) < count {
		next := after + uint64(len(records)) + 1
		batch, err := j.fetch(ctx, next, min(count-uint64(len(records)), batchRecords))
		if err != nil {
			return records, err
		}
		for _, stored := range batch {
			record, err := chain.Next(stored)
			if err != nil {
				return records, err
			}
			records = append(records, record)
		}
	}
	return records, nil
}

// checkSeen returns the last sequence, and ErrCorrupt when the journal ends
// before one that was seen.
func (j *Journal) checkSeen(ctx context.Context, seen uint64) (uint64, error) {
	info, err := j.stream.Info(ctx)
	if err != nil {
		return 0, err
	}
	if seen > info.State.LastSeq {
		return 0, journal.Missing(seen, info.State.LastSeq)
	}
	return info.State.LastSeq, nil
}

// seed starts a chain behind a record that is in the journal.
func (j *Journal) seed(ctx context.Context, seq uint64) (*journal.Chain, error) {
	batch, err := j.fetch(ctx, seq, 1)
	if err != nil {
		return nil, err
	}
	return journal.Seed(seq, batch[0])
}

// fetch returns at least one and at most count stored records from the sequence
// on, all of which are in the journal. When none comes, a replica may lag; after
// replicaLag the record is lost.
func (j *Journal) fetch(ctx context.Context, seq, count uint64) ([][]byte, error) {
	for deadline := time.Now().Add(replicaLag); ; {
		batch, err := j.fetchOnce(ctx, seq, count)
		if err != nil || len(batch) > 0 {
			return batch, err
		}
		if j.o.Replicas == 1 || time.Now().After(deadline) {
			return nil, fmt.Errorf("record %d: %w: it is missing", seq, journal.ErrCorrupt)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// fetchOnce asks for a batch by direct get: one request, one message for each
// record, and a message with a status at the end.
func (j *Journal) fetchOnce(ctx context.Context, seq, count uint64) ([][]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, defaultTimeout)
	defer cancel()
	request, err := json.Marshal(struct {
		Seq      uint64 `json:"seq"`
		Batch    uint64 `json:"batch"`
		MaxBytes int    `json:"max_bytes"`
	}{seq, count, batchBytes})
	if err != nil {
		return nil, err
	}
	inbox := j.js.Conn().NewInbox()
	sub, err := j.js.Conn().SubscribeSync(inbox)
	if err != nil {
		return nil, err
	}
	defer sub.Unsubscribe()
	if err := j.js.Conn().PublishRequest("$JS.API.DIRECT.GET."+j.o.Stream, inbox, request); err != nil {
		return nil, err
	}
	var batch [][]byte
	for {
		msg, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return nil, err
		}
		switch status := msg.Header.Get("Status"); status {
		case "":
		case "204", "404":
			return batch, nil
		default:
			return nil, fmt.Errorf("record %d: the engine answers %s %s", seq, status, msg.Header.Get("Description"))
		}
		got, err := strconv.ParseUint(msg.Header.Get(jetstream.SequenceHeader), 10, 64)
		if err != nil {
			return nil, fmt.Errorf("record %d: the engine names no sequence: %w", seq, err)
		}
		if got != seq+uint64(len(batch)) {
			// The engine skips what it has lost. What came before it is good, and
			// the next fetch finds nothing but the gap.
			if len(batch) == 0 {
				return nil, fmt.Errorf("record %d: %w: it is missing, record %d comes next", seq, journal.ErrCorrupt, got)
			}
			return batch, nil
		}
		batch = append(batch, msg.Data)
	}
}

// Watch implements journal.Journal. It survives lost connections, and the loss
// of servers as long as the cluster has the stream.
func (j *Journal) Watch(ctx context.Context, after uint64, yield func(journal.Record) error) error {
	if _, err := j.checkSeen(ctx, after); err != nil {
		return fmt.Errorf("watch journal: %w", err)
	}
	w := &watch{chain: journal.NewChain(journal.Head{}), yield: yield, ended: make(chan error, 1)}
	if after > 0 {
		var err error
		if w.chain, err = j.seed(ctx, after); err != nil {
			return fmt.Errorf("watch journal: %w", err)
		}
	}
	consumer, err := j.js.OrderedConsumer(ctx, j.o.Stream, jetstream.OrderedConsumerConfig{
		DeliverPolicy:     jetstream.DeliverByStartSequencePolicy,
		OptStartSeq:       after + 1,
		InactiveThreshold: consumerIdle,
	})
	if err != nil {
		return fmt.Errorf("watch journal: %w", err)
	}
	running, err := consumer.Consume(w.receive, jetstream.PullMaxMessagesWithBytesLimit(batchRecords, batchBytes))
	if err != nil {
		return fmt.Errorf("watch journal: %w", err)
	}
	defer func() {
		w.stop()
		running.Stop()
		// Else consumers pile up until they are idle for long enough.
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = j.js.DeleteConsumer(ctx, j.o.Stream, consumer.CachedInfo().Name)
	}()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case err := <-w.ended:
		return err
	case <-running.Closed():
		return fmt.Errorf("watch journal: %w", nats.ErrConnectionClosed)
	}
}

// watch takes messages on the client's goroutine.
type watch struct {
	mu      sync.Mutex
	stopped bool
	chain   *journal.Chain
	yield   func(journal.Record) error
	ended   chan error
}

func (w *watch) receive(msg jetstream.Msg) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.stopped {
		return
	}
	if err := w.take(msg); err != nil {
		w.stopped = true
		w.ended <- err
	}
}

func (w *watch) take(msg jetstream.Msg) error {
	place, err := msg.Metadata()
	if err != nil {
		return fmt.Errorf("watch journal: %w", err)
	}
	next := w.chain.Head().Seq + 1
	if place.Sequence.Stream > next {
		return fmt.Errorf("watch journal: record %d: %w: it is missing, record %d comes next",
			next, journal.ErrCorrupt, place.Sequence.Stream)
	}
	record, err := w.chain.Next(msg.Data())
	if err != nil {
		return fmt.Errorf("watch journal: %w", err)
	}
	return w.yield(record)
}

// stop waits for a yield that runs; there is none after it.
func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.stopped = true
}
