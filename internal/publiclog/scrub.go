// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/tocsin-alert/tocsin/tlog"
)

// scrubs reads everything again once a day, until the context ends.
func (k *Keeper) scrubs(ctx context.Context) {
	ticker := time.NewTicker(scrubEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		if err := k.Scrub(ctx); err != nil && ctx.Err() == nil {
			k.o.Logger.LogAttrs(ctx, slog.LevelError, "the public log is damaged, nothing is signed any more", slog.Any("error", err))
			k.trouble(fmt.Errorf("%w: %w", errRoot, err))
			k.publish(ctx)
		}
	}
}

// Scrub reads the whole journal, computes the tree anew and holds it to what was
// signed last. Its error says what does not fit: a record that the disk has
// changed, or a tree in memory that is not that of the journal.
func (k *Keeper) Scrub(ctx context.Context) error {
	signed := k.lastTree()
	var own tlog.Range
	var origin string
	const batch = 1000
	for after := uint64(0); ; {
		records, err := k.o.Journal.Read(ctx, after, batch)
		if err != nil {
			return fmt.Errorf("scrub: %w", err)
		}
		for _, r := range records {
			raw, err := leaves(r)
			if err != nil {
				return fmt.Errorf("scrub: record %d: %w", r.Seq, err)
			}
			for _, entry := range raw {
				if err := extend(&own, &origin, entry); err != nil {
					return fmt.Errorf("scrub: record %d: %w", r.Seq, err)
				}
				if found := (tlog.Tree{Origin: origin, Size: own.Size, Root: own.Root()}); origin == signed.Origin && own.Size == signed.Size && found != signed {
					return fmt.Errorf("scrub: the journal leads to the root %s of %d entries, %s was signed", found.Root, found.Size, signed.Root)
				}
			}
			after = r.Seq
		}
		if len(records) < batch {
			break
		}
	}
	if origin == signed.Origin && own.Size < signed.Size {
		return fmt.Errorf("scrub: the journal has %d entries, %d were signed", own.Size, signed.Size)
	}
	return nil
}
