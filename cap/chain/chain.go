// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package chain

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
)

// Set is a number of messages with their relations. It is safe for concurrent
// use as long as nobody changes the messages.
type Set struct {
	// nodes are the messages in order of sending; of those sent in the same
	// second, a message stands after those that it refers to, and otherwise the
	// names decide, not the order in which New was given them.
	nodes    []*node
	byName   map[name][]*node
	chains   []*Chain
	findings []Finding
}

// name is what is unique of a message.
type name struct{ sender, identifier string }

// node is one message of the set.
type node struct {
	alert *cap.Alert
	// given is the place of the message among those that New was given.
	given int
	// allClear: there are info blocks, and all of them say AllClear.
	allClear bool
	// lasts is when the last info block that warns runs out; zero for never.
	lasts time.Time
	// targets are the messages that this one refers to, as far as they are in
	// the set, itself left out; linked are those of its own chain among them;
	// ends are those of them that it takes out of force.
	targets, linked, ends []*node
	// endedBy is the first message to take this one out of force.
	endedBy *node
	chain   *Chain
	build
}

// Chain is the messages about one event: an Alert, and the Updates and Cancels
// that refer to it or to each other. A message that nothing connects with
// others is a chain of its own. An Update may join several chains into one.
type Chain struct {
	nodes []*node
}

// New relates messages to each other. The same message twice counts once. Of
// two messages with the same sender, identifier and time of sending but
// different content the first is taken, and the other is left out with a
// finding. The messages should be valid; one without identifier or sender is a
// chain of its own, and one without a time of sending stands before all others.
//
// The time taken is about linear in the messages and their references together.
func New(messages []*cap.Alert) *Set {
	s := &Set{byName: map[name][]*node{}}
	s.admit(messages)
	for _, n := range s.nodes {
		s.refer(n)
	}
	s.loops()
	s.order()
	for _, n := range s.nodes {
		s.play(n)
	}
	s.gather()
	slices.SortStableFunc(s.findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.given, b.given), strings.Compare(string(a.Rule), string(b.Rule)))
	})
	return s
}

// Standing is a message in force.
type Standing struct {
	Alert *cap.Alert
	// Info are the places in Alert.Info, from 0, of the blocks that are in
	// force; none if the message has no info blocks at all.
	Info []int
	// Chain is the chain to which the message belongs.
	Chain *Chain
}

// InForce returns the messages of a status that are in force at a time, in
// order of sending: Alerts and Updates that were sent by then and that no
// message sent by then has replaced or ended, with the info blocks that have
// begun (effective) and have not run out (expires). Blocks that say AllClear
// warn of nothing and are not in force. A message without info blocks stays in
// force until another ends it.
func (s *Set) InForce(status cap.Status, at time.Time) []Standing {
	var standing []Standing
	for _, n := range s.nodes {
		if n.alert.Status != status || !n.active(at) {
			continue
		}
		var blocks []int
		for i := range n.alert.Info {
			if info := &n.alert.Info[i]; !info.Effective.After(at) && !saysAllClear(info) && (info.Expires.IsZero() || at.Before(info.Expires.Time)) {
				blocks = append(blocks, i)
			}
		}
		if len(blocks) > 0 || len(n.alert.Info) == 0 {
			standing = append(standing, Standing{Alert: n.alert, Info: blocks, Chain: n.chain})
		}
	}
	return standing
}

// Chains returns all chains in the order in which their first messages were sent.
func (s *Set) Chains() []*Chain { return s.chains }

// Chain returns the chain of the message with the sender and identifier. An
// identifier that was used for several messages stands for the one sent last.
func (s *Set) Chain(sender, identifier string) (*Chain, bool) {
	found := s.byName[name{sender, identifier}]
	if len(found) == 0 {
		return nil, false
	}
	return found[len(found)-1].chain, true
}

// Root returns the message that opened the chain: the one sent first.
func (c *Chain) Root() *cap.Alert { return c.nodes[0].alert }

// Status returns the status that all messages of the chain have.
func (c *Chain) Status() cap.Status { return c.nodes[0].alert.Status }

// Members returns all messages of the chain in order of sending.
func (c *Chain) Members() []*cap.Alert {
	members := make([]*cap.Alert, len(c.nodes))
	for i, n := range c.nodes {
		members[i] = n.alert
	}
	return members
}

// References returns what an Update, a Cancel or an all-clear that is written
// at the time has to refer to: every message of the chain that still warns,
// in order of sending. That includes messages whose info blocks take effect
// only later. The result is empty when nothing is left to update or to end.
func (c *Chain) References(at time.Time) cap.References {
	var references cap.References
	for _, n := range c.nodes {
		if n.active(at) {
			references = append(references, n.alert.Reference())
		}
	}
	return references
}

// active reports whether the message still has something to warn of.
func (n *node) active(at time.Time) bool {
	return n.warns() && !n.alert.Sent.After(at) && !n.lapsed(at) &&
		(n.endedBy == nil || n.endedBy.alert.Sent.After(at))
}

// warns reports whether the message can be in force at any time.
func (n *node) warns() bool {
	return !n.allClear && (n.alert.MsgType == cap.MsgTypeAlert || n.alert.MsgType == cap.MsgTypeUpdate)
}

// replaces reports whether the message can take others out of force.
func (n *node) replaces() bool {
	return n.alert.MsgType == cap.MsgTypeUpdate || n.alert.MsgType == cap.MsgTypeCancel
}

// final reports whether the message ends what it refers to for good.
func (n *node) final() bool {
	return n.alert.MsgType == cap.MsgTypeCancel || n.alert.MsgType == cap.MsgTypeUpdate && n.allClear
}

func (n *node) lapsed(at time.Time) bool {
	return !n.lasts.IsZero() && !at.Before(n.lasts)
}

func saysAllClear(info *cap.Info) bool {
	for _, response := range info.ResponseType {
		if response == cap.ResponseAllClear {
			return true
		}
	}
	return false
}
