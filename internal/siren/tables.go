// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/problem"
)

// SignalTable is the signals that are in use somewhere.
type SignalTable struct {
	// Name is the table's stable name: a country, or a country and a part of it.
	Name string `json:"name"`
	// Country is the code of ISO 3166-1.
	Country string  `json:"country"`
	Signals Signals `json:"signals"`
}

// TitleKey is the catalogue key of where the table is in use.
func (t SignalTable) TitleKey() string { return "siren.table." + t.Name }

// DefaultTable is the name of the table of authorities that name none.
const DefaultTable = "de"

// repeated is a tone several times with pauses between.
func repeated(tone Tone, times int, seconds, pause float64) []Segment {
	segments := []Segment{{tone, seconds}}
	for range times - 1 {
		segments = append(segments, Segment{ToneOff, pause}, Segment{tone, seconds})
	}
	return segments
}

// The signals of all tables. A new one takes a new number; numbers from 128 are
// left to signals that an authority agrees with its own devices.
var (
	signalWarning    = Signal{Number: 1, Name: "warning", Segments: []Segment{{ToneWail, 60}}}
	signalAllClear   = Signal{Number: 2, Name: "all-clear", Segments: []Segment{{ToneSteady, 60}}}
	signalFire       = Signal{Number: 3, Name: "fire", Segments: repeated(ToneSteady, 3, 15, 7)}
	signalTrial      = Signal{Number: 4, Name: "trial", Segments: []Segment{{ToneSteady, 12}}}
	signalFire12     = Signal{Number: 5, Name: "fire-12", Segments: repeated(ToneSteady, 3, 12, 12)}
	signalTrial15    = Signal{Number: 6, Name: "trial-15", Segments: []Segment{{ToneSteady, 15}}}
	signalApproach   = Signal{Number: 7, Name: "approach", Segments: []Segment{{ToneSteady, 180}}}
	signalWater      = Signal{Number: 8, Name: "water", Segments: repeated(ToneLow, 12, 20, 10)}
	signalSilentTest = Signal{Number: 16, Name: "silent-test", Test: true, Segments: []Segment{{ToneOff, 1}}}
	signalGrowlTest  = Signal{Number: 17, Name: "growl-test", Test: true, Segments: []Segment{{ToneGrowl, 2}}}
)

// called is the signal under another word for people.
func (s Signal) called(word string) Signal {
	s.Word = word
	return s
}

// SignalTables lists the tables that are built in, Germany's own first.
//
// Warning and all-clear are uniform in Germany by decision of the Länder (AFKzV,
// spring 2019): one minute of rising and falling tone, one minute of steady
// tone. Everything else is local: the fire signal of three tones of 15 s with 7 s
// between is the commonest, Schleswig-Holstein and others sound 12 s and pause
// 12 s, and a trial lasts 12 s or, in Brandenburg's Lausitz, 15 s. Some towns sound
// Austria's signals.
//
// Austria (LGBl. Vorarlberg 270 of 2000, section 2): Warnung is three minutes of
// steady tone, Alarm at least one minute of rising and falling tone, Entwarnung
// one minute of steady tone; fire three times 15 s with 7 s between, trial 15 s.
//
// Switzerland (BABS): the general alarm is one minute of rising and falling tone,
// given once more within five minutes, which is a second order; the water alarm
// below dams is twelve low tones of 20 s, 10 s apart. There is no all-clear by siren.
func SignalTables() []SignalTable {
	tests := Signals{signalSilentTest, signalGrowlTest}
	return []SignalTable{
		{"de", "DE", append(Signals{signalWarning, signalAllClear, signalFire, signalTrial}, tests...)},
		{"de-bb", "DE", append(Signals{signalWarning, signalAllClear, signalFire, signalTrial15}, tests...)},
		{"de-sh", "DE", append(Signals{signalWarning, signalAllClear, signalTrial, signalFire12}, tests...)},
		{"at", "AT", append(Signals{signalWarning.called("alarm"), signalAllClear, signalFire, signalTrial15, signalApproach}, tests...)},
		{"ch", "CH", append(Signals{signalWarning.called("general-alarm"), signalWater}, tests...)},
	}
}

// TableNamed finds a table; "" stands for DefaultTable. Its error is a
// *problem.Error that lists the tables.
func TableNamed(name string) (SignalTable, error) {
	if name == "" {
		name = DefaultTable
	}
	tables := SignalTables()
	if i := slices.IndexFunc(tables, func(t SignalTable) bool { return t.Name == name }); i >= 0 {
		return tables[i], nil
	}
	names := make([]string, len(tables))
	for i, t := range tables {
		names[i] = t.Name
	}
	return SignalTable{}, problem.New(problem.Invalid, fmt.Sprintf("There is no table of signals %q.", name), "Use "+strings.Join(names, ", ")+".")
}

// GermanSignals is the table that authorities in Germany start from.
func GermanSignals() Signals { return SignalTables()[0].Signals }

// AllSignals is every signal of every table, by number: what devices may be set
// up with, and what their answers may speak of.
func AllSignals() Signals {
	return Signals{
		signalWarning, signalAllClear, signalFire, signalTrial, signalFire12, signalTrial15, signalApproach, signalWater,
		signalSilentTest, signalGrowlTest,
	}
}
