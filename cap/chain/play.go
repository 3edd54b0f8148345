// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package chain

import "github.com/tocsin-alert/tocsin/cap"

// play lets a message take effect on those sent before it. It asks the chains
// as they were until then whether they had ended, and which of their active
// messages it does not name.
func (s *Set) play(n *node) {
	if n.warns() {
		n.head, n.tail, n.listed = n, n, true
	}
	for _, target := range n.targets {
		target.mark = n
	}
	var missing, ended list
	for _, target := range n.ends {
		group := target.root()
		if group.asked == n {
			continue
		}
		group.asked = n
		if !group.ask(n, &missing) && group.ender != nil && !n.final() {
			ended.add(group.ender.alert.Reference())
		}
	}
	if len(missing.references) > 0 {
		s.find(n, RuleIncomplete, missing.references, missing.more)
	}
	if len(ended.references) > 0 {
		s.find(n, RuleEnded, ended.references, ended.more)
	}
	for _, target := range n.ends {
		if target.endedBy == nil {
			target.endedBy = n
			target.root().unlist(target)
		}
		unite(target, n)
	}
	if n.final() {
		n.root().ender = n
	}
}

// ask collects the active messages of the group that n does not name, and
// reports whether there is any active one.
func (g *node) ask(n *node, missing *list) (active bool) {
	for m := g.head; m != nil && !(active && missing.more); {
		following := m.next
		if m.lapsed(n.alert.Sent.Time) {
			g.unlist(m)
		} else {
			active = true
			if m.mark != n {
				missing.add(m.alert.Reference())
			}
		}
		m = following
	}
	return active
}

// unlist takes a message off the group's list of active ones.
func (g *node) unlist(m *node) {
	if !m.listed {
		return
	}
	m.listed = false
	if m.previous != nil {
		m.previous.next = m.next
	} else {
		g.head = m.next
	}
	if m.next != nil {
		m.next.previous = m.previous
	} else {
		g.tail = m.previous
	}
	m.previous, m.next = nil, nil
}

// root returns the node that stands for the group, and shortens the way to it.
func (n *node) root() *node {
	for n.group != n {
		n.group = n.group.group
		n = n.group
	}
	return n
}

// unite makes two groups one.
func unite(a, b *node) {
	a, b = a.root(), b.root()
	if a == b {
		return
	}
	b.group = a
	switch {
	case a.head == nil:
		a.head, a.tail = b.head, b.tail
	case b.head != nil:
		a.tail.next, b.head.previous = b.head, a.tail
		a.tail = b.tail
	}
	if a.ender == nil || b.ender != nil && b.ender.alert.Sent.After(a.ender.alert.Sent.Time) {
		a.ender = b.ender
	}
}

// gather makes the chains of what is linked, whether the link takes effect or not.
func (s *Set) gather() {
	for _, n := range s.nodes {
		for _, target := range n.linked {
			unite(target, n)
		}
	}
	for _, n := range s.nodes {
		root := n.root()
		if root.chain == nil {
			root.chain = &Chain{}
			s.chains = append(s.chains, root.chain)
		}
		n.chain = root.chain
		n.chain.nodes = append(n.chain.nodes, n)
	}
}

// components returns the strongly connected components of the graph of nodes,
// each after those that it has edges to (Tarjan's algorithm, without recursion).
func components(nodes []*node, edges func(*node) []*node) [][]*node {
	type visit struct {
		number, low int
		open        bool
	}
	type step struct {
		node *node
		edge int
	}
	visits := make([]visit, len(nodes))
	var found [][]*node
	var open []*node
	var way []step
	count := 0
	enter := func(n *node) {
		count++
		visits[n.id] = visit{number: count, low: count, open: true}
		open = append(open, n)
		way = append(way, step{node: n})
	}
	for _, start := range nodes {
		if visits[start.id].number != 0 {
			continue
		}
		for enter(start); len(way) > 0; {
			here := &way[len(way)-1]
			n := here.node
			v := &visits[n.id]
			if here.edge < len(edges(n)) {
				target := edges(n)[here.edge]
				here.edge++
				if t := &visits[target.id]; t.number == 0 {
					enter(target)
				} else if t.open {
					v.low = min(v.low, t.number)
				}
				continue
			}
			way = way[:len(way)-1]
			if len(way) > 0 {
				above := &visits[way[len(way)-1].node.id]
				above.low = min(above.low, v.low)
			}
			if v.low != v.number {
				continue
			}
			first := len(open) - 1
			for open[first] != n {
				first--
			}
			component := append([]*node(nil), open[first:]...)
			open = open[:first]
			for _, member := range component {
				visits[member.id].open = false
			}
			found = append(found, component)
		}
	}
	return found
}

// numbered returns, by the id of a node, the number of its component.
func numbered(components [][]*node, nodes int) []int {
	in := make([]int, nodes)
	for i, component := range components {
		for _, n := range component {
			in[n.id] = i
		}
	}
	return in
}

// mostNamed bounds how many messages a finding names.
const mostNamed = 10

// list collects references for a finding, but not more than it names.
type list struct {
	references []cap.Reference
	more       bool
}

func (l *list) add(r cap.Reference) {
	if len(l.references) == mostNamed {
		l.more = true
		return
	}
	l.references = append(l.references, r)
}
