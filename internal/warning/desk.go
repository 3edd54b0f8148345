// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning

import (
	"encoding/json"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
)

// Desk joins the rules with a book, as the core runs them.
type Desk struct {
	*Book
	Rules Rules
}

// Step decides on a command; see Rules.Step.
func (d Desk) Step(name, by string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	return d.Rules.Step(d.Book, name, by, body, now)
}

// Due gives what time alone brings; see Rules.Due.
func (d Desk) Due(now time.Time) []journal.Event { return d.Rules.Due(d.Book, now) }
