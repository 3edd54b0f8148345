// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"archive/zip"
	"bytes"
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
)

// What the cases look at in the message that was read.
func onset(a *Alert) any   { return a.Info[0].Onset.String() }
func expires(a *Alert) any { return a.Info[0].Expires.String() }
func polygons(a *Alert) any {
	var all []string
	for _, info := range a.Info {
		for _, area := range info.Area {
			for _, polygon := range area.Polygon {
				all = append(all, polygon.String())
			}
		}
	}
	return strings.Join(all, " / ")
}
func circle(a *Alert) any {
	if circles := a.Info[0].Area[0].Circle; len(circles) == 1 {
		return circles[0].String()
	}
	return ""
}
func headline(a *Alert) any { return a.Info[0].Headline }
func note(a *Alert) any     { return a.Note }
func references(a *Alert) any {
	return a.References.String()
}
func kept(name string) func(*Alert) any {
	return func(a *Alert) any {
		for _, p := range a.Info[0].Parameter {
			if p.ValueName == name {
				return p.Value
			}
		}
		return "(no " + name + ")"
	}
}

const square = "52.1,13.2 52.2,13.25 52.15,13.4 52.1,13.2"

// looks says what is read of cases of testdata/corpus/lenient.txt.
var looks = map[string]struct {
	look func(*Alert) any
	want any
}{
	"a control character":                     {headline, "Rauch am Hafen"},
	"a number that is no character":           {headline, "Rauch am Hafen"},
	"an entity of HTML":                       {headline, "Ölrauch\u00A0am Hafen"},
	"a bare ampersand":                        {headline, "Keller & Garagen, Hafen"},
	"a bare less than":                        {headline, "Wind < 50 km/h Hafen"},
	"a password":                              {note, ""},
	"name=value":                              {kept("depth"), "3=4 m"},
	"a code without a name":                   {kept("parameter"), "TOR"},
	"a name in an attribute":                  {kept("a"), "1"},
	"two pairs in one":                        {kept("b"), "2"},
	"two values of one name":                  {func(a *Alert) any { return a.Info[0].Parameter }, []NamedValue{{"a", "1"}, {"a", "2"}}},
	"an empty value":                          {kept("a"), ""},
	"a name without value":                    {kept("a"), ""},
	"a value without name":                    {kept("parameter"), "1"},
	"a geocode outside of its area":           {func(a *Alert) any { return a.Info[0].Area[0].Geocode }, []NamedValue{{"ARS", "12"}}},
	"an area's elements outside":              {func(a *Alert) any { return a.Info[0].Area[1].AreaDesc }, "Stadt"},
	"a description outside of the info block": {func(a *Alert) any { return a.Info[0].Description }, "Es brennt."},
	"references in the info block":            {references, "a,b,2026-11-23T12:00:00-00:00"},
	"a pair without parameter":                {kept("a"), "1"},
	"a wrapper":                               {func(a *Alert) any { return a.Info[0].Area[0].AreaDesc }, "Stadt"},
	"an unknown element":                      {kept("x-title"), "x"},
	"an unknown element of two":               {kept("x-person.age"), "3"},
	"an unknown element of the alert":         {note, "x-title: x"},
	"an unknown element of the area":          {kept("x-area.zone"), "x"},
	"a foreign element":                       {func(a *Alert) any { return a.Sender + " " + a.Note }, "leitstelle@kreis.example x-sender: x"},
	"an attribute":                            {kept("x-headline.size"), "3"},
	"a language in an attribute":              {func(a *Alert) any { return a.Info[0].Language }, "de"},
	"text between elements":                   {kept("x-text"), "!"},
	"an element twice, the same":              {note, ""},
	"an element twice":                        {note, "x-identifier: b"},
	"two headlines":                           {kept("x-headline"), "Feuer"},
	"two descriptions":                        {func(a *Alert) any { return a.Info[0].Description }, "a\nb"},
	"tags in text":                            {headline, "Rauch am alten Hafen"},
	"a link in text":                          {headline, "Rauch  (https://a.example/?b=1&c=2)am Hafen"},
	"lines in text":                           {headline, "Rauch\nam Hafen"},
	"no identifier":                           {func(a *Alert) any { return strings.HasPrefix(a.Identifier, "sha256-") }, true},
	"no sender":                               {func(a *Alert) any { return a.Sender }, "unknown"},
	"no scope":                                {func(a *Alert) any { return a.Scope }, ScopePublic},
	"no scope, but a restriction":             {func(a *Alert) any { return a.Scope }, ScopeRestricted},
	"a restriction that is none":              {note, "x-restriction: None"},
	"a restriction that is missing":           {func(a *Alert) any { return a.Restriction }, "-"},
	"no category":                             {func(a *Alert) any { return a.Info[0].Category }, []Category{CategoryOther}},
	"no event":                                {func(a *Alert) any { return a.Info[0].Event }, "Rauch am Hafen"},
	"no urgency":                              {func(a *Alert) any { return a.Info[0].Urgency }, UrgencyUnknown},
	"an empty severity":                       {func(a *Alert) any { return a.Info[0].Severity }, SeverityUnknown},
	"no areaDesc":                             {func(a *Alert) any { return a.Info[0].Area[0].AreaDesc }, "-"},
	"an empty expires":                        {expires, ""},
	"case of a status":                        {func(a *Alert) any { return a.Status }, StatusActual},
	"space around a scope":                    {func(a *Alert) any { return a.Scope }, ScopePublic},
	"Very Likely":                             {func(a *Alert) any { return a.Info[0].Certainty }, CertaintyLikely},
	"All Clear":                               {func(a *Alert) any { return a.Info[0].ResponseType }, []ResponseType{ResponseAllClear}},
	"two responses in one":                    {func(a *Alert) any { return a.Info[0].ResponseType }, []ResponseType{ResponseShelter, ResponsePrepare}},
	"an unknown response":                     {kept("x-responseType"), "Run"},
	"an unknown severity":                     {kept("x-severity"), "Heavy"},
	"an unknown category":                     {kept("x-category"), "Feuer"},
	"Meteorological":                          {func(a *Alert) any { return a.Info[0].Category }, []Category{CategoryMet}},
	"space around the identifier":             {func(a *Alert) any { return a.Identifier }, "2.49.0.0.276.999.2026.8"},
	"space in the sender":                     {func(a *Alert) any { return a.Sender }, "Leitstelle_Kreis"},
	"an underscore in the language":           {func(a *Alert) any { return a.Info[0].Language }, "de-DE"},
	"a language that is none":                 {kept("x-language"), "Deutsch (leicht)"},
	"HTML in text":                            {headline, "Rauch & Feuer\nam \"Hafen\""},
	"HTML in CDATA":                           {headline, "Rauch\n\nsiehe hier (https://a.example)"},
	"no HTML":                                 {headline, "Wind < 50 & Böen > 60 <x>"},
	"an address with an escape of its own":    {func(a *Alert) any { return a.Info[0].Web }, "https://a.example/?a=1&b=2"},
	"a percent sign in an address":            {func(a *Alert) any { return a.Info[0].Web }, "https://a.example/100%25"},
	"an address that is none":                 {kept("x-web"), ":x"},
	"a relative address":                      {kept("x-resource.uri"), "c.png"},
	"a size with its unit":                    {func(a *Alert) any { return *a.Info[0].Resource[0].Size }, int64(12000)},
	"Z":                                       {func(a *Alert) any { return a.Sent.String() }, "2026-11-23T13:05:00-00:00"},
	"a fraction":                              {func(a *Alert) any { return a.Sent.String() }, "2026-11-23T14:05:00+01:00"},
	"an offset without colon":                 {onset, "2026-11-23T14:05:00+01:00"},
	"no offset":                               {onset, "2026-11-23T14:05:00+01:00"},
	"no offset at all":                        {func(a *Alert) any { return a.Sent.String() }, "2026-11-23T14:05:00-00:00"},
	"a date":                                  {expires, "2026-11-23T23:59:59+01:00"},
	"a time of RFC 1123":                      {onset, "2026-11-23T14:05:00-00:00"},
	"a time in Chinese":                       {onset, "2026-11-23T14:05:00+01:00"},
	"a time that cannot be read":              {kept("x-onset"), "heute"},
	"a reference with Z":                      {references, "a,b,2026-11-23T12:00:00-00:00"},
	"references with blanks":                  {references, "a,b,2026-11-23T12:00:00-00:00 c,d,2026-11-23T12:00:00+00:00"},
	"a reference that is none":                {note, "x-references: c"},
	"a reference that is none first":          {note, "x-references: c"},
	"an open polygon":                         {polygons, square},
	"semicolons":                              {polygons, square},
	"tabs and line ends":                      {polygons, square},
	"a space behind the comma":                {polygons, square},
	"commas only":                             {polygons, square},
	"a comma too many":                        {polygons, square},
	"parentheses":                             {polygons, square},
	"blanks only":                             {polygons, square},
	"decimal commas":                          {polygons, square},
	"heights":                                 {polygons, square},
	"directions":                              {polygons, square},
	"longitudes first":                        {polygons, "52.1,113.2 52.2,113.25 52.15,113.4 52.1,113.2"},
	"longitudes beyond 180":                   {polygons, "-18.1,178.5 -18.1,-178.5 -17,-178.5 -18.1,178.5"},
	"one point beyond the pole":               {polygons, ""},
	"two points":                              {kept("x-area.polygon"), "52.1,13.2 52.2,13.25 52.1,13.2"},
	"a missing number":                        {polygons, ""},
	"an impossible polygon":                   {kept("x-area.polygon"), "north"},
	"an empty polygon":                        {polygons, square},
	"a circle with commas":                    {circle, "52.4,13.06 1.5"},
	"a circle with blanks":                    {circle, "52.4,13.06 1.5"},
	"a circle in metres":                      {circle, "52.4,13.06 1.5"},
	"a circle with a decimal comma":           {circle, "52.4,13.06 1.5"},
	"an impossible circle":                    {kept("x-area.circle"), "far"},
	"a height in metres":                      {func(a *Alert) any { return *a.Info[0].Area[0].Altitude }, 1000.0},
	"a ceiling without altitude":              {kept("x-area.ceiling"), "900"},
}

// lenientCases are the cases of testdata/corpus/lenient.txt.
func lenientCases(t testing.TB) []corpusCase {
	return slices.DeleteFunc(corpus(t), func(c corpusCase) bool { return c.mode != "lenient" })
}

func TestReadLenientRepairs(t *testing.T) {
	cases := lenientCases(t)
	var written [][]byte
	for _, c := range cases {
		if c.verdict != "valid" {
			continue
		}
		name := strings.TrimPrefix(c.name, "lenient: ")
		t.Run(name, func(t *testing.T) {
			alert, findings, err := ReadLenient(c.document)
			if err != nil {
				t.Fatal(err)
			}
			for _, finding := range findings {
				if finding.Severity != GravityWarning {
					t.Errorf("a repair is a %s: %v", finding.Severity, finding)
				}
			}
			if looked, ok := looks[name]; ok {
				if d := diff(looked.want, looked.look(alert)); d != "" {
					t.Errorf("read differently (-want +got):\n%s", d)
				}
			}
			checkSettled(t, alert)
			raw, _ := Write(alert) // as checkSettled has done
			written = append(written, raw)
		})
	}
	for name := range looks {
		if !slices.ContainsFunc(cases, func(c corpusCase) bool { return c.name == "lenient: "+name }) {
			t.Errorf("there is no case %q", name)
		}
	}
	t.Run("schema", func(t *testing.T) {
		for i, valid := range validFiles(t, written) {
			if !valid {
				t.Errorf("the schema refuses what was read and written:\n%s", written[i])
			}
		}
	})
}

