// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// registry is the fleet as the core decides on it: administrators, and the node
// itself, may register and remove sirens; whoever may release may settle a rogue
// alarm, and stop sirens alone, since an end to a false alarm cannot wait for a
// second person.
type registry struct {
	fleet        *siren.Fleet
	rogues       *siren.Rogues
	stops        *siren.Stops
	certificates *enrolment.Book
	operators    *operator.Directory
	// book is kept by the domain of warnings.
	book *warning.Book
}

// Apply implements core.Domain.
func (r registry) Apply(record journal.Record) error {
	return journal.Projections{r.fleet, r.rogues, r.stops, r.certificates}.Apply(record)
}

// Step implements core.Domain.
func (r registry) Step(name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	person, _ := r.operators.Operator(by)
	may := func(role operator.Role) bool { return !person.Disabled && person.Has(role) }
	switch name {
	case enrolment.CommandOpen, enrolment.CommandRevoke:
		if by != operator.Node && !may(operator.Administrator) {
			return nil, problem.New(problem.Forbidden, "Only an administrator enrols sirens.", "Ask an administrator.")
		}
		return r.certificates.Step(name, body, r.fleet.All(), now)
	case enrolment.CommandCertify:
		if by != operator.Node {
			return nil, problem.New(problem.Forbidden, "Only the gateway certifies sirens.", "")
		}
		return r.certificates.Step(name, body, r.fleet.All(), now)
	case siren.CommandRegister, siren.CommandRemove:
		if by != operator.Node && !may(operator.Administrator) {
			return nil, problem.New(problem.Forbidden, "Only an administrator changes the registry of sirens.", "Ask an administrator.")
		}
		if name == siren.CommandRemove {
			return decided(body, func(c siren.Removed) ([]journal.Event, error) { return siren.Remove(r.fleet.All(), c) })
		}
		return decided(body, func(c siren.Registered) ([]journal.Event, error) { return siren.Register(r.fleet.All(), c.Sirens) })
	case siren.CommandSettleRogue:
		if !may(operator.Releaser) {
			return nil, problem.New(problem.Forbidden, "Only a releaser settles a rogue alarm.", "Ask someone who may release warnings.")
		}
		return decided(body, r.rogues.Settle)
	case siren.CommandStop:
		if !may(operator.Releaser) {
			return nil, refusal.New(problem.Forbidden, "stop.role")
		}
		return decided(body, func(c siren.StopCommand) ([]journal.Event, error) {
			return r.stops.Order(c, r.addressed(c), by, now)
		})
	}
	return nil, problem.New(problem.Invalid, fmt.Sprintf("There is no command %q.", name), "")
}

// addressed are the sirens that a command to be silent means, but for an all-stop.
func (r registry) addressed(c siren.StopCommand) []siren.Siren {
	var meant []siren.Siren
	w, released := r.book.Warning(c.Warning)
	for _, s := range r.fleet.All() {
		if slices.Contains(c.Sirens, s.ID) || released && w.Addressed(s.Position, s.ARS) {
			meant = append(meant, s)
		}
	}
	return meant
}

// decided reads a command and has it decided on.
func decided[C any](body json.RawMessage, decide func(C) ([]journal.Event, error)) ([]journal.Event, error) {
	var command C
	if err := json.Unmarshal(body, &command); err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, "The command cannot be read.", "Send the JSON that the API describes.")
	}
	return decide(command)
}

// alarmEcho is how long after its release a message with a signal still counts as
// an alarm, the all-clear too: its frames are valid for that long, and a siren
// that comes back sounds.
const alarmEcho = 15 * time.Minute

// alarm reports whether a warning for which sirens sounded is in force, or may
// still be on its way to one.
func alarm(book *warning.Book) func(now time.Time) bool {
	return func(now time.Time) bool {
		for _, w := range book.Unsettled(now) {
			for _, m := range w.Messages {
				if m.Content.Signal != "" && (w.InForce(now) || now.Before(m.Sent.Add(alarmEcho))) {
					return true
				}
			}
		}
		return false
	}
}
