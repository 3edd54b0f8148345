// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"cmp"
	"encoding/base64"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// column is one column of a list.
type column struct {
	name string
	// also are other headings, folded as fold does.
	also []string
	// read takes a value that is not empty; a rule that it breaks is the fault.
	read func(*draft, string) *problem.Fault
	// write gives the value of an entry.
	write func(siren.Siren) string
	// copy takes the column's member of an entry over; nil where several columns
	// make one member and another copies it.
	copy func(to *siren.Siren, from siren.Siren)
	// private columns are left out for the public.
	private bool
}

// draft is a siren in the making, with what several columns say together.
type draft struct {
	siren siren.Siren
	place place
	ways  ways
}

// columns are all columns in the order in which they are written.
var columns = slices.Concat([]column{
	{
		name: "id", also: []string{"kennung", "sirenenid", "sirenid", "ref"},
		read: func(d *draft, v string) *problem.Fault {
			d.siren.ID = v
			return unless(siren.ValidID(v), "registry.id", v)
		},
		write: func(s siren.Siren) string { return s.ID },
	},
	{
		name: "number", also: []string{"nummer", "nr", "no", "lfdnr"},
		read: func(d *draft, v string) *problem.Fault {
			n, err := strconv.ParseUint(v, 10, 32)
			d.siren.Number = uint32(n)
			return unless(err == nil && n > 0, "registry.number", v)
		},
		write: func(s siren.Siren) string { return plainUint(s.Number) }, private: true,
	},
	{
		name: "name", also: []string{"bezeichnung", "standort", "site", "objekt", "location"},
		read: func(d *draft, v string) *problem.Fault {
			d.siren.Name = v
			if len(v) > 200 {
				return unless(false, "registry.name", clip(v))
			}
			return unless(!formula(v), "registry.formula", clip(v))
		},
		write: func(s siren.Siren) string { return s.Name },
		copy:  func(to *siren.Siren, from siren.Siren) { to.Name = cmp.Or(from.Name, to.Name) },
	},
	{
		name: "ars", also: []string{"regionalschluessel", "rs", "gemeindeschluessel", "ags"},
		read: func(d *draft, v string) *problem.Fault {
			key, err := geo.ParseARS(v)
			d.siren.ARS = key
			return unless(err == nil && key != geo.Federation, "registry.ars", v)
		},
		write: func(s siren.Siren) string { return string(s.ARS) },
		copy:  func(to *siren.Siren, from siren.Siren) { to.ARS = cmp.Or(from.ARS, to.ARS) },
	},
}, positions, []column{
	text("type", func(s *siren.Siren) *string { return &s.Type }, "typ", "modell", "model", "sirenentyp"),
	choice("kind", func(s *siren.Siren) *string { return &s.Equipment.Kind }, map[string]string{
		"electronic": "electronic", "elektronisch": "electronic", "elektronischesirene": "electronic", "elektronik": "electronic",
		"motor": "motor", "motorsirene": "motor", "mechanical": "motor", "mechanisch": "motor", "pneumatic": "motor", "e57": "motor",
	}, "art", "bauart", "sirenenart"),
	measure("level", func(s *siren.Siren) *float64 { return &s.Equipment.Level }, 60, 150,
		"pegel", "schallpegel", "schalldruckpegel", "lautstaerke"),
	count("cycles", func(s *siren.Siren) *int { return &s.Equipment.Cycles }, 0, 1000, "zyklen", "warnzyklen", "akkuzyklen", "batteryzyklen", "batterycycles"),
	choice("mount", func(s *siren.Siren) *string { return &s.Equipment.Mount }, map[string]string{
		"roof": "roof", "dach": "roof", "dachmontage": "roof", "dachsirene": "roof", "building": "roof", "gebaeude": "roof",
		"mast": "mast", "mastmontage": "mast", "mastsirene": "mast", "pole": "mast",
	}, "montage", "aufstellung", "befestigung"),
	measure("height", func(s *siren.Siren) *float64 { return &s.Equipment.Height }, 0, 200, "hoehe", "hornhoehe", "masthoehe"),
	decibels("spectrum", func(s *siren.Siren) []float64 { return s.Equipment.Spectrum[:] }, -50, 150, "registry.spectrum", "spektrum", "oktaven", "oktavpegel"),
	decibels("directivity", func(s *siren.Siren) []float64 { return s.Equipment.Directivity[:] }, 0, 60, "registry.directivity", "richtwirkung", "richtcharakteristik"),
	measure("axis", func(s *siren.Siren) *float64 { return &s.Equipment.Axis }, 0, 360, "achse", "richtung", "hauptrichtung"),
	choice("power", func(s *siren.Siren) *string { return &s.Equipment.Power }, map[string]string{
		"mains": "mains", "netz": "mains", "netzstrom": "mains", "mainsbattery": "mains-battery", "netzakku": "mains-battery", "netzundakku": "mains-battery",
		"netzbatterie": "mains-battery", "akku": "mains-battery", "battery": "mains-battery", "solar": "solar", "solarakku": "solar",
	}, "stromversorgung", "strom", "energie"),
	count("built", func(s *siren.Siren) *int { return &s.Equipment.Built }, 1900, 2100, "baujahr", "jahr", "year", "errichtet"),
	text("operator", func(s *siren.Siren) *string { return &s.Equipment.Operator }, "betreiber", "eigentuemer", "owner"),
	yes("public", func(s *siren.Siren) *bool { return &s.Public }, "oeffentlich", "sichtbar"),
	{
		name: "signals", also: []string{"signale"}, read: readSignals,
		write: func(s siren.Siren) string { return strings.Join(s.Signals, "|") },
		copy:  func(to *siren.Siren, from siren.Siren) { to.Signals = from.Signals },
	},
}, paths, []column{
	{
		name: "key", also: []string{"publickey", "schluessel"}, private: true,
		read: func(d *draft, v string) *problem.Fault {
			key, err := base64.StdEncoding.DecodeString(v)
			d.siren.PublicKey = key
			return unless(err == nil && len(key) == 32, "registry.key", clip(v))
		},
		write: func(s siren.Siren) string { return base64.StdEncoding.EncodeToString(s.PublicKey) },
		copy: func(to *siren.Siren, from siren.Siren) {
			if len(from.PublicKey) > 0 {
				to.PublicKey = from.PublicKey
			}
		},
	},
	yes("generated", func(s *siren.Siren) *bool { return &s.Generated }, "erzeugt"),
})

