// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package command is how a role asks the core to change something: one envelope
// over the bus, answered with the place of the record that it became or with a
// problem document that says why not.
package command

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/tocsin-alert/tocsin/internal/bus"
)

// Subject is where the core serves commands.
const Subject = "core.command"

// Envelope is one command: its name says which package owns the body's shape.
type Envelope struct {
	// Name is such as "warning.request".
	Name string `json:"name"`
	// By is the operator who commands, as the role that asks has authenticated
	// them, or "node" for what the node does by itself.
	By   string          `json:"by"`
	Body json.RawMessage `json:"body"`
}

// Result says where the record of an accepted command stands in the journal.
type Result struct {
	Seq uint64 `json:"seq"`
}

// Do sends a command to the core and waits until its record is durable.
// The error is a *problem.Error when the core refuses.
func Do(ctx context.Context, b bus.Bus, name, by string, body any) (Result, error) {
	raw, err := json.Marshal(body)
	if err != nil {
		return Result{}, fmt.Errorf("encode command %s: %w", name, err)
	}
	envelope, err := json.Marshal(Envelope{Name: name, By: by, Body: raw})
	if err != nil {
		return Result{}, fmt.Errorf("encode command %s: %w", name, err)
	}
	answer, err := b.Request(ctx, Subject, envelope)
	if err != nil {
		return Result{}, err
	}
	var result Result
	if err := json.Unmarshal(answer, &result); err != nil {
		return Result{}, fmt.Errorf("decode answer to %s: %w", name, err)
	}
	return result, nil
}
