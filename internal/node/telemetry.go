// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"encoding/json"
	"log/slog"
	"time"

	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// restoreTime bounds how long the gateway waits for what is known of its sirens.
// Without it, it begins as if none had ever been heard.
const restoreTime = 10 * time.Second

// restore gives the last states of sirens to take, as the bus kept them.
func restore(ctx context.Context, b bus.Bus, logger *slog.Logger, take func(siren.State)) {
	ctx, cancel := context.WithTimeout(ctx, restoreTime)
	defer cancel()
	err := b.States(ctx, siren.StatePattern, func(subject string, data []byte) error {
		var s siren.State
		if json.Unmarshal(data, &s) == nil && siren.StateSubject(s.Siren) == subject {
			take(s)
		}
		return nil
	})
	if err != nil {
		logger.LogAttrs(ctx, slog.LevelWarn, "the last states of the sirens are not known", slog.Any("error", err))
	}
}