// formula reports whether a spreadsheet would take a text for a formula: lists go
// out as CSV, and what comes from OpenStreetMap anyone may have written.
func formula(v string) bool { return strings.ContainsRune("=+-@", rune(v[0])) }

// unless is the fault of a broken rule; its column is filled in by the caller.
func unless(good bool, rule string, args ...string) *problem.Fault {
	if good {
		return nil
	}
	f := refusal.Fault("", rule, args...)
	return &f
}

func text(name string, member func(*siren.Siren) *string, also ...string) column {
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			*member(&d.siren) = v
			if len(v) > 200 {
				return unless(false, "registry.long", clip(v))
			}
			return unless(!formula(v), "registry.formula", clip(v))
		},
		write: func(s siren.Siren) string { return *member(&s) },
		copy:  func(to *siren.Siren, from siren.Siren) { *member(to) = *member(&from) },
	}
}

func choice(name string, member func(*siren.Siren) *string, words map[string]string, also ...string) column {
	possible := map[string]bool{}
	for _, v := range words {
		possible[v] = true
	}
	var list []string
	for v := range possible {
		list = append(list, v)
	}
	slices.Sort(list)
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			found, known := words[fold(v)]
			*member(&d.siren) = found
			return unless(known, "registry.choice", clip(v), strings.Join(list, ", "))
		},
		write: func(s siren.Siren) string { return *member(&s) },
		copy:  func(to *siren.Siren, from siren.Siren) { *member(to) = *member(&from) },
	}
}

func measure(name string, member func(*siren.Siren) *float64, least, most float64, also ...string) column {
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			n, ok := number(v)
			*member(&d.siren) = n
			return unless(ok && n >= least && n <= most, "registry.range", clip(v), plain(least), plain(most))
		},
		write: func(s siren.Siren) string { return plain(*member(&s)) },
		copy:  func(to *siren.Siren, from siren.Siren) { *member(to) = *member(&from) },
	}
}

// decibels is a column of values between bars, one for each of the member's.
func decibels(name string, member func(*siren.Siren) []float64, least, most float64, rule string, also ...string) column {
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			values := member(&d.siren)
			parts := strings.Split(v, "|")
			good := len(parts) == len(values)
			for i := 0; good && i < len(parts); i++ {
				values[i], good = number(parts[i])
				good = good && values[i] >= least && values[i] <= most
			}
			if !good {
				clear(values)
			}
			return unless(good, rule, clip(v))
		},
		write: func(s siren.Siren) string {
			values := member(&s)
			parts := make([]string, len(values))
			known := false
			for i, n := range values {
				parts[i] = strconv.FormatFloat(n, 'f', -1, 64)
				known = known || n != 0
			}
			if !known {
				return ""
			}
			return strings.Join(parts, "|")
		},
		copy: func(to *siren.Siren, from siren.Siren) { copy(member(to), member(&from)) },
	}
}

func count(name string, member func(*siren.Siren) *int, least, most int, also ...string) column {
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			n, err := strconv.Atoi(v)
			*member(&d.siren) = n
			return unless(err == nil && n >= least && n <= most, "registry.range", clip(v), strconv.Itoa(least), strconv.Itoa(most))
		},
		write: func(s siren.Siren) string { return plain(float64(*member(&s))) },
		copy:  func(to *siren.Siren, from siren.Siren) { *member(to) = *member(&from) },
	}
}

func yes(name string, member func(*siren.Siren) *bool, also ...string) column {
	return column{
		name: name, also: also,
		read: func(d *draft, v string) *problem.Fault {
			switch fold(v) {
			case "yes", "ja", "true", "wahr", "1", "x", "j", "y":
				*member(&d.siren) = true
			case "no", "nein", "false", "falsch", "0", "n":
			default:
				return unless(false, "registry.yes-no", clip(v))
			}
			return nil
		},
		write: func(s siren.Siren) string {
			if *member(&s) {
				return "yes"
			}
			return "no"
		},
		copy: func(to *siren.Siren, from siren.Siren) { *member(to) = *member(&from) },
	}
}

