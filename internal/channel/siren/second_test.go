// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren_test

import (
	"errors"
	"testing"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/channel/siren"
	"github.com/tocsin-alert/tocsin/internal/problem"
	sirens "github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/sirentest"
)

// Wide targets are signed twice where the keyset asks for that, and cannot be
// planned without a second key.
func TestPlanSignsTwice(t *testing.T) {
	r := sirentest.Start(t, sirentest.Options{Sirens: 4, NoSimulator: true})
	second := sirens.NewSigner(sirentest.DeviceKey("second"))
	keyset := sirentest.Keyset()
	keyset.Limit = sirens.Limit{Digits: 5, Sirens: 2}
	for _, c := range []struct {
		name   string
		signal string
		area   geo.Area
		twice  bool
	}{
		{"a Kreis", "warning", geo.Area{ARS: []geo.ARS{"12054"}}, false},
		{"a Land", "warning", geo.Area{ARS: []geo.ARS{"12"}}, true},
		{"a test of a Land", "silent-test", geo.Area{ARS: []geo.ARS{"12"}}, false},
		{"many sirens by number", "all-clear", geo.Area{ARS: []geo.ARS{"12"}, Circles: []geo.Circle{{Center: geo.Point{Lat: 52.4, Lon: 13.06}, Radius: 1}}}, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := siren.Options{Fleet: r.Fleet, Issuer: r.Issuer, Epoch: 1, Route: overMQTT(r.Link), Keyset: keyset}
			_, err := siren.New(o).Plan(t.Context(), "warning", message(1, c.signal, c.area), 7)
			if refused := errors.Is(err, problem.Forbidden); refused != c.twice {
				t.Fatalf("with one key: %v", err)
			}
			o.Second = second
			plan, err := siren.New(o).Plan(t.Context(), "warning", message(1, c.signal, c.area), 7)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range frames(plan) {
				if twice := f.Second == second.KeyID(); twice != c.twice {
					t.Errorf("%+v is signed twice: %v", f.Target, twice)
				}
			}
		})
	}
}
