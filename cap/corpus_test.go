// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// corpusCase is a case of testdata/corpus; README.md there says what its
// fields mean.
type corpusCase struct {
	name, mode, verdict, schema string
	rules                       []string
	document                    []byte
}

// corpus reads all cases.
func corpus(t testing.TB) []corpusCase {
	t.Helper()
	base, err := os.ReadFile(filepath.Join("testdata", "corpus", "base.xml"))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(filepath.Join("testdata", "corpus", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases: %v", err)
	}
	var cases []corpusCase
	names := map[string]bool{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, section := range strings.Split(string(text), "\n=== ")[1:] {
			c := parseCase(t, string(base), section)
			if names[c.name] {
				t.Errorf("%s: two cases are called %q", file, c.name)
			}
			names[c.name] = true
			cases = append(cases, c)
		}
	}
	return cases
}

func parseCase(t testing.TB, base, section string) corpusCase {
	t.Helper()
	head, body, _ := strings.Cut(section, "\n\n")
	lines := strings.Split(strings.TrimSpace(head), "\n")
	c := corpusCase{name: lines[0], mode: "strict", document: []byte(body)}
	values := map[string]string{}
	for _, line := range lines[1:] {
		key, value, ok := strings.Cut(line, ": ")
		if !ok && !strings.HasSuffix(line, ":") {
			t.Fatalf("%s: the line %q is no key and value", c.name, line)
		}
		if strings.HasPrefix(value, `"`) {
			unquoted, err := strconv.Unquote(value)
			if err != nil {
				t.Fatalf("%s: %s: %v", c.name, key, err)
			}
			value = unquoted
		}
		switch key {
		case "mode":
			c.mode = value
		case "verdict":
			c.verdict = value
		case "schema":
			c.schema = value
		case "rules":
			c.rules = strings.Fields(value)
		case "quoted":
			c.document = []byte(value)
		case "replace", "with", "repeat":
			values[key] = value
		default:
			t.Fatalf("%s: the key %q is not known", c.name, key)
		}
	}
	if old, ok := values["replace"]; ok {
		if strings.Count(base, old) != 1 {
			t.Fatalf("%s: %q is not in the message exactly once", c.name, old)
		}
		times := 1
		if repeat, ok := values["repeat"]; ok {
			times, _ = strconv.Atoi(repeat)
		}
		c.document = []byte(strings.Replace(base, old, strings.Repeat(values["with"], times), 1))
	}
	if c.schema == "" {
		c.schema = "invalid"
		if c.verdict == "valid" {
			c.schema = "valid"
		}
	}
	return c
}

// verdict examines a case and returns what it found as the corpus says it.
func (c corpusCase) examine() (x *Examination, verdict string, rules []string) {
	mode := Strict
	if c.mode == "lenient" {
		mode = Lenient
	}
	x, err := Examine(c.document, mode)
	var refusal *Refusal
	switch {
	case errors.As(err, &refusal):
		return nil, "refused", []string{string(refusal.Rule)}
	case x.Valid():
		verdict = "valid"
	default:
		verdict = "invalid"
	}
	for _, finding := range x.Findings {
		if rule := string(finding.Rule); !slices.Contains(rules, rule) {
			rules = append(rules, rule)
		}
	}
	return x, verdict, rules
}

func TestCorpus(t *testing.T) {
	var known []string
	for _, rule := range Rules() {
		known = append(known, string(rule.ID))
	}
	cases := corpus(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			checkTaken(t, c.document)
			x, verdict, rules := c.examine()
			if verdict != c.verdict || !slices.Equal(rules, c.rules) {
				t.Errorf("%s by %v, want %s by %v", verdict, rules, c.verdict, c.rules)
			}
			for _, rule := range rules {
				if !slices.Contains(known, rule) {
					t.Errorf("the rule %s is not listed", rule)
				}
			}
			if x == nil {
				return
			}
			for _, finding := range x.Findings {
				if finding.Message == "" || finding.Line < 1 || finding.Column < 1 || finding.Severity == GravityError && finding.Remedy == "" {
					t.Errorf("the finding says too little: %+v", finding)
				}
			}
			if verdict == "valid" {
				checkWritten(t, x.Alert)
			}
		})
	}
	if len(cases) < 90 {
		t.Errorf("the corpus has %d cases", len(cases))
	}
}

