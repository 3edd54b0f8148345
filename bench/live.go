// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
)

// liveSirens is the fleet of a large Land, liveChanges how often one of its
// sirens begins or ends.
const (
	liveSirens  = 5000
	liveChanges = 2000
)

// liveReach follows sirens as they begin and end, beside reckoning anew who hears
// those that sound.
func liveReach(ctx context.Context) ([]row, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := landCensus.with(dir, liveSirens)
	if err != nil {
		return nil, err
	}
	grid, sources, err := l.read(ctx, 1)
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, model := range []earshot.Model{earshot.CPG117, earshot.ISO9613} {
		say("live reach: %d sirens, %s", len(sources), model)
		o := earshot.Options{Assumptions: earshot.Assumptions{Model: model}}
		live, err := earshot.NewLive(grid, sources, o, nil)
		if err != nil {
			return nil, err
		}
		random := rand.New(rand.NewPCG(1, 1))
		sounds := make([]bool, len(sources))
		var took, batch sample
		for k := range liveChanges {
			i := random.IntN(len(sources))
			sounds[i] = !sounds[i]
			began := time.Now()
			live.Set(sources[i].ID, sounds[i])
			reached, _ := live.Reached()
			took = append(took, time.Since(began))
			if k%(liveChanges/5) != 0 {
				continue
			}
			var sounding []earshot.Source
			for j, s := range sources {
				if sounds[j] {
					sounding = append(sounding, s)
				}
			}
			began = time.Now()
			m, err := earshot.Compute(ctx, grid, sounding, o)
			if err != nil {
				return nil, err
			}
			want := m.Total().Covered
			batch = append(batch, time.Since(began))
			if reached != want {
				return nil, fmt.Errorf("live reach by %s is %d people after %d changes, reckoned anew %d", model, reached, k+1, want)
			}
		}
		rows = append(rows, row{
			what:   fmt.Sprintf("live reach: one of %d sirens begins or ends, %d cells (%s), %s", len(sources), grid.Len(), l.name, model),
			median: microseconds(took.at(0.5)), p99: microseconds(took.at(0.99)),
			peer:  "bound 200 ms; reckoned anew " + milliseconds(batch.at(0.5)) + ", the same people",
			ratio: fmt.Sprintf("%.2g", float64(took.at(0.5))/float64(batch.at(0.5))),
		})
	}
	return rows, nil
}

func microseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
}
