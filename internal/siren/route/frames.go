// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"context"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Frames is a route that makes no calls: it carries orders on all ways on which
// sirens know who commands them, and answer. Tests go that way.
type Frames struct {
	Route *Route
	// Fleet is the registry.
	Fleet *siren.Fleet
}

// Deliver implements Bearer.
func (f Frames) Deliver(ctx context.Context, order siren.Order, report func(siren.Progress)) error {
	var meant []siren.Siren
	for _, id := range order.Sirens {
		if s, registered := f.Fleet.Siren(id); registered {
			meant = append(meant, s)
		}
	}
	return f.Route.Deliver(ctx, Order{Order: order, Ways: Survey(nil, meant, "", nil), Latest: order.Until}, report)
}
