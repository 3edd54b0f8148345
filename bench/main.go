// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command bench measures a node beside its peers in one run and prints a table
// with ratios: a release beside a bare JetStream publish, a release to a whole
// fleet, and a command to as many sirens as the machine allows, beside the same
// through mosquitto and raw NATS, starts with long journals, memory and size,
// signatures beside xmlsec1, the public log beside an append without it and
// beside tessera, who hears which siren beside plain loops, and where the next
// should stand beside CBC. Named rows alone are measured if any are named.
// "scaling -o FILE.svg" draws instead how time and memory of planning grow.
// Figures of one run on one machine are comparable with each
// other, hardly with those of another.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

func main() {
	if child() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if len(os.Args) > 1 && os.Args[1] == "scaling" {
		if err := scaling(ctx, os.Args[2:]); err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		return
	}
	var rows []row
	for _, m := range []struct {
		name    string
		measure func(context.Context) ([]row, error)
	}{
		{"releases", releases}, {"fleet", fanOut}, {"swarm", swarms}, {"fleet-state", fleetState}, {"starts", starts}, {"peers", peers}, {"size", size},
		{"messages", messages}, {"signatures", signatures}, {"log", publicLogs},
		{"coverage", reckonings}, {"live", liveReach}, {"siting", sitings},
	} {
		if len(os.Args) > 1 && !slices.Contains(os.Args[1:], m.name) {
			continue
		}
		measured, err := m.measure(ctx)
		if err != nil {
			fmt.Fprintln(os.Stderr, "bench:", err)
			os.Exit(1)
		}
		rows = append(rows, measured...)
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "WHAT\tMEDIAN\tP99\tBESIDE\tRATIO")
	for _, r := range rows {
		fmt.Fprintln(table, strings.Join([]string{r.what, r.median, r.p99, r.peer, r.ratio}, "\t"))
	}
	table.Flush()
}

// row is one line of the table.
type row struct{ what, median, p99, peer, ratio string }

// sample is a set of durations.
type sample []time.Duration

// at gives the quantile q from 0 to 1.
func (s sample) at(q float64) time.Duration {
	sorted := slices.Sorted(slices.Values(s))
	return sorted[min(int(q*float64(len(sorted))), len(sorted)-1)]
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.2f ms", float64(d)/float64(time.Millisecond))
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }
