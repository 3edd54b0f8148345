// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/intake"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Prepare says what a message would be and do. It stores nothing, so an observer
// may ask too.
func (s *Service) Prepare(who Identity, in PrepareRequest) (Draft, error) {
	now := s.o.Now().UTC()
	var content warning.Content
	var findings []problem.Fault
	switch {
	case in.Content != nil && in.CAP == "":
		content = *in.Content
	case in.Content == nil && in.CAP != "":
		var err error
		if content, findings, err = intake.Content([]byte(in.CAP), s.o.Authority.Languages, now); err != nil {
			return Draft{}, err
		}
	default:
		return Draft{}, problem.InvalidFaults(who.text("api.prepare.one"), []problem.Fault{{
			Field: "content", Rule: "prepare.one", Message: who.text("api.prepare.one"), Remedy: who.text("api.prepare.one.remedy"),
		}})
	}
	if in.Warning == "" && in.Kind == warning.KindAlert {
		var random [5]byte
		rand.Read(random[:]) // never fails (crypto/rand, since Go 1.24)
		in.Warning = warning.NewID(s.o.Authority.ID, now, random)
	}
	var draft warning.Draft
	var chain *warning.Warning
	var err error
	s.ledger.View(func() {
		chain, _ = s.view.book.Warning(in.Warning)
		draft, err = s.o.Rules.Prepare(s.view.book, warning.PrepareInput{Warning: in.Warning, Kind: in.Kind, Content: content, Tag: who.Language}, now)
	})
	words := catalogue.For(who.Language)
	if err != nil {
		return Draft{}, refusal.In(words, err)
	}
	out := Draft{
		Warning: draft.Warning, Identifier: draft.Identifier, Kind: draft.Kind, Content: draft.Content,
		Faults: refusal.FaultsIn(words, draft.Faults), Confirmation: Confirmation(draft.Content),
	}
	out.Findings = append(refusal.FaultsIn(words, findings), s.findings(who, chain, draft)...)
	out.Reach, out.Touches = s.reach(draft.Content.Area, draft.Content.Signal)
	if len(draft.Canonical) > 0 {
		out.Digest, out.Code, out.CAP = draft.Digest.String(), draft.Code, string(draft.Canonical)
		out.Statement = string(operator.Statement{
			Action: operator.ActionRequest, Role: operator.Author,
			Warning: draft.Warning, Message: draft.Identifier, Digest: draft.Digest,
		}.Bytes())
	}
	if draft.Replaces != nil {
		out.Replaces = draft.Replaces.String()
	}
	return out, nil
}

// Request asks for the release of a message that Prepare gave.
func (s *Service) Request(ctx context.Context, who Identity, in warning.RequestCommand) (Accepted, error) {
	if err := s.require(who, operator.Author); err != nil {
		return Accepted{}, err
	}
	accepted, err := s.do(ctx, who, warning.CommandRequest, in)
	accepted.Warning, accepted.Identifier = in.Warning, in.Identifier
	return accepted, err
}

// Release releases the pending request of a warning.
func (s *Service) Release(ctx context.Context, who Identity, id string, in Release) (Accepted, error) {
	var content *warning.Content
	var own error
	s.ledger.View(func() {
		w, ok := s.view.book.Warning(id)
		if !ok || w.Pending == nil || w.Pending.Identifier != in.Identifier {
			return // the core says what became of it
		}
		content = &w.Pending.Content
		if signers := signersOf(w.Pending); s.signed(signers, who) {
			remedy := s.whoCould(who, signers, operator.Releaser)
			own = &problem.Error{
				Kind: problem.Forbidden, Message: twoPersons(who, signers), Remedy: remedy,
				Faults: []problem.Fault{{Rule: "warning.two-persons", Message: twoPersons(who, signers), Remedy: remedy}},
			}
		}
	})
	if own != nil {
		return Accepted{}, own
	}
	if err := s.require(who, operator.Releaser); err != nil {
		return Accepted{}, err
	}
	if content != nil && (who.Via == viaSession || in.Confirmation != "") && !sameWords(in.Confirmation, Confirmation(*content)) {
		return Accepted{}, problem.InvalidFaults(who.text("api.confirmation"), []problem.Fault{{
			Field: "confirmation", Rule: "release.confirmation", Message: who.text("api.confirmation"),
			Remedy: who.text("api.confirmation.remedy", Confirmation(*content)),
		}})
	}
	accepted, err := s.do(ctx, who, warning.CommandRelease, warning.ReleaseCommand{
		Warning: id, Identifier: in.Identifier, Digest: in.Digest, Assertion: in.Assertion,
	})
	accepted.Warning, accepted.Identifier = id, in.Identifier
	return accepted, err
}

