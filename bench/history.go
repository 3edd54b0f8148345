// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/node/nodetest"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// history appends so many records of warnings that went their whole way: five
// records each, from the request to the end of the dispatch. The warnings are
// from the past months, so that none is in force.
func history(ctx context.Context, j journal.Journal, rules warning.Rules, records int) error {
	draft, raw, err := composed(rules)
	if err != nil {
		return err
	}
	h := past{journal: j, draft: draft, raw: raw, first: draft.Warning, at: time.Now().AddDate(0, -6, 0).UTC()}
	for h.seq < uint64(records) {
		if err := h.warn(ctx); err != nil {
			return err
		}
	}
	return nil
}

// composed composes a warning, as a draft and as the message that is released.
func composed(rules warning.Rules) (warning.Draft, []byte, error) {
	id := warning.NewID("de-bb", time.Now(), [5]byte{})
	draft, err := rules.Prepare(warning.NewBook(), warning.PrepareInput{Warning: id, Kind: warning.KindAlert, Content: nodetest.Flood("12")}, time.Now())
	if err == nil && len(draft.Faults) > 0 {
		err = fmt.Errorf("the bench's warning breaks rules: %+v", draft.Faults)
	}
	if err != nil {
		return draft, nil, err
	}
	alert := *draft.Alert
	alert.Sent = cap.NewTime(time.Now())
	raw, err := cap.Write(&alert)
	return draft, raw, err
}

// past writes the history.
type past struct {
	journal journal.Journal
	draft   warning.Draft
	raw     []byte
	first   string
	seq     uint64
	at      time.Time
}

func (h *past) append(ctx context.Context, by string, event journal.Event) error {
	h.at = h.at.Add(time.Minute)
	head, err := h.journal.Append(ctx, h.seq, journal.Draft{Time: h.at, By: by, Events: []journal.Event{event}})
	h.seq = head.Seq
	return err
}

func (h *past) warn(ctx context.Context) error {
	var random [5]byte
	rand.Read(random[:])
	id := warning.NewID("de-bb", h.at, random)
	identifier := id + ".1"
	content := h.draft.Content
	content.Expires = h.at.Add(4 * time.Hour)
	assertions := []operator.Assertion{{Operator: "anna", Role: operator.Author, Action: operator.ActionRequest, Signature: make([]byte, 64)}}
	job := dispatch.JobID(identifier, "siren")
	plan := dispatch.Plan{Deadline: h.at.Add(time.Minute)}
	var receipts []dispatch.Receipt
	for i := range 20 {
		target := dispatch.Target{ID: fmt.Sprintf("bb-%04d", i+1), Name: "Potsdam"}
		plan.Targets = append(plan.Targets, target)
		receipts = append(receipts, dispatch.Receipt{Target: target.ID, Outcome: dispatch.Done, At: h.at})
	}
	for _, step := range []struct {
		by    string
		event journal.Event
	}{
		{"anna", journal.NewEvent(warning.EventRequested, warning.Requested{Warning: id, Request: warning.Request{
			Number: 1, Kind: warning.KindAlert, Identifier: identifier, Content: content, Digest: h.draft.Digest, Assertions: assertions, At: h.at, Revision: 1,
		}})},
		{"ben", journal.NewEvent(warning.EventReleased, warning.Released{Warning: id, Message: warning.Message{
			Number: 1, Kind: warning.KindAlert, Identifier: identifier, Content: content, Digest: h.draft.Digest,
			CAP: bytes.ReplaceAll(h.raw, []byte(h.first), []byte(id)), Sent: h.at.Truncate(time.Second), RequestedAt: h.at, Assertions: assertions,
		}})},
		{"node", journal.NewEvent(dispatch.EventPlanned, dispatch.Planned{Job: job, Warning: id, Message: identifier, Channel: "siren", Plan: plan})},
		{"node", journal.NewEvent(dispatch.EventReceipts, dispatch.Receipts{Job: job, Receipts: receipts})},
		{"node", journal.NewEvent(dispatch.EventFinished, dispatch.Finished{Job: job, Counts: map[dispatch.Outcome]int{dispatch.Done: 20}})},
	} {
		if err := h.append(ctx, step.by, step.event); err != nil {
			return err
		}
	}
	return nil
}