// checkTaken checks that a lenient reading takes what a strict one accepts, as
// it is. HTML in its text is resolved all the same, and a signature is said not
// to have been checked.
func checkTaken(t rapid.TB, raw []byte) {
	t.Helper()
	strict, err := Examine(raw, Strict)
	if err != nil || !strict.Valid() {
		return
	}
	lenient, err := Examine(raw, Lenient)
	if err != nil || !lenient.Valid() {
		t.Fatalf("the strict reading accepts it, the lenient one does not: %v %v", err, lenient)
	}
	resolved := false
	for _, f := range lenient.Findings {
		switch f.Rule {
		case RuleRepairHTML, RuleRepairURI:
			resolved = true
		case RuleRepairSignature:
		default:
			t.Errorf("the lenient reading repairs what the strict one accepts: %v", f)
		}
	}
	if d := diff(strict.Alert, lenient.Alert); d != "" && !resolved {
		t.Errorf("the lenient reading gives another message (-strict +lenient):\n%s", d)
	}
}

// What is nearly as large as it may be cannot be written, for want of room for
// line ends. It can be read all the same.
func TestLargeMessagesAreTaken(t *testing.T) {
	const head = `<alert xmlns="` + Namespace + `"><identifier>a</identifier><sender>b</sender><sent>2026-11-23T14:05:00+01:00</sent><status>Test</status><msgType>Alert</msgType><scope>Public</scope>` +
		`<info><category>Met</category><event>Sturm</event><urgency>Past</urgency><severity>Minor</severity><certainty>Observed</certainty>`
	for name, part := range map[string]string{
		"as it is":  `<area><areaDesc>a place</areaDesc><circle>1,1 5</circle></area>`,
		"with HTML": `<area><areaDesc>&lt;b&gt;</areaDesc><circle>1,1 5</circle></area>`,
	} {
		t.Run(name, func(t *testing.T) {
			raw := []byte(head + strings.Repeat(part, 16_000) + "</info></alert>")
			x, err := Examine(raw, Strict)
			if err != nil || !x.Valid() {
				t.Fatal(err, x)
			}
			if _, err := Write(x.Alert); err == nil {
				t.Fatal("it can be written, so that it shows nothing")
			}
			checkTaken(t, raw)
		})
	}
}

// checkWritten checks that a message reads back from what is written of it.
func checkWritten(t *testing.T, alert *Alert) {
	t.Helper()
	raw, err := Write(alert)
	if err != nil {
		t.Fatalf("it cannot be written: %v", err)
	}
	second, err := Read(raw)
	if err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if d := diff(alert, second); d != "" {
		t.Errorf("it reads back differently (-read +again):\n%s", d)
	}
	again, err := Write(second)
	if err != nil || !bytes.Equal(raw, again) {
		t.Errorf("it is not written alike again: %v\n%s", err, again)
	}
}

func TestCorpusAgreesWithTheSchema(t *testing.T) {
	cases := slices.DeleteFunc(corpus(t), func(c corpusCase) bool { return c.mode == "lenient" })
	var documents [][]byte
	for _, c := range cases {
		documents = append(documents, c.document)
	}
	for i, valid := range validFiles(t, documents) {
		if valid != (cases[i].schema == "valid") {
			t.Errorf("%s: the schema says valid: %v, the corpus says %s", cases[i].name, valid, cases[i].schema)
		}
	}
}

func FuzzExamine(f *testing.F) {
	for _, c := range corpus(f) {
		if len(c.document) < 2<<10 {
			f.Add(c.document)
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		checkTaken(t, raw)
		for _, mode := range []Mode{Strict, Lenient} {
			x, err := Examine(raw, mode)
			if err != nil {
				var refusal *Refusal
				if !errors.As(err, &refusal) {
					t.Fatalf("an error of another kind: %v", err)
				}
				continue
			}
			if err := Validate(x.Alert); err != nil && x.Valid() {
				t.Errorf("the reading finds no error, Validate %v", err)
			}
			for _, finding := range x.Findings {
				if line, column := x.Place(finding.Path); line < 1 || column < 1 || finding.Line < 1 || finding.Message == "" || finding.Rule == "" {
					t.Errorf("the finding says too little: %+v", finding)
				}
			}
			if x.Valid() && !isJSON(raw) {
				var refusal *Refusal
				if _, err := Write(x.Alert); err != nil && !errors.As(err, &refusal) {
					t.Errorf("what was read cannot be written: %v", err)
				}
			}
		}
	})
}