// Refuse, Withdraw and Stop end a pending request without release.
func (s *Service) Refuse(ctx context.Context, who Identity, id string, in Drop) (Accepted, error) {
	if err := s.require(who, operator.Releaser); err != nil {
		return Accepted{}, err
	}
	return s.drop(ctx, who, warning.CommandRefuse, id, in)
}

// Withdraw takes back one's own request.
func (s *Service) Withdraw(ctx context.Context, who Identity, id string, in Drop) (Accepted, error) {
	return s.drop(ctx, who, warning.CommandWithdraw, id, in)
}

// Stop halts a request; anyone on shift may.
func (s *Service) Stop(ctx context.Context, who Identity, id string, in Drop) (Accepted, error) {
	return s.drop(ctx, who, warning.CommandStop, id, in)
}

func (s *Service) drop(ctx context.Context, who Identity, name, id string, in Drop) (Accepted, error) {
	accepted, err := s.do(ctx, who, name, warning.DropCommand{Warning: id, Identifier: in.Identifier, Reason: in.Reason})
	accepted.Warning, accepted.Identifier = id, in.Identifier
	return accepted, err
}

// Confirmation is what a releaser types: the area and the level, so that a hand
// that has typed "yes" a thousand times still has to know what it releases.
func Confirmation(c warning.Content) string { return fmt.Sprintf("%s %d", c.Area.Name, c.Level) }

// reach estimates whom a message reaches, and which regions it touches. An area
// that is not in order reaches nobody.
func (s *Service) reach(area geo.Area, signal string) (Reach, []RegionName) {
	for _, fault := range geo.ValidateArea(area) {
		if !fault.Warning {
			area = geo.Area{}
		}
	}
	reach := coverage.Of(coverage.Input{
		Area: area, Signal: signal, Gazetteer: s.o.Gazetteer, Sirens: s.view.fleet.All(), State: s.view.fleet.State, Audience: s.o.Audience,
	})
	return reach, s.touches(area)
}

// maxTouched is how many regions are named.
const maxTouched = 30

// touches names the regions of an area: those it is made of, and the Kreise of
// the places in it.
func (s *Service) touches(area geo.Area) []RegionName {
	names := []RegionName{}
	add := func(key geo.ARS) {
		if key == "" || len(names) == maxTouched || slices.ContainsFunc(names, func(n RegionName) bool { return n.ARS == key }) {
			return
		}
		name := RegionName{ARS: key, Name: s.regionName(key)}
		name.Own = slices.ContainsFunc(s.o.Authority.Territory, func(own geo.ARS) bool { return own.Contains(key) })
		names = append(names, name)
	}
	for _, key := range area.ARS {
		add(key)
	}
	if len(area.Circles)+len(area.Polygons) == 0 {
		return names
	}
	for _, c := range area.Circles {
		key, _ := s.o.Gazetteer.Locate(c.Center)
		add(kreisOrLand(key))
	}
	for _, place := range s.o.Gazetteer.PlacesIn(geo.Area{Circles: area.Circles, Polygons: area.Polygons}) {
		add(kreisOrLand(place.ARS))
	}
	return names
}

func kreisOrLand(key geo.ARS) geo.ARS {
	if kreis := key.Kreis(); kreis != "" {
		return kreis
	}
	return key.Land()
}

// RegionName is the name of a region, or its key where none is known.
func (s *Service) RegionName(key geo.ARS) string { return cmp.Or(s.regionName(key), string(key)) }

// regionName is the name of the smallest known region that holds the key.
func (s *Service) regionName(key geo.ARS) string {
	for _, candidate := range []geo.ARS{key, key.Kreis(), key.Land()} {
		if region, ok := s.o.Gazetteer.Regions().Lookup(candidate); ok && candidate != "" {
			return region.Name
		}
	}
	return string(key)
}
