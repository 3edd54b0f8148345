// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package selcall

import (
	"fmt"
	"strings"
	"time"
)

// Signal is a double tone that tells a siren's receiver what to sound, sent after
// the receiver's call. Which are in use is decided locally.
type Signal struct {
	Name string // stable, such as "all-clear"
	// Title is its word at the place where it is in use; Sounds what people hear
	// there when a siren obeys, in English.
	Title, Sounds string
	Low, High     float64 // hertz, both at once
}

// Table is the signals of one country.
type Table struct {
	Name    string // ISO 3166-1, lower case
	Source  string
	Signals []Signal
}

// tables hold double tones of the tones 370, 450, 550, 675, 825, 1010, 1240,
// 1520, 1860 and 2280 Hz, numbered 1 to 9 and 0.
//
// In Germany the technical rules for authorities (TR BOS Funkalarmierung, C 4.6)
// know tones 4 and 7 for fire and 4 and 5 for the population's warning, with
// tolerances of 6 Hz (675, 825 Hz) and 10 Hz (1240 Hz).
var tables = []Table{
	{"de", "TR BOS Funkalarmierung C 4.6 (fire, warning); wiki.ig-wasi.de, Doppeltöne (all)", []Signal{
		{"fire", "Feueralarm", "the fire signal, which calls the fire service", 675, 1240},
		{"warning", "Warnung", "the warning: one minute of rising and falling tone", 675, 825},
		{"trial", "Probealarm", "the trial: one steady tone of about 12 seconds", 675, 1860},
		{"disaster", "Katastrophenalarm", "the disaster alarm, where it is still in use", 825, 1240},
		{"all-clear", "Entwarnung", "the all-clear: one minute of steady tone", 825, 1860},
		{"nbc", "ABC-Alarm", "the alarm for nuclear, biological and chemical danger, where it is still in use", 1240, 1860},
	}},
	{"at", "feuerwehrpresse.biz, Sirenensignale; LGBl. 20/2000 (patterns)", []Signal{
		{"trial", "Sirenenprobe", "the trial: one steady tone of 15 seconds", 675, 1860},
		{"fire", "Alarm für die Feuerwehr", "the fire signal: three steady tones of 15 seconds", 675, 1240},
		{"warning", "Warnung", "the warning: three minutes of steady tone", 675, 2280},
		{"alarm", "Alarm", "the alarm: one minute of rising and falling tone", 675, 825},
		{"all-clear", "Entwarnung", "the all-clear: one minute of steady tone", 675, 1010},
	}},
}

// Tables lists the tables.
func Tables() []Table { return append([]Table(nil), tables...) }

// TableNamed finds a country's table.
func TableNamed(name string) (Table, error) {
	var names []string
	for _, t := range tables {
		if strings.EqualFold(t.Name, name) {
			return t, nil
		}
		names = append(names, t.Name)
	}
	return Table{}, fmt.Errorf("table %q is not known: choose one of %s", name, strings.Join(names, ", "))
}

// Signal finds a signal by its name or title, in upper or lower case.
func (t Table) Signal(name string) (Signal, error) {
	var names []string
	for _, s := range t.Signals {
		if strings.EqualFold(s.Name, name) || strings.EqualFold(s.Title, name) {
			return s, nil
		}
		names = append(names, fmt.Sprintf("%s (%s)", s.Name, s.Title))
	}
	return Signal{}, fmt.Errorf("signal %q is not in the table %s: choose one of %s", name, t.Name, strings.Join(names, ", "))
}

// pair finds the signal of two tones.
func (t Table) pair(low, high float64) (Signal, bool) {
	for _, s := range t.Signals {
		if s.Low == low && s.High == high {
			return s, true
		}
	}
	return Signal{}, false
}

// Times of a double tone. A receiver listens for one during 6 to 8 s after its
// call and obeys after 2 s +-0.5 s of it (TR BOS Funkalarmierung, C 4.6).
const (
	DoubleToneDuration = 5 * time.Second
	MinDoubleTone      = 1500 * time.Millisecond
)

// doubleTones are all tones of which double tones are made, in hertz.
var doubleTones = []float64{370, 450, 550, 675, 825, 1010, 1240, 1520, 1860, 2280}
