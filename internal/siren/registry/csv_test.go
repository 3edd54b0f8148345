// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package registry

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/acoustics"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

func read(t *testing.T, text string) *Sheet {
	t.Helper()
	sheet, err := Read(strings.NewReader(text), Options{})
	if err != nil {
		t.Fatal(err)
	}
	return sheet
}

// refused lists the rules and columns of refused rows.
func refused(s *Sheet) []string {
	var all []string
	for _, r := range s.Refused {
		for _, f := range r.Faults {
			all = append(all, f.Field+" "+f.Rule)
		}
	}
	return all
}

const german = `Kennung;Bezeichnung;ARS;Rechtswert;Hochwert;Zone;Art;Schallpegel dB(A) in 30 m;Zyklen;Montage;Höhe (m);Stromversorgung;Baujahr;Betreiber;Öffentlich;Signale;ISSI;Bemerkung
aw-1;Ahrweiler, Rathaus;071310007007;365400,5;5600800;32;elektronisch;109;4;Dach;12,5;Netz + Akku;2022;Kreis Ahrweiler;ja;Warnung|Entwarnung|Feueralarm;23401/2001;neu
`

func TestAGermanTable(t *testing.T) {
	place, err := projection.UTM32.Inverse(projection.Coordinate{Easting: 365400.5, Northing: 5600800})
	if err != nil {
		t.Fatal(err)
	}
	want := siren.Siren{
		ID: "aw-1", Name: "Ahrweiler, Rathaus", ARS: "071310007007", Position: geo.Point{Lat: round(place.Lat), Lon: round(place.Lon)},
		Signals: []string{"warning", "all-clear", "fire"}, Public: true,
		Paths: []siren.Path{{Kind: siren.PathTETRA, Address: "23401/2001"}},
		Equipment: siren.Equipment{
			Kind: "electronic", Level: 109, Cycles: 4, Mount: "roof", Height: 12.5, Power: "mains-battery", Built: 2022, Operator: "Kreis Ahrweiler",
		},
	}
	latin, err := charmap.ISO8859_1.NewEncoder().String(german)
	if err != nil {
		t.Fatal(err)
	}
	wide, err := unicode.UTF16(unicode.LittleEndian, unicode.UseBOM).NewEncoder().String(german)
	if err != nil {
		t.Fatal(err)
	}
	tabs := strings.ReplaceAll(german, ";", "\t")
	for name, text := range map[string]string{
		"semicolons": german, "with a mark": "\xef\xbb\xbf" + german, "ISO 8859-1": latin, "UTF-16": wide, "tabs": tabs,
		"line ends of Windows": strings.ReplaceAll(german, "\n", "\r\n"), "a line for the spreadsheet": "sep=;\n\n" + german,
	} {
		t.Run(name, func(t *testing.T) {
			sheet := read(t, text)
			if diff := cmp.Diff([]siren.Siren{want}, sheet.Sirens()); diff != "" {
				t.Errorf("%s\nrefused: %v", diff, sheet.Refused)
			}
			if diff := cmp.Diff([]string{"Bemerkung"}, sheet.Ignored); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestPositions(t *testing.T) {
	berlin := geo.Point{Lat: 52.5163, Lon: 13.3777}
	gk, _ := projection.GaussKruger4.Forward(berlin)
	utm, _ := projection.UTM33.Forward(berlin)
	n := func(f float64) string { return plain(float64(int(f))) }
	for _, test := range []struct {
		name, head, row string
		want            string // rule
	}{
		{"degrees", "lat,lon", "52.5163,13.3777", ""},
		{"decimal commas", "Breite;Länge", "52,5163;13,3777°", ""},
		{"UTMREF", "mgrs", projection.UTMREF.String(must(projection.ToUTMREF(berlin, 1))), ""},
		{"UTMREF of 100 m", "utmref", projection.UTMREF.String(must(projection.ToUTMREF(berlin, 100))), "registry.utmref-coarse"},
		{"UTM in one", "utm", "33U " + n(utm.Easting) + " " + n(utm.Northing), ""},
		{"UTM in four", "utm", "33 U " + n(utm.Easting) + " " + n(utm.Northing), ""},
		{"zone before the easting", "ostwert;nordwert", "33" + n(utm.Easting) + ";" + n(utm.Northing), ""},
		{"thousands", "zone;ostwert;nordwert", "EPSG:25833;389 910;5.819.700", "far"},
		{"one sign between thousands, which is a decimal point", "zone;ostwert;nordwert", "EPSG:25833;389.910;5.819.700", "registry.outside-system"},
		{"Gauß-Krüger by its first digit", "rechtswert;hochwert", n(gk.Easting) + ";" + n(gk.Northing), ""},
		{"Gauß-Krüger by name", "system;rechtswert;hochwert", "GK4;" + n(gk.Easting) + ";" + n(gk.Northing), ""},
		{"no zone", "ostwert;nordwert", n(utm.Easting) + ";" + n(utm.Northing), "registry.zone-missing"},
		{"an unknown zone", "zone;ostwert;nordwert", "60;" + n(utm.Easting) + ";" + n(utm.Northing), "registry.zone"},
		{"the other way round", "zone;ostwert;nordwert", "33;" + n(utm.Northing) + ";" + n(utm.Easting), "registry.outside-system"},
		{"exchanged", "lat,lon", "13.3777,52.5163", "registry.swapped"},
		{"half", "lat,lon", "52.5163,", "registry.half-position"},
		{"none", "lat,lon", ",", "blank"},
		{"nowhere", "name,lat,lon", "Rathaus,,", "registry.no-position"},
		{"no number", "lat,lon", "52.5163,east", "registry.degrees"},
		{"not finite", "lat,lon", "NaN,1e400", "registry.degrees"},
		{"two that agree", "lat,lon,utmref", "52.5163,13.3777," + must(projection.ToUTMREF(berlin, 10)).String(), ""},
		{"two that do not", "lat,lon,utmref", "52.6163,13.3777," + must(projection.ToUTMREF(berlin, 10)).String(), "registry.positions-differ"},
	} {
		t.Run(test.name, func(t *testing.T) {
			sheet := read(t, test.head+"\n"+test.row+"\n")
			rules := strings.Join(refused(sheet), " ")
			switch test.want {
			case "blank":
				if len(sheet.Rows)+len(sheet.Refused) != 0 {
					t.Errorf("an empty line became %+v", sheet)
				}
			case "":
				if len(sheet.Rows) != 1 || sheet.Rows[0].Siren.Position.DistanceTo(berlin) > 6 {
					t.Errorf("%+v, refused: %s", sheet.Rows, rules)
				}
			case "far":
				if len(sheet.Rows) != 1 || sheet.Rows[0].Siren.Position.DistanceTo(berlin) > 1000 {
					t.Errorf("%+v, refused: %s", sheet.Rows, rules)
				}
			default:
				if len(sheet.Rows) != 0 || !strings.Contains(rules, test.want) || sheet.Refused[0].Row != 2 {
					t.Errorf("%+v, refused: %s", sheet.Rows, rules)
				}
			}
		})
	}
}

func must(u projection.UTMREF, err error) projection.UTMREF {
	if err != nil {
		panic(err)
	}
	return u
}

func TestBadRowsAreRefusedAndTheRestTaken(t *testing.T) {
	sheet := read(t, `id,name,lat,lon,ars,level,cycles,mount,kind,power,built,public,signals,tetra,paths,key,pocsag
good-1,One,50.5,7.1,,,,,,,,,,,,,
a/b,Two,50.5,7.1,,,,,,,,,,,,,
c,Three,50.5,7.1,7131,,,,,,,,,,,,
d,"Four ""quoted"", and more",50.5,7.1,,138.5 dB,,,,,,,,,,,
e,Five,50.5,7.1,,,4x,tree,steam,wind,24,perhaps,opera,,,,
f,Six,50.5,7.1,,,,,,,,,,abc,,,
g,Seven,50.5,7.1,,,,,,,,,,123,mqtt|pocsag,,1
h,"Eight,50.5,7.1,,,,,,,,,,,,,
i,Nine,50.5,7.1,,,,,,,,,,,,,,,more
j,Ten,50.5,7.1,,,,,,,,,,,mqtt|pigeon,,
k,Eleven,50.5,7.1,,,,,,,,,,,,c2hvcnQ=,
l,Twelve,50.5,7.1,,,,,,,,,,,,,2097152
m,"=HYPERLINK(""https://x.example"")",50.5,7.1,,,,,,,,,,,,,
good-2,"Thirteen
in two lines",50.5,7.1,,,,,,,,,,,,,
good-3,Fourteen,50.5,7.1
`)
	var ids []string
	for _, r := range sheet.Rows {
		ids = append(ids, r.Siren.ID)
	}
	if diff := cmp.Diff([]string{"good-1", "good-2", "good-3"}, ids); diff != "" {
		t.Error(diff)
	}
	want := []string{
		"id registry.id", "ars registry.ars", "level registry.range",
		"kind registry.choice", "cycles registry.range", "mount registry.choice", "power registry.choice", "built registry.range", "public registry.yes-no", "signals registry.choice",
		"tetra registry.address", "paths registry.path-unordered", " registry.quotes", " registry.wide", "paths registry.paths", "key registry.key", "pocsag registry.address", "name registry.formula",
	}
	if diff := cmp.Diff(want, refused(sheet)); diff != "" {
		t.Error(diff)
	}
	var rows []int
	for _, r := range sheet.Refused {
		rows = append(rows, r.Row)
		for _, f := range r.Faults {
			if f.Message == "" || f.Remedy == "" {
				t.Errorf("row %d has no words: %+v", r.Row, f)
			}
		}
	}
	if diff := cmp.Diff([]int{3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14}, rows); diff != "" {
		t.Error(diff)
	}
	if sheet.Rows[1].Row != 15 || sheet.Rows[2].Row != 17 {
		t.Errorf("rows stand on lines %d and %d", sheet.Rows[1].Row, sheet.Rows[2].Row)
	}
}

// How a siren sounds is read as its maker measured it, and refused where it is not.
func TestSpectraAndDirectivity(t *testing.T) {
	sheet := read(t, `id;lat;lon;Pegel;Spektrum;Richtwirkung;Achse
good;50.5;7.1;;70|80,5|95|108|104|98|90|80;0|1|4|8|12|15|17;135
seven;50.5;7.1;;70|80|95|108|104|98|90;;
words;50.5;7.1;;70|80|95|laut|104|98|90|80;;
behind;50.5;7.1;;;0|1|4|8|12|15|-3;
far;50.5;7.1;;;;400
two;50.5;7.1;101;70|80|95|108|104|98|90|80;;
`)
	want := siren.Equipment{Spectrum: acoustics.Spectrum{70, 80.5, 95, 108, 104, 98, 90, 80}, Directivity: acoustics.Beam{0, 1, 4, 8, 12, 15, 17}, Axis: 135}
	if len(sheet.Rows) != 1 || sheet.Rows[0].Siren.Equipment != want {
		t.Errorf("%+v", sheet.Rows)
	}
	if diff := cmp.Diff([]string{
		"spectrum registry.spectrum", "spectrum registry.spectrum", "directivity registry.directivity", "axis registry.range", "spectrum registry.spectrum-level",
	}, refused(sheet)); diff != "" {
		t.Error(diff)
	}
	if text := sheet.Refused[len(sheet.Refused)-1].Faults[0].Message; !strings.Contains(text, "108.2") {
		t.Errorf("it does not say what the spectrum makes: %s", text)
	}
}

func TestWhatIsNoTable(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "blank lines": "\n\n  \n", "no columns of a place": "id,name\na,b\n", "something else": "<html>", "half a PBF": "\x00\x00\x00\x0d\x0a\x09OSMHeader",
		"GeoJSON without features": `{"type":"FeatureCollection"}`, "half a GeoJSON": `{"features":[{`, "an unclosed quote": `"lat,lon`,
	} {
		if sheet, err := Read(strings.NewReader(text), Options{}); err == nil {
			t.Errorf("%s: read as %+v", name, sheet)
		} else if p, ok := errors.AsType[*problem.Error](err); !ok || p.Kind != problem.Unreadable || p.Remedy == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(strings.NewReader("x"), Options{Format: "xlsx"}); !errors.Is(err, problem.Invalid) {
		t.Errorf("an unknown format: %v", err)
	}
	if _, err := Read(io.MultiReader(strings.NewReader("lat,lon\n"), endless{}), Options{}); !errors.Is(err, problem.TooLarge) {
		t.Errorf("an endless file: %v", err)
	}
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = "1,2\n"[i%4]
	}
	return len(p), nil
}

// What encoding/csv writes, this reads, whatever stands in the fields.
func TestAsTheStandardLibraryWrites(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cell := rapid.OneOf(rapid.StringOf(rapid.SampledFrom([]rune("a\"',;\t\n\r ä"))), rapid.String())
		rows := rapid.SliceOfN(rapid.SliceOfN(cell, 3, 3), 1, 5).Draw(t, "rows")
		comma := rapid.SampledFrom([]rune{',', ';', '\t'}).Draw(t, "comma")
		var out bytes.Buffer
		w := csv.NewWriter(&out)
		w.Comma = comma
		if err := w.WriteAll(rows); err != nil {
			t.Skip(err)
		}
		peer := csv.NewReader(bytes.NewReader(out.Bytes()))
		peer.Comma = comma
		want, err := peer.ReadAll()
		if err != nil {
			t.Fatal(err)
		}
		l := splitter{rest: out.Bytes(), line: 1, comma: byte(comma)}
		var got [][]string
		for {
			_, fields, err := l.next()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			for i := range fields {
				fields[i] = strings.ReplaceAll(fields[i], "\r\n", "\n")
			}
			got = append(got, fields)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", out.String(), diff)
		}
	})
}

func TestNumbers(t *testing.T) {
	for text, want := range map[string]float64{
		"1": 1, "1,5": 1.5, "1.5": 1.5, "1.234,5": 1234.5, "1,234.5": 1234.5, "5.602.345": 5602345, "5,602,345": 5602345, "5 602 345,7": 5602345.7, "-3,5": -3.5, "1'234": 1234,
	} {
		if got, ok := number(text); !ok || got != want {
			t.Errorf("%q is %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "a", "1e5", "0x10", "inf", "1,2,3.4.5-", strings.Repeat("1", 41)} {
		if got, ok := number(text); ok {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(german))
	f.Add([]byte("lat,lon\n50.5,7.1\n\"a\"b,c\n"))
	f.Add([]byte(`{"features":[{"id":"a","properties":{"name":"x","level":109},"geometry":{"type":"Point","coordinates":[7.1,50.5]}}]}`))
	f.Add([]byte(`<osm><node id="1" lat="50.5" lon="7.1"><tag k="emergency" v="siren"/></node></osm>`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		sheet, err := Read(bytes.NewReader(raw), Options{})
		if err != nil {
			if _, ok := errors.AsType[*problem.Error](err); !ok {
				t.Fatalf("%v is no problem", err)
			}
			return
		}
		for _, s := range sheet.Sirens() {
			if !s.Position.Valid() {
				t.Fatalf("taken at %v", s.Position)
			}
		}
		merged := Merge(sheet, MergeOptions{Signals: []string{"warning"}})
		if len(merged.Entries) != len(sheet.Rows)+len(sheet.Refused) {
			t.Fatalf("%d entries of %d rows and %d refused", len(merged.Entries), len(sheet.Rows), len(sheet.Refused))
		}
		again := Merge(sheet, MergeOptions{Existing: merged.Sirens, Signals: []string{"warning"}})
		for _, e := range again.Entries {
			if e.Verdict == Changed || e.Verdict == Added && e.ID != "" && known(merged.Sirens, e.ID) {
				t.Fatalf("a second time row %d is %s: %+v", e.Row, e.Verdict, e)
			}
		}
	})
}

func known(sirens []siren.Siren, id string) bool {
	for _, s := range sirens {
		if s.ID == id {
			return true
		}
	}
	return false
}
