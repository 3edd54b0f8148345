// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"os/exec"
	"reflect"
	"strconv"
	"time"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
)

// reckoned is who hears a fleet, with what it took to find out.
type reckoned struct {
	Count earshot.Count
	// Alone is by siren who hears no other.
	Alone []int64
	Cells int
	// Whole is the seconds with reading, Reckoning those without; Peak the memory
	// of the process at most, in bytes.
	Whole, Reckoning float64
	Peak             int
}

func (r reckoned) agrees(with reckoned) bool {
	return r.Cells == with.Cells && r.Count == with.Count && reflect.DeepEqual(r.Alone, with.Alone)
}

// reckonings says who hears the fleets, beside plain loops over all cells and sirens.
func reckonings(ctx context.Context) ([]row, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	var rows []row
	for _, c := range []struct {
		name   string
		census census
		sirens int
		// thin is of how many cells the loops take one: all would be hours.
		thin  int
		bound string
	}{
		{"Brandenburg by 100 m", landCensus, 2000, 1, "2 s, 1 GiB"},
		{"Germany by 1 km", countryCensus, 38_000, 200, "60 s"},
	} {
		l, err := c.census.with(dir, c.sirens)
		if err != nil {
			return nil, err
		}
		for _, model := range []earshot.Model{earshot.CPG117, earshot.ISO9613} {
			say("coverage: %s, %d sirens, %s", c.name, c.sirens, model)
			r, err := l.row(ctx, model, c.thin)
			if err != nil {
				return nil, err
			}
			r.what = fmt.Sprintf("coverage, files to people: %s (%s), %d sirens, %s", c.name, l.name, c.sirens, model)
			r.peer = fmt.Sprintf("bound %s; %s", c.bound, r.peer)
			rows = append(rows, r)
		}
	}
	return rows, nil
}

// row reckons in processes of their own, and fails where the two ways differ.
func (l land) row(ctx context.Context, model earshot.Model, thin int) (row, error) {
	var ours, same, byHand reckoned
	var took sample
	for range rounds {
		if err := ask(ctx, &ours, childReckon, l.population, l.sirens, string(model), "1"); err != nil {
			return row{}, err
		}
		took = append(took, seconds(ours.Whole))
	}
	if err := ask(ctx, &same, childReckon, l.population, l.sirens, string(model), strconv.Itoa(thin)); err != nil {
		return row{}, err
	}
	if err := ask(ctx, &byHand, childReckonByHand, l.population, l.sirens, string(model), strconv.Itoa(thin)); err != nil {
		return row{}, err
	}
	if !same.agrees(byHand) {
		return row{}, fmt.Errorf("coverage by %s is %+v, by plain loops %+v", model, same.Count, byHand.Count)
	}
	loops := byHand.Reckoning * float64(ours.Cells) / float64(byHand.Cells)
	r := row{
		median: milliseconds(took.at(0.5)), p99: fmt.Sprintf("%d MiB at most", ours.Peak>>20),
		peer:  fmt.Sprintf("plain loops %.1f s, the same people", loops),
		ratio: fmt.Sprintf("%.2g (without reading)", ours.Reckoning/loops),
	}
	if thin > 1 {
		r.peer = fmt.Sprintf("plain loops %.0f s (from each %dth cell, the same people there)", loops, thin)
	}
	return r, nil
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// ask has a child do what its kind says, and reads what it prints.
func ask(ctx context.Context, answer any, kind string, arguments ...string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, self, arguments...)
	cmd.Env, cmd.Stderr = append(os.Environ(), childEnv+"="+kind), os.Stderr
	said, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("%s: %w", kind, err)
	}
	return json.Unmarshal(said, answer)
}

// reckonChild reads a land's files and prints who hears its sirens.
func reckonChild(ctx context.Context, kind string, arguments []string) error {
	began := time.Now()
	thin, err := strconv.Atoi(arguments[3])
	if err != nil {
		return err
	}
	model := earshot.Assumptions{Model: earshot.Model(arguments[2])}
	grid, sources, err := land{population: arguments[0], sirens: arguments[1]}.read(ctx, thin)
	if err != nil {
		return err
	}
	read := time.Now()
	r := reckoned{Cells: grid.Len()}
	if kind == childReckonByHand {
		r.Count, r.Alone, err = byHand(grid, sources, model)
	} else {
		r.Count, r.Alone, err = byTiles(ctx, grid, sources, model)
	}
	if err != nil {
		return err
	}
	r.Reckoning, r.Whole = time.Since(read).Seconds(), time.Since(began).Seconds()
	if r.Peak, err = memory(os.Getpid(), "VmHWM"); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(r)
}

func byTiles(ctx context.Context, grid *population.Grid, sources []earshot.Source, model earshot.Assumptions) (earshot.Count, []int64, error) {
	m, err := earshot.Compute(ctx, grid, sources, earshot.Options{Assumptions: model})
	if err != nil {
		return earshot.Count{}, nil, err
	}
	alone := make([]int64, len(sources))
	for i, s := range m.Sirens() {
		alone[i] = s.Alone
	}
	return m.Total(), alone, nil
}

// byHand asks the acoustics for each siren in each cell: the reference.
func byHand(grid *population.Grid, sources []earshot.Source, model earshot.Assumptions) (earshot.Count, []int64, error) {
	model = model.Filled()
	levels := make([]func(distance float64) float64, len(sources))
	for i, s := range sources {
		levels[i] = func(distance float64) float64 {
			return acoustics.CPG{PerDoubling: model.PerDoubling}.Level(s.Rating, distance)
		}
		if model.Model == earshot.CPG117 {
			continue
		}
		field, err := acoustics.NewField(acoustics.Siren{Rating: s.Rating, Emission: acoustics.Tone(acoustics.MotorTone), Height: s.Height}, acoustics.Conditions{
			Atmosphere: acoustics.Atmosphere{Temperature: *model.Temperature, Humidity: *model.Humidity},
			Ground:     acoustics.Uniform(*model.Ground), ReceiverHeight: 1.5, Edition: acoustics.Edition2024,
		})
		if err != nil {
			return earshot.Count{}, nil, err
		}
		levels[i] = field.Level
	}
	var count earshot.Count
	alone := make([]int64, len(sources))
	for _, cell := range grid.All() {
		loudest, heard, only := 0.0, 0, 0
		for i, s := range sources {
			level := levels[i](max(1, apart(s.Position, cell.Centre)))
			loudest = max(loudest, level)
			if level >= earshot.DefaultLevel {
				heard++
				only = i
			}
		}
		people := int64(cell.People)
		if heard == 1 {
			alone[only] += people
		}
		count.People += people
		for least, among := range map[float64]*int64{65: &count.At65, 70: &count.At70, 75: &count.At75} {
			if loudest >= least {
				*among += people
			}
		}
		if loudest > earshot.Bearable {
			count.TooLoud += people
		}
	}
	count.Covered = count.At70
	return count, alone, nil
}

func apart(a, b projection.Coordinate) float64 {
	return math.Hypot(a.Easting-b.Easting, a.Northing-b.Northing)
}
