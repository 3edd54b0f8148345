// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package dispatch

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// Whatever comes back, in whatever order and however often, with replays in
// between as after crashes: outcomes only move up, nothing is recorded that is
// known, and a job that ends has said of every target what became of it.
func TestJobsUnderRandomReceiptsAndReplays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
		targets := rapid.IntRange(0, 6).Draw(t, "targets")
		plan := Plan{Deadline: now.Add(time.Minute)}
		for i := range targets {
			plan.Targets = append(plan.Targets, Target{ID: fmt.Sprint("s", i)})
		}
		var records []journal.Record
		jobs := NewJobs()
		add := func(events []journal.Event) {
			if len(events) == 0 {
				return
			}
			r := journal.Record{Seq: uint64(len(records) + 1), Time: now, Events: events}
			records = append(records, r)
			if err := jobs.Apply(r); err != nil {
				t.Fatal(err)
			}
		}
		add([]journal.Event{journal.NewEvent(EventPlanned, Planned{Job: "m/siren", Message: "m", Channel: "siren", Plan: plan})})
		outcomes := rapid.SampledFrom([]Outcome{Sent, Sounding, Reached, Done, Refused, NotReached, Unconfirmed})
		for range rapid.IntRange(0, 12).Draw(t, "batches") {
			now = now.Add(time.Second)
			before, _ := jobs.Job("m/siren")
			var batch []receipt
			for range rapid.IntRange(0, 5).Draw(t, "receipts") {
				if targets == 0 {
					break
				}
				batch = append(batch, receipt{"m/siren", Receipt{
					Target: fmt.Sprint("s", rapid.IntRange(0, targets-1).Draw(t, "target")), Outcome: outcomes.Draw(t, "outcome"),
					Reason: rapid.SampledFrom([]string{"", "reason.offline"}).Draw(t, "reason"), At: now,
				}})
			}
			if rapid.IntRange(0, 9).Draw(t, "ends") == 0 {
				batch = append(batch, receipt{job: "m/siren"})
			}
			add(jobs.fold(batch, now))
			if again := jobs.fold(batch, now); len(again) > 0 && !onlyEnds(batch) {
				t.Fatalf("the same batch twice is recorded twice: %v", again)
			}
			if rapid.Bool().Draw(t, "crash") {
				jobs = replayed(t, records)
			}
			checkJob(t, before, jobs)
		}
	})
}

// onlyEnds is true for a batch without any receipt of a target.
func onlyEnds(batch []receipt) bool {
	for _, r := range batch {
		if r.Target != "" {
			return false
		}
	}
	return true
}

func replayed(t *rapid.T, records []journal.Record) *Jobs {
	again := NewJobs()
	for _, r := range records {
		raw, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var stored journal.Record
		if err := json.Unmarshal(raw, &stored); err != nil {
			t.Fatal(err)
		}
		if err := again.Apply(stored); err != nil {
			t.Fatal(err)
		}
	}
	return again
}

func checkJob(t *rapid.T, before *JobState, jobs *Jobs) {
	after, _ := jobs.Job("m/siren")
	for target, old := range before.Latest {
		if rank[after.Latest[target].Outcome] < rank[old.Outcome] {
			t.Fatalf("%s went from %s to %s", target, old.Outcome, after.Latest[target].Outcome)
		}
	}
	counts := after.Counts()
	total := 0
	for outcome, n := range counts {
		total += n
		if after.Finished && !outcome.Final() {
			t.Fatalf("the job ended with %d targets %s", n, outcome)
		}
	}
	if total != len(after.Plan.Targets) {
		t.Fatalf("%d of %d targets are counted", total, len(after.Plan.Targets))
	}
	if before.Finished && (!after.Finished || cmp.Diff(before.Latest, after.Latest) != "") {
		t.Fatal("a job that had ended went on")
	}
	if len(jobs.Unfinished()) == 0 != after.Finished {
		t.Fatal("the list of unfinished jobs disagrees with the job")
	}
}
