// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package container

import (
	"bytes"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
)

func message(t *testing.T, identifier string) *cap.Alert {
	t.Helper()
	a, err := cap.Read([]byte(strings.Replace(alert, "a1", identifier, 1)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func full(t *testing.T) *cap.Alert {
	t.Helper()
	a := message(t, "a2")
	a.Sent = cap.NewTime(a.Sent.Add(time.Hour))
	a.References = cap.References{message(t, "a1").Reference()}
	english := cap.Info{Language: "en-GB", Category: []cap.Category{cap.CategoryGeo}, Event: "Flood", Urgency: cap.UrgencyExpected, Severity: cap.SeveritySevere, Certainty: cap.CertaintyLikely,
		Area: []cap.Area{{AreaDesc: "Old town"}}}
	german := english
	german.Language, german.Event, german.Headline, german.Description, german.SenderName = "de-DE", "Hochwasser", "Hochwasser in der <Altstadt>", "Das Wasser steigt.", "Leitstelle"
	german.Expires = cap.NewTime(a.Sent.Add(time.Hour))
	german.Area = []cap.Area{{AreaDesc: "Altstadt", Circle: []cap.Circle{{Center: cap.Point{Lat: 52, Lon: 13}, RadiusKM: 2}}, Geocode: []cap.NamedValue{{ValueName: "ARS", Value: "120540000000"}}},
		{AreaDesc: "Altstadt", Polygon: []cap.Polygon{{{Lat: 52, Lon: 13}, {Lat: 53, Lon: 13}, {Lat: 53, Lon: 14}, {Lat: 52, Lon: 13}}}}}
	a.Info = []cap.Info{english, german}
	return a
}

func TestWriteAtom(t *testing.T) {
	raw, err := WriteAtom(Feed{ID: "http://h/feed.atom", Title: "Warnungen", Language: "de", Author: "Kreis", Self: "http://h/feed.atom", Alternate: "http://h/",
		Entries: []Entry{{Alert: full(t), Address: "http://h/cap/a2.xml", Terms: []string{"alert"}}, {Alert: message(t, "a1")}}})
	if err != nil {
		t.Fatal(err)
	}
	const want = `<?xml version="1.0" encoding="UTF-8"?>
<feed xmlns="http://www.w3.org/2005/Atom" xmlns:cap="urn:oasis:names:tc:emergency:cap:1.2" xml:lang="de">
<title>Warnungen</title><id>http://h/feed.atom</id><updated>2026-11-23T15:05:00+01:00</updated><author><name>Kreis</name></author>
<link rel="self" type="application/atom+xml" href="http://h/feed.atom"></link><link rel="alternate" type="text/html" href="http://h/"></link>
<entry><id>http://h/cap/a2.xml</id><title>Hochwasser in der &lt;Altstadt&gt;</title><updated>2026-11-23T15:05:00+01:00</updated><published>2026-11-23T15:05:00+01:00</published>
<author><name>Leitstelle</name></author><link type="application/cap+xml" href="http://h/cap/a2.xml"></link><category term="alert"></category><summary>Das Wasser steigt.</summary>
<cap:identifier>a2</cap:identifier><cap:sender>s@example.org</cap:sender><cap:sent>2026-11-23T15:05:00+01:00</cap:sent><cap:status>Actual</cap:status><cap:msgType>Alert</cap:msgType><cap:scope>Public</cap:scope>
<cap:references>s@example.org,a1,2026-11-23T14:05:00+01:00</cap:references><cap:category>Geo</cap:category><cap:event>Hochwasser</cap:event><cap:urgency>Expected</cap:urgency><cap:severity>Severe</cap:severity><cap:certainty>Likely</cap:certainty>
<cap:onset>2026-11-23T15:05:00+01:00</cap:onset><cap:expires>2026-11-23T16:05:00+01:00</cap:expires><cap:areaDesc>Altstadt</cap:areaDesc><cap:polygon>52,13 53,13 53,14 52,13</cap:polygon><cap:circle>52,13 2</cap:circle>
<cap:geocode><cap:valueName>ARS</cap:valueName><cap:value>120540000000</cap:value></cap:geocode></entry>
<entry><id>urn:uuid:a64b96d9-8d63-8745-9a55-7f575df31010</id><title>Alert a1</title><updated>2026-11-23T14:05:00+01:00</updated><published>2026-11-23T14:05:00+01:00</published><author><name>s@example.org</name></author>
<cap:identifier>a1</cap:identifier><cap:sender>s@example.org</cap:sender><cap:sent>2026-11-23T14:05:00+01:00</cap:sent><cap:status>Actual</cap:status><cap:msgType>Alert</cap:msgType><cap:scope>Public</cap:scope>
<content type="application/cap+xml">`
	before, _, _ := strings.Cut(string(raw), "<alert")
	if d := cmp.Diff(strings.ReplaceAll(want, "\n<", "<"), strings.ReplaceAll(before, "\n<", "<")); d != "" {
		t.Errorf("another feed (-want +got):\n%s", d)
	}
	source := Bytes("x", raw)
	var items []Item
	for item := range Messages(source) {
		items = append(items, item)
	}
	if len(items) != 2 || items[0].Link != "http://h/cap/a2.xml" {
		t.Fatalf("the feed reads back as %v", items)
	}
	read, err := cap.Read(items[1].Raw)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(message(t, "a1"), read, cmp.Comparer(func(a, b cap.Time) bool { return a.String() == b.String() })); d != "" {
		t.Error(d)
	}
	xmllint, err := exec.LookPath("xmllint")
	if err != nil {
		t.Skip("xmllint is not here")
	}
	command := exec.Command(xmllint, "--noout", "-")
	command.Stdin = strings.NewReader(string(raw))
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("xmllint: %v\n%s", err, out)
	}
}

// A feed that is written entry by entry reads as any other, and is the same for
// the same messages.
func TestAtomWriter(t *testing.T) {
	write := func(identifiers ...string) string {
		var out bytes.Buffer
		w := &AtomWriter{Writer: &out, Title: "CAP"}
		for n, identifier := range identifiers {
			sent := cap.NewTime(time.Date(2026, 1, 2, n, 0, 0, 0, time.UTC))
			if err := w.Add(Entry{Alert: &cap.Alert{Identifier: identifier, Sender: "s", Sent: sent, Status: cap.StatusTest, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic}}); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	feed := write("a", "b")
	if write("a", "b") != feed || write("b", "a") == feed {
		t.Error("the feed is not that of its messages")
	}
	if want := "<updated>2026-01-02T01:00:00Z</updated><author><name>s</name></author></feed>"; !strings.HasSuffix(feed, want) {
		t.Errorf("the feed does not end with %s:\n%s", want, feed)
	}
	var read []string
	for item := range Messages(Bytes("feed", []byte(feed))) {
		alert, err := cap.Read(item.Raw)
		if err != nil {
			t.Fatal(err)
		}
		read = append(read, alert.Identifier)
	}
	if diff := cmp.Diff([]string{"a", "b"}, read); diff != "" {
		t.Error(diff)
	}
	if err := (&AtomWriter{Writer: io.Discard}).Add(Entry{Alert: &cap.Alert{}}); err == nil {
		t.Error("a message that is not valid was written")
	}
}

func TestWriteAtomRefusesToCarryWhatIsNotValid(t *testing.T) {
	if _, err := WriteAtom(Feed{Entries: []Entry{{Alert: &cap.Alert{}}}}); err == nil {
		t.Error("an invalid message is carried")
	}
	raw, err := WriteAtom(Feed{Updated: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)})
	if err != nil || !strings.Contains(string(raw), "<updated>2026-01-02T03:04:05Z</updated>") {
		t.Errorf("an empty feed is %s, %v", raw, err)
	}
}
