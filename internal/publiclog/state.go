// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/tlog"
)

// again is the pause before a watch that broke off begins again.
const again = time.Second

// Watch calls yield with how the log stands, now and whenever that changes, until
// the context ends. broke is told of a watch that broke off and begins again.
func Watch(ctx context.Context, b bus.Bus, yield func(State), broke func(error)) {
	for ctx.Err() == nil {
		err := b.WatchState(ctx, Subject, func(_ string, data []byte) error {
			var s State
			if err := json.Unmarshal(data, &s); err != nil {
				return fmt.Errorf("state of the public log: %w", err)
			}
			yield(s)
			return nil
		})
		if ctx.Err() != nil {
			return
		}
		broke(err)
		select {
		case <-ctx.Done():
		case <-time.After(again):
		}
	}
}

// Best gives the checkpoint under which an entry is proved: the newest that was
// witnessed, as long as it counts as fresh, else the newest; nil when the entry
// is under none.
func (s State) Best(index int64, now time.Time) (checkpoint []byte, grade tlog.Grade) {
	covers := func(checkpoint []byte) bool {
		t, err := tlog.UnsignedCheckpoint(checkpoint)
		return err == nil && t.Origin == s.Origin && index < t.Size
	}
	switch {
	case covers(s.Witnessed) && now.Sub(s.WitnessedAt) < tlog.FreshFor:
		return s.Witnessed, tlog.GradeA
	case covers(s.Checkpoint):
		return s.Checkpoint, tlog.GradeB
	}
	return nil, ""
}