// signalNames are the names of signals and their words in all languages.
var signalNames = func() map[string]string {
	names := map[string]string{}
	for _, tag := range []string{catalogue.German, catalogue.English} {
		for _, s := range siren.AllSignals() {
			names[fold(catalogue.For(tag).T(s.TitleKey()))] = s.Name
		}
	}
	for _, s := range siren.AllSignals() {
		names[fold(s.Name)] = s.Name
	}
	return names
}()

func readSignals(d *draft, v string) *problem.Fault {
	d.siren.Signals = nil
	for part := range strings.FieldsFuncSeq(v, func(r rune) bool { return strings.ContainsRune("|,;/", r) }) {
		words := []string{part}
		if _, whole := signalNames[fold(part)]; !whole {
			words = strings.Fields(part)
		}
		for _, word := range words {
			name, known := signalNames[fold(word)]
			if !known {
				return unless(false, "registry.choice", clip(word), strings.Join(siren.AllSignals().Names(), ", "))
			}
			if !slices.Contains(d.siren.Signals, name) {
				d.siren.Signals = append(d.siren.Signals, name)
			}
		}
	}
	return nil
}

// fold is a heading or a word without case, accents, blanks and signs: "Höhe (m)"
// is hoehem.
func fold(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r == 'ä':
			b.WriteString("ae")
		case r == 'ö':
			b.WriteString("oe")
		case r == 'ü':
			b.WriteString("ue")
		case r == 'ß':
			b.WriteString("ss")
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			b.WriteRune(r)
		}
	}
	return b.String()
}

// headings finds a column by its folded heading.
var headings = func() map[string]int {
	found := map[string]int{}
	for i, c := range columns {
		for _, heading := range append([]string{fold(c.name)}, c.also...) {
			if other, taken := found[heading]; taken && other != i {
				panic(fmt.Sprintf("registry: the heading %s stands for %s and %s", heading, columns[other].name, c.name))
			}
			found[heading] = i
		}
	}
	return found
}()

// headingOf is the column of a heading, with or without its unit.
func headingOf(heading string) (column int, known bool) {
	word := fold(heading)
	for {
		if column, known = headings[word]; known {
			return column, true
		}
		shorter := word
		for _, unit := range []string{"m", "30", "in", "dba", "db"} {
			if shorter = strings.TrimSuffix(word, unit); shorter != word {
				break
			}
		}
		if shorter == word {
			return 0, false
		}
		word = shorter
	}
}

// number reads a number with a decimal point or comma, and with blanks or the
// other sign between thousands.
func number(s string) (float64, bool) {
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\'' {
			return -1
		}
		return r
	}, s)
	if len(s) > 40 || strings.Trim(s, "0123456789.,+-") != "" {
		return 0, false
	}
	point := strings.LastIndexAny(s, ".,")
	if point >= 0 {
		whole := strings.NewReplacer(".", "", ",", "").Replace(s[:point])
		if strings.Count(s, s[point:point+1]) > 1 && strings.ContainsAny(s, ".") != strings.ContainsAny(s, ",") {
			whole += s[point+1:] // the sign stands between thousands: 5.602.345
			point = -1
			s = whole
		} else {
			s = whole + "." + s[point+1:]
		}
	}
	n, err := strconv.ParseFloat(s, 64)
	return n, err == nil
}

// plain writes a number with a point, and nothing for zero.
func plain(n float64) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatFloat(n, 'f', -1, 64)
}

func plainUint(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

// readRow reads one row: value gives a column's text, and false where there is none.
func readRow(value func(column int) (string, bool)) (Row, []problem.Fault) {
	d, given := draft{}, map[string]bool{}
	var faults []problem.Fault
	broken := map[string]bool{}
	for i, c := range columns {
		v, has := value(i)
		if !has {
			continue
		}
		given[c.name] = true
		if v = strings.TrimSpace(v); v == "" {
			continue
		}
		if f := c.read(&d, v); f != nil {
			f.Field, broken[c.name] = c.name, true
			faults = append(faults, *f)
		}
	}
	if p, f := d.place.point(); f == nil {
		d.siren.Position = p
	} else if !broken[f.Field] {
		faults = append(faults, *f)
	}
	if rating, agrees := d.siren.Equipment.SpectrumAgrees(); !agrees {
		faults = append(faults, refusal.Fault("spectrum", "registry.spectrum-level", plain(math.Round(10*rating)/10), plain(d.siren.Equipment.Level)))
	}
	if f := d.ways.fill(&d.siren); f != nil {
		faults = append(faults, *f)
	}
	return Row{Siren: d.siren, System: d.place.used, given: given}, faults
}

// utmref writes a position as the square of 1 m, empty outside the zones known.
func utmref(p geo.Point) string {
	square, err := projection.ToUTMREF(p, 1)
	if err != nil {
		return ""
	}
	return square.String()
}
