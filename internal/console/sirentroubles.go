// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"cmp"
	"maps"
	"slices"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// The codes of what can be wrong with a siren beside its condition.
const (
	troubleBattery   = "siren.battery"
	troubleMains     = "siren.mains"
	troubleClock     = "siren.clock"
	troubleSignature = "siren.signature"
	troubleLocal     = "siren.local"
	troubleHot       = "siren.hot"
	troubleNoKey     = "siren.not-enrolled"
	troubleTest      = "siren.test"
	// troubleCertificate: the device renews it when twice as much is left.
	troubleCertificate = "siren.certificate"
)

// SirenTroubles lists the codes of all that can be wrong with a siren, the
// gravest first.
func SirenTroubles() []string {
	codes := []string{troubleLocal, troubleSignature}
	for _, condition := range gravest {
		codes = append(codes, "siren."+string(condition))
	}
	return append(codes, troubleTest, troubleBattery, troubleMains, troubleHot, troubleClock, troubleCertificate, troubleNoKey)
}

// troubles gives the codes of what is wrong with one siren, the gravest first.
func (s *Service) troubles(registered siren.Siren, state siren.State) []string {
	var codes []string
	add := func(set bool, code string) {
		if set {
			codes = append(codes, code)
		}
	}
	if !registered.Enrolled() {
		return []string{troubleNoKey} // nothing else can be known of it
	}
	add(state.Detail == siren.DetailLocal || state.Detail == siren.DetailRogue, troubleLocal)
	add(state.Detail == siren.DetailSignature, troubleSignature)
	missed := state.Detail == siren.DetailTest
	add(!missed && !coverage.Ready(state.Condition), "siren."+string(state.Condition))
	add(missed, troubleTest)
	// A siren that was never heard said nothing of mains and battery.
	if !state.LastContact.IsZero() {
		add(!state.Battery, troubleBattery)
		add(!state.Mains, troubleMains)
		add(state.ClockOffset.Abs() > siren.ClockTolerance, troubleClock)
	}
	add(state.Detail == siren.DetailHot, troubleHot)
	until, certified := s.view.certificates.Enrolled(registered.ID)
	add(certified && until.Sub(s.o.Now()) < enrolment.Life/6, troubleCertificate)
	return codes
}

// FleetRegion is the part of the fleet that stands in one region.
type FleetRegion struct {
	ARS   geo.ARS `json:"ars"`
	Name  string  `json:"name"`
	Total int     `json:"total"`
	// Ready counts the sirens that would sound.
	Ready int `json:"ready"`
	// ByTrouble counts the sirens with each trouble; one siren can have several.
	ByTrouble map[string]int `json:"byTrouble"`
}

// FleetRegions counts the sirens by Land, or by Kreis, in the order of the keys.
// Without a level it is by Kreis where all sirens stand in one Land.
func (s *Service) FleetRegions(level geo.Level) []FleetRegion {
	all := s.view.fleet.All()
	if level == geo.LevelNone {
		level = geo.LevelKreis
		if slices.ContainsFunc(all, func(r siren.Siren) bool { return r.ARS.Land() != all[0].ARS.Land() }) {
			level = geo.LevelLand
		}
	}
	byKey := map[geo.ARS]*FleetRegion{}
	for _, registered := range all {
		key := registered.ARS.Land()
		if level == geo.LevelKreis {
			key = cmp.Or(registered.ARS.Kreis(), key)
		}
		region, ok := byKey[key]
		if !ok {
			region = &FleetRegion{ARS: key, Name: s.regionName(key), ByTrouble: map[string]int{}}
			byKey[key] = region
		}
		state := s.view.fleet.State(registered.ID)
		region.Total++
		if coverage.Ready(state.Condition) {
			region.Ready++
		}
		for _, code := range s.troubles(registered, state) {
			region.ByTrouble[code]++
		}
	}
	regions := make([]FleetRegion, 0, len(byKey))
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		regions = append(regions, *byKey[key])
	}
	return regions
}
