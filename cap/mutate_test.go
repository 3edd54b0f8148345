// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// beyondSchema are the rules that refuse what the schema lets through: those of
// the specification's own text, and of the gate.
var beyondSchema = []Rule{RuleIdentifier, RuleSender, RuleScope, RuleReferences, RulePolygon, RuleCircle, RuleHeight, RuleResource,
	"xml.instruction", "xml.namespace"}

// TestMutatedMessagesAgreeWithTheSchema changes messages at random and compares
// the verdicts.
func TestMutatedMessagesAgreeWithTheSchema(t *testing.T) {
	var sources []string
	for _, c := range corpus(t) {
		if c.mode == "strict" && c.verdict == "valid" && len(c.document) < 8<<10 {
			sources = append(sources, string(c.document))
		}
	}
	for seed := range 20 {
		raw, err := Write(drawnAlert.Example(seed))
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, string(raw))
	}
	everything, err := Write(flood(t))
	if err != nil {
		t.Fatal(err)
	}
	rounds := 4_000
	if testing.Short() {
		rounds = 500
	}
	random := rand.New(rand.NewPCG(3, 4))
	documents := make([][]byte, rounds)
	for i := range documents {
		document := string(everything)
		if i%2 == 0 {
			document = sources[random.IntN(len(sources))]
		}
		for range 1 + random.IntN(3) {
			document = mutate(random, document)
		}
		documents[i] = []byte(document)
	}
	valid, refused := 0, 0
	for i, schema := range validFiles(t, documents) {
		x, err := Examine(documents[i], Strict)
		var refusal *Refusal
		switch {
		case errors.As(err, &refusal):
			refused++
			if schema && !slices.Contains(beyondSchema, refusal.Rule) {
				t.Errorf("the schema accepts what the gate refuses: %v\n%s", refusal, documents[i])
			}
		case x.Valid():
			valid++
			if !schema {
				t.Errorf("the schema refuses what we accept:\n%s", documents[i])
			}
		case schema && slices.ContainsFunc(x.Findings, func(f Finding) bool { return !slices.Contains(beyondSchema, f.Rule) }):
			t.Errorf("the schema accepts what we refuse: %v\n%s", x.Findings, documents[i])
		}
	}
	t.Logf("%d of %d are valid, %d are refused by the gate", valid, rounds, refused)
	if valid < rounds/20 || valid > rounds*19/20 {
		t.Errorf("%d of %d are valid, so that little was compared", valid, rounds)
	}
}

var (
	leafElement = regexp.MustCompile(`<([\w:]+)>([^<>]*)</[\w:]+>`)
	anyTag      = regexp.MustCompile(`<[^!?][^>]*>`)
)

// oddTexts are put in the place of texts.
var oddTexts = strings.Split("||| |x|Actual|Public|Private|Restricted|Unknown|Met|None|de-DE|de_DE|2026-11-23T14:05:00+00:00|2026-11-23T24:00:00+14:00|"+
	"2026-02-29T14:05:00+01:00|2026-11-23T14:05:00Z|-1|+1|00012.500|1e3|1.|.|123456789012345678901234|1234567890123456789012345|"+
	"52.1,13.2 52.2,13.25 52.15,13.4 52.1,13.2|52.4,13.06 1.5|a,b,2026-11-23T14:05:00+00:00|http://a|a b|%|//[|&amp;|<![CDATA[x]]>|<!-- x -->|<b/>|ä😀", "|")

// oddMarkup is inserted between elements.
var oddMarkup = strings.Split("| |x|<!-- x -->|<?x y?>|<![CDATA[]]>|<code>x</code>|<note/>|<info/>|<area><areaDesc/></area>|<value>x</value>|"+
	"<language/>|<category>Met</category>|<parameter><valueName/><value/></parameter>|<b xmlns=\"urn:b\"/>|<p:x/>|"+
	"<Signature xmlns=\"http://www.w3.org/2000/09/xmldsig#\"/>|<polygon>1,1</polygon>|<ceiling>1</ceiling>|&#32;|&#xA0;", "|")

// oddAttributes are inserted into tags.
var oddAttributes = strings.Split(` a="b"| xml:lang="de"| xmlns:p="urn:p"| xmlns=""`+
	`| xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"`+
	`| xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="false"`+
	`| xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:s="http://www.w3.org/2001/XMLSchema" xsi:type="s:string"`, "|")

func mutate(random *rand.Rand, document string) string {
	leaves := leafElement.FindAllStringSubmatchIndex(document, -1)
	tags := anyTag.FindAllStringIndex(document, -1)
	if len(leaves) == 0 || len(tags) == 0 {
		return document
	}
	leaf, other := leaves[random.IntN(len(leaves))], leaves[random.IntN(len(leaves))]
	tag := tags[random.IntN(len(tags))]
	switch random.IntN(7) {
	case 0: // another text
		return document[:leaf[4]] + oddTexts[random.IntN(len(oddTexts))] + document[leaf[5]:]
	case 1: // an element twice
		return document[:leaf[1]] + document[leaf[0]:]
	case 2: // an element less
		return document[:leaf[0]] + document[leaf[1]:]
	case 3: // two elements in each other's place
		if leaf[0] > other[0] {
			leaf, other = other, leaf
		}
		if leaf[0] == other[0] {
			return document
		}
		return document[:leaf[0]] + document[other[0]:other[1]] + document[leaf[1]:other[0]] + document[leaf[0]:leaf[1]] + document[other[1]:]
	case 4: // something between elements
		return document[:tag[0]] + oddMarkup[random.IntN(len(oddMarkup))] + document[tag[0]:]
	case 5: // an attribute
		at := tag[1] - 1
		if document[tag[0]+1] == '/' || document[at-1] == '/' {
			return document
		}
		return document[:at] + oddAttributes[random.IntN(len(oddAttributes))] + document[at:]
	default: // another name
		return document[:leaf[2]] + "event" + document[leaf[3]:leaf[5]] + "</event>" + document[leaf[1]:]
	}
}
