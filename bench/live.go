// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/planning"
)

// liveSirens is the fleet of a large Land, liveChanges how often one of its
// sirens begins or ends.
const (
	liveSirens  = 5000
	liveChanges = 2000
)

// everywhere is an area that has all cells in it.
var everywhere = geo.Area{Polygons: []geo.Ring{{{Lat: 47, Lon: 5}, {Lat: 47, Lon: 16}, {Lat: 56, Lon: 16}, {Lat: 56, Lon: 5}, {Lat: 47, Lon: 5}}}}

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
	in, _, err := planning.Open(ctx, planning.Paths{Population: l.population, Sirens: l.sirens})
	if err != nil {
		return nil, err
	}
	var rows []row
	for _, model := range []earshot.Model{earshot.CPG117, earshot.ISO9613} {
		say("live reach: %d sirens, %s", len(in.Sirens), model)
		measured, err := followed(ctx, in, earshot.Options{Assumptions: earshot.Assumptions{Model: model}})
		if err != nil {
			return nil, err
		}
		for _, r := range measured {
			r.what = fmt.Sprintf("live reach: one of %d sirens begins or ends -> %s; %d cells (%s), %s", len(in.Sirens), r.what, in.Grid.Len(), l.name, model)
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// followed changes sirens one by one, and fails where the number kept up is not
// that of a map reckoned anew.
func followed(ctx context.Context, in planning.Inputs, o earshot.Options) ([]row, error) {
	gazetteer, err := places()
	if err != nil {
		return nil, err
	}
	sources, err := heardAs(in.Sirens)
	if err != nil {
		return nil, err
	}
	audience, err := coverage.NewAudience(coverage.AudienceOptions{Grid: in.Grid, Gazetteer: gazetteer, Assumptions: o.Assumptions, Level: o.Level})
	if err != nil {
		return nil, err
	}
	began := time.Now()
	listeners, err := audience.Listen(everywhere, in.Sirens)
	if err != nil {
		return nil, err
	}
	prepared := time.Since(began)
	random := rand.New(rand.NewPCG(1, 1))
	sounds := make([]bool, len(sources))
	var numbers, lists, batch sample
	for k := range liveChanges {
		i := random.IntN(len(sources))
		sounds[i] = !sounds[i]
		began := time.Now()
		listeners.Set(sources[i].ID, sounds[i])
		reached := listeners.Numbers().Reached
		numbers = append(numbers, time.Since(began))
		if k%(liveChanges/10) != 0 {
			continue
		}
		listeners.Hearing()
		lists = append(lists, time.Since(began))
		var sounding []earshot.Source
		for j, s := range sources {
			if sounds[j] {
				sounding = append(sounding, s)
			}
		}
		began = time.Now()
		m, err := earshot.Compute(ctx, in.Grid, sounding, o)
		if err != nil {
			return nil, err
		}
		want := m.Total().Covered
		batch = append(batch, time.Since(began))
		if reached != want {
			return nil, fmt.Errorf("live reach is %d people after %d changes, reckoned anew %d", reached, k+1, want)
		}
	}
	beside := func(s sample) string { return fmt.Sprintf("%.2g", float64(s.at(0.5))/float64(batch.at(0.5))) }
	anew := fmt.Sprintf("bound 200 ms; reckoned anew %s, the same people", milliseconds(batch.at(0.5)))
	return []row{
		{"people who hear one", microseconds(numbers.at(0.5)), microseconds(numbers.at(0.99)), anew, beside(numbers)},
		{"and where nobody does", milliseconds(lists.at(0.5)), milliseconds(lists.at(0.99)), fmt.Sprintf("%s; once for the fleet %s", anew, milliseconds(prepared)), beside(lists)},
	}, nil
}

func microseconds(d time.Duration) string {
	return fmt.Sprintf("%.1f µs", float64(d)/float64(time.Microsecond))
}