// TestReadLenientFillsSent: effective stands for a missing sent, since the
// specification lets a missing effective be the time of sent.
func TestReadLenientFillsSent(t *testing.T) {
	raw := strings.Replace(edit(t, "<sent>2026-11-23T14:05:00+01:00</sent>", ""), "<headline>", "<effective>2026-11-23T14:00:00+01:00</effective><headline>", 1)
	checkRepairs(t, []byte(raw), "missing", func(a *Alert) any { return a.Sent.String() }, "2026-11-23T14:00:00+01:00")
}

// checkRepairs reads a message leniently and compares the repairs, and what
// was read; reading again must find nothing.
func checkRepairs(t *testing.T, raw []byte, rules string, look func(*Alert) any, want any) {
	t.Helper()
	alert, findings, err := ReadLenient(raw)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range findings {
		got = append(got, strings.TrimPrefix(string(f.Rule), "repair."))
		if f.Line == 0 || f.Severity != GravityWarning || !slices.ContainsFunc(Rules(), func(r RuleInfo) bool { return r.ID == f.Rule }) {
			t.Errorf("finding without place, or with an unknown rule: %+v", f)
		}
	}
	slices.Sort(got)
	if strings.Join(got, " ") != rules {
		t.Errorf("the repairs are %q, want %q: %v", strings.Join(got, " "), rules, findings)
	}
	if look != nil {
		if d := diff(want, look(alert)); d != "" {
			t.Errorf("read differently (-want +got):\n%s", d)
		}
	}
	checkSettled(t, alert)
}

