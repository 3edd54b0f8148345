// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

func TestWhatARegistryRefuses(t *testing.T) {
	good := func() Siren {
		return Siren{
			ID: "p-1", Number: 1, Name: "Potsdam", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06},
			PublicKey: make([]byte, 32), Signals: []string{"warning", "all-clear"},
		}
	}
	tests := []struct {
		name   string
		change func(*Siren)
		fields []string
	}{
		{"complete", func(s *Siren) {
			s.Paths = []Path{{Kind: PathMQTT}, {Kind: PathTETRA, Address: "23401/2001", Group: "9001"}, {Kind: PathPOCSAG, Address: "2097151"}, {Kind: PathTones, Address: "12345"}, {Kind: PathHTTP, Address: "https://controller.example/"}}
			s.Equipment = Equipment{Kind: "electronic", Level: 109, Cycles: 4, Mount: "mast", Height: 12, Power: "solar", Built: 2024, Operator: "Stadt Potsdam"}
			s.Documents = []Document{{"Abnahme", "https://example.org/abnahme.pdf"}}
		}, nil},
		{"a radio call alone needs no key", func(s *Siren) { s.PublicKey, s.Paths = nil, []Path{{Kind: PathPOCSAG, Address: "1"}} }, nil},
		{"not enrolled yet", func(s *Siren) { s.PublicKey = nil }, nil},
		{"half a key", func(s *Siren) { s.PublicKey = s.PublicKey[:16] }, []string{"publicKey"}},
		{"unknown way", func(s *Siren) { s.Paths = []Path{{Kind: "pigeon"}} }, []string{"paths[0].kind"}},
		{"RIC too high", func(s *Siren) { s.Paths = []Path{{Kind: PathPOCSAG, Address: "2097152"}} }, []string{"paths[0].address"}},
		{"sub-address too short", func(s *Siren) { s.Paths = []Path{{Kind: PathTETRA, Address: "1/23"}} }, []string{"paths[0].address"}},
		{"group that is none", func(s *Siren) { s.Paths = []Path{{Kind: PathTones, Address: "12345", Group: "1"}} }, []string{"paths[0].group"}},
		{"address for MQTT", func(s *Siren) { s.Paths = []Path{{Kind: PathMQTT, Address: "x"}} }, []string{"paths[0].address"}},
		{"controller without address", func(s *Siren) { s.Paths = []Path{{Kind: PathHTTP, Address: "controller"}} }, []string{"paths[0].address"}},
		{"level at 1 m and too much else", func(s *Siren) {
			s.Equipment = Equipment{Kind: "steam", Level: 151, Mount: "tree", Power: "wind", Height: -1, Cycles: -1, Built: 24}
		}, []string{"equipment.kind", "equipment.mount", "equipment.power", "equipment.level", "equipment.height", "equipment.cycles", "equipment.built"}},
		{"document without title", func(s *Siren) { s.Documents = []Document{{URL: "https://example.org"}} }, []string{"documents[0]"}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s := good()
			test.change(&s)
			var fields []string
			var refusal *problem.Error
			if _, err := Register(nil, []Siren{s}); errors.As(err, &refusal) {
				for _, f := range refusal.Faults {
					fields = append(fields, f.Field[len("sirens[0]."):])
				}
			}
			if diff := cmp.Diff(test.fields, fields); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestRegisterKeepsTheKeyOfADevice(t *testing.T) {
	enrolled := Siren{
		ID: "p-1", Number: 1, Name: "Potsdam", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06},
		PublicKey: bytes.Repeat([]byte{7}, 32), Signals: []string{"warning"},
	}
	again := enrolled
	again.Name, again.PublicKey = "Potsdam, Feuerwache", nil
	events, err := Register([]Siren{enrolled}, []Siren{again})
	if err != nil {
		t.Fatal(err)
	}
	body, err := journal.Decode[Registered](events[0])
	if err != nil {
		t.Fatal(err)
	}
	again.PublicKey = enrolled.PublicKey
	if diff := cmp.Diff([]Siren{again}, body.Sirens); diff != "" {
		t.Error(diff)
	}
}
