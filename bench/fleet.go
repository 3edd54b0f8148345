// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/tocsin-alert/tocsin/internal/client"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/demo"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/node/nodetest"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// fanOut measures a whole demo: from the release on the command line's way to
// the record of the last siren that sounds.
func fanOut(ctx context.Context) ([]row, error) {
	var rows []row
	for _, sirens := range []int{1000, 5000} {
		say("fan-out: a demo with %d simulated sirens", sirens)
		took, reached, err := fanOutTo(ctx, sirens)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{
			fmt.Sprintf("release over HTTP -> last of %d sirens that answer is on record", reached), milliseconds(took.at(0.5)), milliseconds(took.at(0.99)),
			"see broker rows below", "",
		})
	}
	return rows, nil
}

const rounds = 3

// signalTime is how long the shortened signals take, and a little more.
const signalTime = 20 * time.Second

func fanOutTo(ctx context.Context, sirens int) (sample, int, error) {
	dir, err := os.MkdirTemp("", "tocsin-bench")
	if err != nil {
		return nil, 0, err
	}
	defer os.RemoveAll(dir)
	d, err := demo.Start(ctx, demo.Options{Dir: dir, HTTP: "127.0.0.1:0", MQTT: "127.0.0.1:0", Sirens: sirens, Seed: 1, Words: io.Discard, SignalSpeed: 4})
	if err != nil {
		return nil, 0, err
	}
	defer d.Stop()
	if err := d.WaitForSirens(ctx); err != nil {
		return nil, 0, err
	}
	node := map[operator.Role]*client.Client{}
	keys := map[operator.Role]string{}
	for _, o := range d.Description.Operators {
		node[o.Role] = client.New(d.Description.API, o.Token)
		keys[o.Role] = o.KeyFile
	}
	author, err := operator.LoadKey(keys[operator.Author])
	if err != nil {
		return nil, 0, err
	}
	releaser, err := operator.LoadKey(keys[operator.Releaser])
	if err != nil {
		return nil, 0, err
	}
	var took sample
	reached := 0
	for range rounds {
		content := nodetest.Flood("12")
		draft, err := node[operator.Author].Request(ctx, console.PrepareRequest{Kind: warning.KindAlert, Content: &content}, author)
		if err != nil {
			return nil, 0, err
		}
		begun := time.Now()
		if _, err := node[operator.Releaser].Release(ctx, draft.Warning, releaser); err != nil {
			return nil, 0, err
		}
		last, count, err := lastSounding(ctx, node[operator.Author], draft.Warning)
		if err != nil {
			return nil, 0, err
		}
		took = append(took, last.Sub(begun))
		reached = count
		// The next round begins when the sirens are silent again.
		select {
		case <-time.After(signalTime):
		case <-ctx.Done():
			return nil, 0, ctx.Err()
		}
	}
	return took, reached, nil
}

// lastSounding waits until no further siren answers for two seconds, and gives
// the time of the last answer. It asks the board, whose answer is short.
func lastSounding(ctx context.Context, c *client.Client, id string) (last time.Time, count int, err error) {
	for quiet := time.Now(); time.Since(quiet) < 2*time.Second; {
		var board console.Board
		if err := c.Call(ctx, http.MethodGet, "/board", nil, &board); err != nil {
			return last, count, err
		}
		for _, w := range board.InForce {
			for _, d := range w.Deliveries {
				if w.Warning == id && d.Channel == "siren" && d.Good > count {
					count, quiet = d.Good, time.Now()
				}
			}
		}
		select {
		case <-time.After(200 * time.Millisecond):
		case <-ctx.Done():
			return last, count, ctx.Err()
		}
	}
	w, err := c.Warning(ctx, id)
	if err != nil {
		return last, count, err
	}
	for _, d := range w.Deliveries {
		for _, t := range d.Targets {
			if d.Channel == "siren" && t.Outcome == dispatch.Sounding && t.At.After(last) {
				last = t.At
			}
		}
	}
	if last.IsZero() {
		return last, count, fmt.Errorf("no siren answered to %s", id)
	}
	return last, count, nil
}
