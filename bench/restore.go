// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// restoredSirens is a fleet of the size of Germany's.
const restoredSirens = 40_000

// fleetState measures how long it takes until the states of a whole fleet are
// known again after a restart, and what heartbeats cost.
func fleetState(ctx context.Context) ([]row, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	say("fleet state: %d sirens, two heartbeats of each", restoredSirens)
	put, err := heartbeats(ctx, dir, 2)
	if err != nil {
		return nil, err
	}
	var open, restore sample
	for range 5 {
		opened, restored, err := restored(ctx, dir)
		if err != nil {
			return nil, err
		}
		open, restore = append(open, opened), append(restore, restored)
	}
	size, err := bytesIn(dir)
	if err != nil {
		return nil, err
	}
	return []row{
		{"the engine opens its stores again", milliseconds(open.at(0.5)), milliseconds(open.at(1)), "", ""},
		{fmt.Sprintf("states of %d sirens restored from telemetry", restoredSirens), milliseconds(restore.at(0.5)), milliseconds(restore.at(1)), "", ""},
		{"one heartbeat put", milliseconds(put.at(0.5)), milliseconds(put.at(0.99)), "", ""},
		{"telemetry on disk", fmt.Sprintf("%.1f MB", float64(size)/1e6), "", "", ""},
	}, nil
}

func withBus(ctx context.Context, dir string, do func(*natsbus.Bus) error) error {
	e, err := engine.Open(engine.Options{Dir: dir, Name: "bench"})
	if err != nil {
		return err
	}
	b, err := natsbus.Open(ctx, natsbus.Options{Conn: e.Conn, JetStream: e.JetStream})
	if err == nil {
		err = do(b)
	}
	if closeErr := e.Close(); err == nil {
		err = closeErr
	}
	return err
}

func heartbeats(ctx context.Context, dir string, rounds int) (took sample, err error) {
	err = withBus(ctx, dir, func(b *natsbus.Bus) error {
		for range rounds {
			for i := range restoredSirens {
				now := time.Now().UTC()
				state := siren.State{
					Siren: fmt.Sprintf("siren-%05d", i), Condition: siren.ConditionReady, Mains: true, Battery: true,
					Frame: "1f0a22b3-1-4096", Signal: "silent-test", Since: now, LastContact: now, Path: siren.PathMQTT,
				}
				data, err := json.Marshal(state)
				if err != nil {
					return err
				}
				begun := time.Now()
				if err := b.PutState(ctx, siren.StateSubject(state.Siren), data); err != nil {
					return err
				}
				took = append(took, time.Since(begun))
			}
		}
		return nil
	})
	return took, err
}

// restored opens the engine and reads all states into a fleet.
func restored(ctx context.Context, dir string) (open, restore time.Duration, err error) {
	begun := time.Now()
	err = withBus(ctx, dir, func(b *natsbus.Bus) error {
		open = time.Since(begun)
		fleet, count := siren.NewFleet(), 0
		begun = time.Now()
		err := b.States(ctx, siren.StatePattern, func(_ string, data []byte) error {
			count++
			return fleet.Observe(data)
		})
		restore = time.Since(begun)
		if err == nil && count != restoredSirens {
			err = fmt.Errorf("%d of %d states are back", count, restoredSirens)
		}
		return err
	})
	return open, restore, err
}

func bytesIn(dir string) (size int64, err error) {
	err = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	return size, err
}