// checkSettled writes a message that was read leniently, and reads it again.
func checkSettled(t *testing.T, alert *Alert) {
	t.Helper()
	raw, err := Write(alert)
	if err != nil {
		t.Fatalf("the repaired message cannot be written: %v", err)
	}
	again, findings, err := ReadLenient(raw)
	if err != nil || len(findings) > 0 {
		t.Fatalf("the repaired message needs repairs again: %v %v\n%s", findings, err, raw)
	}
	if d := diff(alert, again); d != "" {
		t.Errorf("the repaired message reads back differently:\n%s", d)
	}
}

func TestReadLenientDoesNotGuess(t *testing.T) {
	for _, test := range []struct{ name, old, new, path string }{
		{"no scope, but addresses", "<scope>Public</scope>", "<addresses>a</addresses>", "alert/scope"},
		{"a date of two meanings", "2026-11-23T14:05:00+01:00", "11/12/2026", "alert/sent"},
		{"too many repairs", "<info>", strings.Repeat("<x/>", 10_001) + "<info>", "alert"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, _, err := ReadLenient([]byte(edit(t, test.old, test.new)))
			var invalid *InvalidError
			if !errors.As(err, &invalid) || len(invalid.Findings) != 1 || invalid.Findings[0].Path != test.path {
				t.Errorf("ReadLenient gives %v, want one fault at %s", err, test.path)
			}
		})
	}
}

func TestReadLenientWeatherWarnings(t *testing.T) {
	raw := data(t, "dwd_Z_CAP_C_EDZW_MUL.zip")
	archive, err := zip.NewReader(bytes.NewReader(raw), int64(len(raw)))
	if err != nil {
		t.Fatal(err)
	}
	if len(archive.File) != 3 {
		t.Fatalf("the container has %d files, want 3", len(archive.File))
	}
	for _, file := range archive.File {
		t.Run(file.Name, func(t *testing.T) {
			content, err := fs.ReadFile(archive, file.Name)
			if err != nil {
				t.Fatal(err)
			}
			alert, findings, err := ReadLenient(content)
			if err != nil {
				t.Fatal(err)
			}
			if len(findings) > 0 {
				t.Errorf("the reading finds %v", findings)
			}
			if len(alert.Info) != 8 || !strings.HasPrefix(file.Name, alert.Identifier) {
				t.Errorf("message %s has %d languages, want 8 of the message that the file is named for", alert.Identifier, len(alert.Info))
			}
			strict, err := Read(content)
			if err != nil {
				t.Fatal(err)
			}
			if d := diff(strict, alert); d != "" {
				t.Errorf("the strict reading differs:\n%s", d)
			}
		})
	}
}
