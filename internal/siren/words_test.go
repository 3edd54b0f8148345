// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"slices"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
)

// Whatever a siren can say has words in the catalogue.
func TestEverythingHasWords(t *testing.T) {
	keys := slices.Concat(reasonKeys[1:], []string{
		Reason(255).Key(),
		DetailOff, DetailHorn, DetailPower, DetailStorage, DetailSabotage, DetailLocal, DetailRogue, DetailHot, DetailMains,
		DetailBattery, DetailClock, DetailForged, DetailOffline, DetailSilent, DetailSignature, DetailNotEnrolled, DetailTest,
		DetailAllStop, DetailBusy, DetailNoBeacon, DetailKeyset,
	})
	for _, c := range []Condition{
		ConditionUnknown, ConditionReady, ConditionTriggered, ConditionBusy, ConditionFault,
		ConditionOff, ConditionSabotage, ConditionOffline,
	} {
		keys = append(keys, "siren.condition."+string(c))
	}
	for _, table := range SignalTables() {
		keys = append(keys, table.TitleKey())
		for _, s := range table.Signals {
			keys = append(keys, s.TitleKey(), "siren.signal."+s.Name)
			for _, segment := range s.Segments {
				keys = append(keys, "siren.tone."+string(segment.Tone))
			}
		}
	}
	keys = append(keys, "siren.path.unauthenticated", "siren.path.no-answer")
	for _, kind := range PathKinds {
		keys = append(keys, kind.TitleKey())
	}
	for _, kind := range RogueKinds {
		keys = append(keys, kind.TitleKey())
	}
	known := catalogue.Keys()
	for _, key := range keys {
		if !slices.Contains(known, key) {
			t.Errorf("the catalogue lacks %s", key)
		}
	}
}
