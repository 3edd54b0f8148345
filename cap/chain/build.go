// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package chain

import (
	"cmp"
	"crypto/sha256"
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// build is what a node needs while the set is built.
type build struct {
	// id is the place in Set.nodes before they are brought into order.
	id int
	// mark is the last node that named this one; it keeps named ones apart from
	// others, and from being counted twice.
	mark *node
	// group leads to the node that stands for the chain so far. That node has
	// the ends of the list of the chain's active messages, which are linked
	// through previous and next, and the newest message that ended the chain.
	group, head, tail, ender *node
	previous, next           *node
	listed                   bool
	// asked is the last node that asked the group what is active in it.
	asked *node
}

// admit makes the nodes, in order of sending, and leaves repetitions out.
func (s *Set) admit(messages []*cap.Alert) {
	type sending struct {
		name
		sent int64
	}
	admitted := map[sending]*node{}
	for i, alert := range messages {
		n := &node{alert: alert, given: i}
		n.allClear, n.lasts = outlook(alert)
		if alert.Identifier != "" && alert.Sender != "" {
			key := sending{name{alert.Sender, alert.Identifier}, alert.Sent.Unix()}
			if first, again := admitted[key]; again {
				if !sameContent(first.alert, alert) {
					s.find(n, RuleIdentifier, []cap.Reference{first.alert.Reference()}, false)
				}
				continue
			}
			admitted[key] = n
		}
		s.nodes = append(s.nodes, n)
	}
	slices.SortStableFunc(s.nodes, func(a, b *node) int {
		return cmp.Or(a.alert.Sent.Compare(b.alert.Sent.Time),
			strings.Compare(a.alert.Sender, b.alert.Sender), strings.Compare(a.alert.Identifier, b.alert.Identifier))
	})
	for i, n := range s.nodes {
		n.id, n.group = i, n
		if n.alert.Identifier == "" || n.alert.Sender == "" {
			continue
		}
		key := name{n.alert.Sender, n.alert.Identifier}
		if earlier := s.byName[key]; len(earlier) > 0 {
			s.find(n, RuleIdentifier, []cap.Reference{earlier[0].alert.Reference()}, false)
		}
		s.byName[key] = append(s.byName[key], n)
	}
}

// outlook says whether all info blocks are all-clears, and when the last of
// those that are not runs out.
func outlook(alert *cap.Alert) (allClear bool, lasts time.Time) {
	allClear, forever := len(alert.Info) > 0, len(alert.Info) == 0
	for i := range alert.Info {
		info := &alert.Info[i]
		if saysAllClear(info) {
			continue
		}
		allClear = false
		if info.Expires.IsZero() {
			forever = true
		} else if info.Expires.After(lasts) {
			lasts = info.Expires.Time
		}
	}
	if forever {
		lasts = time.Time{}
	}
	return allClear, lasts
}

// sameContent compares messages in full. What cannot be written in JSON is
// taken for different.
func sameContent(a, b *cap.Alert) bool {
	if a == b {
		return true
	}
	one, err := json.Marshal(a)
	if err != nil {
		return false
	}
	other, err := json.Marshal(b)
	return err == nil && sha256.Sum256(one) == sha256.Sum256(other)
}

// refer looks up what a message refers to.
func (s *Set) refer(n *node) {
	var self, unknown, otherTime, sender, status, later list
	for _, r := range n.alert.References {
		found := s.byName[name{r.Sender, r.Identifier}]
		if len(found) == 0 {
			unknown.add(r)
			continue
		}
		target, exact := choose(found, r, n)
		if target == n {
			self.add(r)
			continue
		}
		if target.mark == n {
			continue
		}
		target.mark = n
		n.targets = append(n.targets, target)
		if !exact {
			otherTime.add(r)
		}
		if target.alert.Sent.After(n.alert.Sent.Time) {
			later.add(r)
		}
		if !n.replaces() {
			continue
		}
		switch {
		case target.alert.Sender != n.alert.Sender:
			sender.add(r)
		case target.alert.Status != n.alert.Status:
			status.add(r)
		default:
			n.linked = append(n.linked, target)
		}
	}
	for _, f := range []struct {
		rule   cap.Rule
		others list
	}{{RuleSelf, self}, {RuleUnknown, unknown}, {RuleTime, otherTime}, {RuleLater, later}, {RuleSender, sender}, {RuleStatus, status}} {
		if len(f.others.references) > 0 {
			s.find(n, f.rule, f.others.references, f.others.more)
		}
	}
}

// choose finds the message that a reference means among those with its name:
// the one sent at its time, else the newest that was there when n was sent.
func choose(found []*node, r cap.Reference, n *node) (target *node, exact bool) {
	if sent, err := time.Parse(time.RFC3339, r.Sent); err == nil {
		if i := firstAfter(found, sent.Add(-time.Second)); i < len(found) && found[i].alert.Sent.Equal(sent) {
			return found[i], true
		}
	}
	return found[max(0, firstAfter(found, n.alert.Sent.Time)-1)], false
}

// firstAfter returns the place of the first message sent after the time.
func firstAfter(nodes []*node, at time.Time) int {
	return sort.Search(len(nodes), func(i int) bool { return nodes[i].alert.Sent.After(at) })
}

// loops reports messages that refer to each other in a circle.
func (s *Set) loops() {
	in := numbered(components(s.nodes, func(n *node) []*node { return n.targets }), len(s.nodes))
	for _, n := range s.nodes {
		var others list
		for _, target := range n.targets {
			if in[target.id] == in[n.id] {
				others.add(target.alert.Reference())
			}
		}
		if len(others.references) > 0 {
			s.find(n, RuleLoop, others.references, others.more)
		}
	}
}

// order decides which references take effect, and brings the messages into an
// order in which each stands after those that it ends.
func (s *Set) order() {
	for _, n := range s.nodes {
		for _, target := range n.linked {
			if !target.alert.Sent.After(n.alert.Sent.Time) {
				n.ends = append(n.ends, target)
			}
		}
	}
	in := numbered(components(s.nodes, func(n *node) []*node { return n.ends }), len(s.nodes))
	for _, n := range s.nodes {
		n.ends = slices.DeleteFunc(n.ends, func(target *node) bool { return in[target.id] == in[n.id] })
	}
	slices.SortStableFunc(s.nodes, func(a, b *node) int {
		return cmp.Or(a.alert.Sent.Compare(b.alert.Sent.Time), cmp.Compare(in[a.id], in[b.id]))
	})
}
