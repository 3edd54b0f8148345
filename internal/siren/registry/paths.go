// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// ways is what the columns of a row say of the ways to a siren.
type ways struct {
	order     []siren.PathKind
	addresses map[siren.PathKind]siren.Path
}

// paths are the columns of the ways to a siren.
var paths = slices.Concat([]column{{
	name: "paths", also: []string{"wege", "alarmierungswege"}, private: true,
	read: func(d *draft, v string) *problem.Fault {
		for word := range strings.FieldsFuncSeq(strings.ToLower(v), func(r rune) bool { return strings.ContainsRune("|,;/ ", r) }) {
			kind := siren.PathKind(word)
			if !slices.Contains(siren.PathKinds, kind) || slices.Contains(d.ways.order, kind) {
				return unless(false, "registry.paths", clip(word))
			}
			d.ways.order = append(d.ways.order, kind)
		}
		return nil
	},
	write: func(s siren.Siren) string {
		kinds := make([]string, len(s.Paths))
		for i, p := range s.Paths {
			kinds[i] = string(p.Kind)
		}
		return strings.Join(kinds, "|")
	},
	copy: func(to *siren.Siren, from siren.Siren) { to.Paths = from.Paths },
}},
	way(siren.PathTETRA, "issi", "tetraissi", "tetraadresse", "ssi"),
	way(siren.PathPOCSAG, "ric", "pocsagric"),
	way(siren.PathTones, "fuenfton", "fuenftonfolge", "tonfolge", "zvei"),
	way(siren.PathHTTP, "url", "steuergeraet")[:1],
)

// way is the column of a path's own address and that of its group's.
func way(kind siren.PathKind, also ...string) []column {
	set := func(d *draft, change func(*siren.Path)) *problem.Fault {
		if d.ways.addresses == nil {
			d.ways.addresses = map[siren.PathKind]siren.Path{}
		}
		p := d.ways.addresses[kind]
		p.Kind = kind
		change(&p)
		d.ways.addresses[kind] = p
		return nil
	}
	find := func(s siren.Siren) siren.Path {
		i := slices.IndexFunc(s.Paths, func(p siren.Path) bool { return p.Kind == kind })
		if i < 0 {
			return siren.Path{}
		}
		return s.Paths[i]
	}
	take := func(to *siren.Siren, from siren.Siren) { to.Paths = from.Paths }
	var groups []string
	for _, name := range also {
		groups = append(groups, name+"gruppe", name+"group")
	}
	return []column{
		{
			name: string(kind), also: also, private: true, copy: take,
			read: func(d *draft, v string) *problem.Fault {
				return set(d, func(p *siren.Path) { p.Address = v })
			},
			write: func(s siren.Siren) string { return find(s).Address },
		},
		{
			name: string(kind) + "_group", also: append(groups, string(kind)+"gruppe"), private: true, copy: take,
			read: func(d *draft, v string) *problem.Fault {
				return set(d, func(p *siren.Path) { p.Group = v })
			},
			write: func(s siren.Siren) string { return find(s).Group },
		},
	}
}

// fill writes the ways into the entry, in the order named, or else from the one
// that says most to the one that says least.
func (w ways) fill(s *siren.Siren) *problem.Fault {
	order := w.order
	if len(order) == 0 {
		for _, kind := range siren.PathKinds {
			if _, has := w.addresses[kind]; has {
				order = append(order, kind)
			}
		}
	}
	for kind := range w.addresses {
		if !slices.Contains(order, kind) {
			f := refusal.Fault("paths", "registry.path-unordered", string(kind))
			return &f
		}
	}
	for _, kind := range order {
		p := w.addresses[kind]
		p.Kind = kind
		if broken := p.Check(); len(broken) > 0 {
			column := string(kind)
			if broken[0].Field == "group" {
				column += "_group"
			}
			f := refusal.Fault(column, "registry.address", clip(strings.TrimSpace(p.Address+" "+p.Group)), string(kind))
			return &f
		}
		s.Paths = append(s.Paths, p)
	}
	return nil
}
