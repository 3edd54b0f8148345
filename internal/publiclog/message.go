// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package publiclog

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

var kinds = map[warning.Kind]tlog.Kind{
	warning.KindAlert: tlog.KindRelease, warning.KindUpdate: tlog.KindUpdate, warning.KindAllClear: tlog.KindEnd,
}

// released logs a message. Messages of its chain from before the log was opened
// come first, as far as their leaves can be made: a chain begins with a release.
func (p *page) released(b warning.Released) error {
	if w, ok := p.o.Warnings.Warning(b.Warning); ok {
		for i := range w.Messages {
			if _, logged := p.o.Tree.Message(w.Messages[i].Identifier); logged || slices.Contains(p.messages, w.Messages[i].Identifier) {
				continue
			}
			if err := p.message(b.Warning, &w.Messages[i]); err != nil && i == 0 {
				break // without its beginning the rest would only confuse
			}
		}
	}
	return p.message(b.Warning, &b.Message)
}

func (p *page) message(id string, m *warning.Message) error {
	l, err := tlog.MessageLeaf(m.CAP)
	if err != nil {
		return err
	}
	l.Kind, l.Warning = kinds[m.Kind], id
	for _, a := range m.Assertions {
		public, err := p.assertion(id, m.Identifier, m.Digest, a)
		if err != nil {
			return fmt.Errorf("signature of %s: %w", a.Operator, err)
		}
		l.Assertions = append(l.Assertions, public)
	}
	areas, err := tlog.Regions(append(l.Areas, p.shapes(m.Content.Area)...))
	if err != nil {
		return err
	}
	// Fewer and coarser areas where the leaf would not hold all of them.
	for _, digits := range []int{12, 5, 2} {
		for i := range areas {
			areas[i] = areas[i][:min(len(areas[i]), digits)]
		}
		if l.Areas, err = tlog.Regions(areas); err != nil {
			return err
		}
		if err = p.add(l); err == nil {
			p.messages = append(p.messages, m.Identifier)
			return nil
		}
	}
	return err
}

// shapes gives the regions that hold the circles and polygons of an area.
func (p *page) shapes(a geo.Area) []string {
	a.ARS = nil
	if a.Empty() {
		return nil
	}
	return p.o.Regions(a)
}

// assertion gives an operator's signature the form in which it stands in a leaf.
func (p *page) assertion(id, identifier string, digest warning.Digest, a operator.Assertion) (tlog.Assertion, error) {
	o, ok := p.o.Operators.Operator(a.Operator)
	if !ok {
		return tlog.Assertion{}, errors.New("there is no such operator")
	}
	key, ok := o.Key(a.KeyID)
	if !ok {
		return tlog.Assertion{}, fmt.Errorf("there is no key %s", a.KeyID)
	}
	return p.o.Keys.Public(key, operator.Statement{Action: a.Action, Role: a.Role, Warning: id, Message: identifier, Digest: digest}, a)
}

// dropped logs that a message was asked for and did not go out. Signatures that
// have no public form are left out: what matters is that it was asked for.
func (p *page) dropped(b warning.Dropped, reason string) error {
	w, ok := p.o.Warnings.Warning(b.Warning)
	if !ok || w.Pending == nil {
		return fmt.Errorf("nothing waits in %s", b.Warning)
	}
	l := &tlog.Leaf{Kind: tlog.KindRefusal, Warning: b.Warning, Identifier: b.Identifier, Content: w.Pending.Digest, Reason: reason}
	for _, a := range w.Pending.Assertions {
		if public, err := p.assertion(b.Warning, b.Identifier, w.Pending.Digest, a); err == nil {
			l.Assertions = append(l.Assertions, public)
		}
	}
	return p.add(l)
}

// lastTime is that of the newest leaf.
func (t *Tree) lastTime() time.Time {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.last
}
