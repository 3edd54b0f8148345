// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// registry is the fleet as the core decides on it: administrators, and the node
// itself, may register and remove sirens.
type registry struct {
	*siren.Fleet
	operators *operator.Directory
}

// Step implements core.Domain.
func (r registry) Step(name, by string, body json.RawMessage, _ time.Time) ([]journal.Event, error) {
	if name != siren.CommandRegister && name != siren.CommandRemove {
		return nil, problem.New(problem.Invalid, fmt.Sprintf("There is no command %q.", name), "")
	}
	if person, _ := r.operators.Operator(by); by != operator.Node && (person.Disabled || !person.Has(operator.Administrator)) {
		return nil, problem.New(problem.Forbidden, "Only an administrator changes the registry of sirens.", "Ask an administrator.")
	}
	if name == siren.CommandRemove {
		var command siren.Removed
		if err := json.Unmarshal(body, &command); err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, "The removal cannot be read.", "Send the JSON that the API describes.")
		}
		return siren.Remove(r.All(), command)
	}
	var command siren.Registered
	if err := json.Unmarshal(body, &command); err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The list of sirens cannot be read.", "Send the JSON that the API describes.")
	}
	return siren.Register(r.All(), command.Sirens)
}
