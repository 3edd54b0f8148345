// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"log/slog"

	"github.com/tocsin-alert/tocsin/internal/publiclog"
)

// watchLog keeps how the public log stands until the context ends.
func (s *Service) watchLog(ctx context.Context) {
	publiclog.Watch(ctx, s.o.Bus, func(now publiclog.State) {
		before := s.log.Swap(&now)
		if before == nil || before.Trouble != now.Trouble {
			s.changes.record(s.ledger.Applied())
		}
	}, func(err error) {
		s.o.Logger.LogAttrs(ctx, slog.LevelWarn, "the state of the public log broke off, watching again", slog.Any("error", err))
	})
}

// logTrouble is a line for what keeps the public log from going on, or from
// being witnessed.
func (s *Service) logTrouble() []Trouble {
	state := s.log.Load()
	if state == nil || state.Trouble == "" {
		return nil
	}
	return []Trouble{worded(Trouble{Code: string(state.Trouble), Count: 1, Things: []string{}, Since: state.Since})}
}
