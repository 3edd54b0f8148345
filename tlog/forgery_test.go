// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog_test

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/note"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/tlog"
)

var update = flag.Bool("update", false, "write the test vectors anew")

// vector is one case of the forgery suite, as it stands in testdata for other
// implementations (testdata/README.md).
type vector struct {
	Name  string `json:"name"`
	About string `json:"about"`
	// Bundle is a bundle; Short a short proof instead of one.
	Bundle []byte `json:"bundle,omitempty"`
	Short  []byte `json:"short,omitempty"`
	// Message is Options.Message.
	Message []byte    `json:"message,omitempty"`
	Now     time.Time `json:"now"`
	// MaxAge is in seconds.
	MaxAge int `json:"maxAge,omitempty"`
	// Seen are signed checkpoints that the verifier saw before.
	Seen []string `json:"seen,omitempty"`
	// Keys says that the verifier knows the key ring in trust.json's place.
	Keys bool         `json:"keys,omitempty"`
	Want tlog.Verdict `json:"want"`
}

// run verifies as another implementation would: from the vector alone.
func (v vector) run(t *testing.T, trust *tlog.Trust, ring tlog.KeyRing) tlog.Verdict {
	t.Helper()
	var b *tlog.Bundle
	var err error
	if v.Short != nil {
		var proof *tlog.Proof
		proof, err = tlog.ParseShort(v.Short, trust.KeyNames)
		b = &tlog.Bundle{Proof: proof}
	} else {
		b, err = tlog.ParseBundle(v.Bundle)
	}
	if err != nil {
		return tlog.Verdict{Result: "unreadable-bundle", Detail: err.Error()}
	}
	o := tlog.Options{Now: v.Now, Message: v.Message, MaxAge: time.Duration(v.MaxAge) * time.Second}
	for _, raw := range v.Seen {
		tree, err := tlog.UnsignedCheckpoint([]byte(raw))
		if err != nil {
			t.Fatal(err)
		}
		_, log, _ := trust.Log(tree.Origin)
		tree, err = tlog.OpenCheckpoint([]byte(raw), verifier(t, log.Keys[0]))
		if err != nil {
			t.Fatal(err)
		}
		o.Seen = append(o.Seen, tree)
	}
	if v.Keys {
		o.Keys = ring
	}
	return tlog.Verify(b, trust, o)
}

// vectors makes the suite. Everything in it follows from fixed seeds.
func vectors(t *testing.T) (w *world, ring tlog.KeyRing, all []vector) {
	w = newWorld(t)
	ring = w.ring()
	add := func(name, about string, b *tlog.Bundle, change func(*vector)) {
		v := vector{Name: name, About: about, Bundle: b.Encode(), Now: now}
		if change != nil {
			change(&v)
		}
		all = append(all, v)
	}
	alter := func(from, to string) func(*vector) {
		return func(v *vector) {
			v.Message = bytes.Replace(w.release.cap, []byte(from), []byte(to), 1)
			if bytes.Equal(v.Message, w.release.cap) {
				t.Fatalf("%q is not in the message", from)
			}
		}
	}
	good := w.bundle()

	add("genuine", "released by two persons, in the log, seen by three witnesses", good, func(v *vector) { v.Keys = true })
	add("genuine-without-keys", "the same, without knowing what the log says about keys", good, nil)
	noQuorum := *good
	noQuorum.Proof = keepSignatures(t, good.Proof, kreisOrigin, witnesses[0])
	add("genuine-one-witness", "only one witness confirmed the checkpoint", &noQuorum, nil)
	add("genuine-own-witness", "a witness of the issuing authority itself does not count", w.cosigned(good, witnesses[0], "witness.kreis.example"), nil)
	add("genuine-old-checkpoint", "a checkpoint replayed an hour later, to a verifier that takes none older than ten minutes", good, func(v *vector) {
		v.Now, v.MaxAge = now.Add(time.Hour), 600
	})
	add("genuine-expired", "after its expiry", good, func(v *vector) { v.Now = start.Add(7 * time.Hour) })
	add("genuine-by-issuer", "the log could not be reached: the authority's own signature alone", w.byIssuer(w.release, kreisOrigin), nil)
	add("genuine-short", "a short proof as in a QR code, beside the message", good, func(v *vector) {
		v.Bundle, v.Short, v.Message = nil, w.short(good.Proof), w.release.cap
	})
	add("genuine-short-alone", "a short proof without a message", good, func(v *vector) { v.Bundle, v.Short = nil, w.short(good.Proof) })

	add("altered-word", "one word is changed", good, alter("Abend", "Morgen"))
	add("altered-word-alone", "one word is changed in the bundle itself, so that the original is not at hand", w.with(good, "Abend", "Morgen"), nil)
	add("altered-byte", "one letter of an instruction is changed", good, alter("Verlassen", "Verlasses"))
	add("altered-space-in-text", "a blank is added to a text", good, alter("an der Nuthe", "an der  Nuthe"))
	add("altered-space-between", "white space is added between elements", good, alter("<scope>", " <scope>"))
	add("altered-area", "another area", good, alter("120690249249", "120690304305"))
	add("altered-expiry", "it lasts longer", good, alter("T20:00:00", "T23:00:00"))
	add("altered-sent", "an old warning is shown as sent just now", good, func(v *vector) {
		alter("T14:01:00", "T20:30:00")(v)
		v.Now = start.Add(7*time.Hour + 31*time.Minute)
	})
	add("exercise-as-live", "an exercise's message passed off as live", w.inExercise(), func(v *vector) {
		v.Message = bytes.Replace(w.exerciseMessage(), []byte(">Exercise<"), []byte(">Actual<"), 1)
	})
	add("live-as-exercise", "a live message passed off as an exercise", good, alter(">Actual<", ">Exercise<"))
	add("exercise", "an exercise", w.inExercise(), nil)
	add("second-root", "a second message after the first", good, func(v *vector) { v.Message = append(bytes.Clone(w.release.cap), w.release.cap...) })
	add("stylesheet", "an instruction to show another page", good, func(v *vector) {
		v.Message = append([]byte(`<?xml-stylesheet href="https://evil.example/x.xsl"?>`), w.release.cap...)
	})
	add("doctype", "a document type with an entity", good, func(v *vector) {
		v.Message = append([]byte(`<!DOCTYPE alert [<!ENTITY x "y">]>`), w.release.cap...)
	})
	add("wrapped", "the genuine message wrapped in a false one", good, func(v *vector) {
		v.Message = bytes.Replace(w.release.cap, []byte("</alert>"), append(bytes.Clone(w.release.cap), "</alert>"...), 1)
	})
	add("wrapped-signature", "a signature element that holds another message", good, func(v *vector) {
		v.Message = bytes.Replace(w.release.cap, []byte("</alert>"),
			[]byte(`<Signature xmlns="http://www.w3.org/2000/09/xmldsig#"><Object>`+string(w.release.cap)+`</Object></Signature></alert>`), 1)
	})
	add("not-xml", "no message at all", good, func(v *vector) { v.Message = []byte("Hochwasser an der Nuthe!") })

	lookalike := w.alert(1)
	lookalike.Sender = "leitstelle@kreіs.example" // a Cyrillic letter
	add("lookalike-sender", "no proof, and a sender that looks like a trusted one", &tlog.Bundle{CAP: write(t, lookalike)}, nil)
	add("not-logged", "no proof, and the true sender's name", &tlog.Bundle{CAP: w.release.cap}, nil)
	other := w.alert(1)
	other.Identifier, other.Info[0].Headline = "de-kreis.20261123.zzzzzzzz.1", "Alle Brücken sind gesperrt"
	add("qr-beside-false-words", "the short proof of a genuine warning beside a false one", good, func(v *vector) {
		v.Bundle, v.Short, v.Message = nil, w.short(good.Proof), write(t, other)
	})
	add("other-logs-proof", "the proof of another authority's warning", w.neighbour("leitstelle@nachbar.example", "120630036036"), func(v *vector) { v.Message = w.release.cap })

	stranger := newTestLog(t, "log.stranger.example/2026", witnesses...)
	strange := w.publish(stranger, tlog.KindRelease, w.alert(1))
	add("unknown-log", "a log of nobody that the verifier trusts, with genuine witnesses", &tlog.Bundle{CAP: strange.cap, Proof: stranger.prove(0, now)}, nil)
	add("own-key", "a log of the right name with another key", w.forgedKey(), nil)
	add("changed-proof", "one hash of the proof is changed", w.changedProof(func(p *tlog.Proof) { p.Hashes[0][5] ^= 1 }), nil)
	add("truncated-proof", "the last hash of the proof is missing", w.changedProof(func(p *tlog.Proof) { p.Hashes = p.Hashes[:len(p.Hashes)-1] }), nil)
	add("other-index", "the proof is for another place in the log", w.changedProof(func(p *tlog.Proof) { p.Index-- }), nil)
	add("changed-leaf", "the leaf in the proof is changed", w.changedProof(func(p *tlog.Proof) {
		p.Leaf = bytes.Replace(p.Leaf, []byte("T20:00"), []byte("T21:00"), 1)
	}), nil)
	add("no-leaf", "the proof is for an entry that is no leaf", w.noLeaf(), nil)
	add("cut-bundle", "the bundle ends before its time", good, func(v *vector) { v.Bundle = v.Bundle[:len(v.Bundle)-100] })
	forked := w.fork()
	add("forked-log", "the log shows another root for a size that the verifier saw before", good, func(v *vector) { v.Seen = []string{string(forked)} })

	for _, c := range []struct {
		name, about string
		change      func(*tlog.Leaf)
	}{
		{"author-is-releaser", "one key asked for the message and released it", func(l *tlog.Leaf) { w.assertions(l, w.anna, w.anna); w.twice(l) }},
		{"one-signature", "nobody released it", func(l *tlog.Leaf) { l.Assertions = l.Assertions[:1] }},
		{"no-request", "the release stands first", func(l *tlog.Leaf) { slices.Reverse(l.Assertions) }},
		{"signature-for-another", "the release was for another message", func(l *tlog.Leaf) {
			s := l.Statement(tlog.Assertion{Action: tlog.ActionRelease, Role: tlog.RoleReleaser})
			s.Message += "0"
			l.Assertions[1] = w.ben.touch(t, s)
		}},
		{"synced-passkey", "released with a passkey that is on several devices", func(l *tlog.Leaf) { l.Assertions[1] = w.touchAs(l, 0x1d, testOrigin) }},
		{"user-not-verified", "the passkey did not ask who its user is", func(l *tlog.Leaf) { l.Assertions[1] = w.touchAs(l, 0x01, testOrigin) }},
		{"phished-passkey", "released at another web origin", func(l *tlog.Leaf) {
			l.Assertions[1] = w.touchAs(l, 0x05, "https://release.kreis.example.evil.example")
		}},
		{"other-territory", "the authority may not warn there", func(l *tlog.Leaf) { l.Areas = []string{"12063"} }},
		{"other-authority", "the leaf is another authority's", func(l *tlog.Leaf) { l.Authority = "nachbar" }},
		{"exercise-in-live-log", "an exercise in the live log", func(l *tlog.Leaf) { l.Realm = tlog.Exercise }},
		{"other-sender", "the sender is another's", func(l *tlog.Leaf) { l.Sender = "leitstelle@nachbar.example" }},
		{"leaf-says-longer", "the leaf says another expiry than the message", func(l *tlog.Leaf) { l.Expires = "2026-11-23T23:00:00+01:00" }},
		{"leaf-says-update", "the leaf says another kind than the message", func(l *tlog.Leaf) { l.Kind = tlog.KindUpdate }},
	} {
		add(c.name, c.about+", and it is in the log", w.misissued(c.change), nil)
	}
	add("genuine-break-glass", "released with a key that lay sealed", w.misissued(func(l *tlog.Leaf) {
		l.Assertions[1] = w.ben.assert(t, l.Statement(tlog.Assertion{Action: tlog.ActionRelease, Role: tlog.RoleReleaser}))
		l.Assertions[1].Guard = tlog.BreakGlass
	}), nil)
	samePerson := w.misissued(func(l *tlog.Leaf) {
		s := l.Statement(tlog.Assertion{Action: tlog.ActionRelease, Role: tlog.RoleReleaser})
		l.Assertions[1] = w.anna.touch(t, s)
	})
	add("two-keys-of-one-person", "author and releaser are two keys of one person, and it is in the log", samePerson, func(v *vector) { v.Keys = true })
	unknownKey := w.misissued(func(l *tlog.Leaf) { w.assertions(l, w.anna, w.ida) })
	add("key-not-enrolled", "released with a key that was never enrolled, and it is in the log", unknownKey, func(v *vector) { v.Keys = true })
	add("other-territorys-key", "a genuine neighbour warns here", w.neighbour("leitstelle@nachbar.example", "120690249249"), nil)
	add("issuer-without-key", "the authority's statement is signed by another", w.byIssuer(w.release, nachbarOrigin), nil)

	updated := w.publish(w.log, tlog.KindUpdate, w.alert(2))
	ended := w.publish(w.log, tlog.KindEnd, w.alert(3))
	replaced := &tlog.Bundle{CAP: w.release.cap, Proof: good.Proof, Later: []*tlog.Proof{w.log.prove(updated.index, now)}}
	add("genuine-replaced", "an update followed", replaced, nil)
	over := &tlog.Bundle{CAP: w.release.cap, Proof: good.Proof, Later: append(slices.Clone(replaced.Later), w.log.prove(ended.index, now))}
	add("genuine-ended", "an update and the end followed: an ended warning shown as new", over, nil)
	add("genuine-end", "the message that ended the warning", &tlog.Bundle{CAP: ended.cap, Proof: w.log.prove(ended.index, now)}, nil)
	add("later-of-another", "a later proof of another warning changes nothing", &tlog.Bundle{
		CAP: w.release.cap, Proof: good.Proof, Later: []*tlog.Proof{good.Proof},
	}, nil)
	return w, ring, all
}

func TestForgeries(t *testing.T) {
	w, ring, all := vectors(t)
	names := map[string]bool{}
	for i, v := range all {
		if names[v.Name] {
			t.Fatalf("two vectors have the name %s", v.Name)
		}
		names[v.Name] = true
		all[i].Want = v.run(t, w.trust, ring)
		all[i].Want.Leaf = nil
		all[i].Want.Detail = "" // in English for people, and no part of the contract
	}
	golden(t, "vectors.json", all)
	golden(t, "keys.json", ring)
	goldenBytes(t, "trust.json", w.trustFile)
}

// What each vector must come to stands in the README, written by hand: the other
// files are generated, and would hold a wrong verdict as gladly as a right one.
func TestForgeriesAreNamed(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if cells := strings.Split(line, "|"); len(cells) == 5 && strings.HasPrefix(cells[2], " `") {
			want[strings.Trim(cells[2], " `")] = strings.TrimSpace(cells[3])
		}
	}
	w, ring, all := vectors(t)
	got := map[string]string{}
	for _, v := range all {
		verdict := v.run(t, w.trust, ring)
		text := "`" + string(verdict.Result) + "`"
		switch {
		case verdict.Fault != "":
			text += " (`" + string(verdict.Fault) + "`)"
		case verdict.Grade != "":
			text += ", grade " + string(verdict.Grade)
		}
		got[v.Name] = text
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("verdicts (- as the README has them, + as they are):\n%s", diff)
	}
}

// "Altered" says which words.
func TestAlteredNamesTheWords(t *testing.T) {
	w := newWorld(t)
	o := options()
	o.Message = bytes.Replace(w.release.cap, []byte("Abend"), []byte("Morgen"), 1)
	got := tlog.Verify(w.bundle(), w.trust, o).Differences
	want := []tlog.Difference{{
		Field: "info[0].description", Logged: "Der Pegel steigt bis zum Abend um einen Meter.", Found: "Der Pegel steigt bis zum Morgen um einen Meter.",
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func golden(t *testing.T, name string, value any) {
	t.Helper()
	raw, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	goldenBytes(t, name, append(raw, '\n'))
}

func goldenBytes(t *testing.T, name string, raw []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, raw, 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(raw, want) {
		t.Errorf("%s is no longer what the code makes; if that is meant, run go test ./tlog -update\n%s", path, cmp.Diff(string(want), string(raw)))
	}
}

// ring is what an auditor of the log knows about keys.
func (w *world) ring() tlog.KeyRing {
	w.t.Helper()
	a, err := tlog.NewAuditor(w.trust, kreisOrigin, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, entry := range w.log.entries {
		if findings := a.Append(entry); len(findings) > 0 {
			w.t.Fatal(findings)
		}
	}
	return a.Keys()
}

// keepSignatures drops all signature lines but those of the names.
func keepSignatures(t testing.TB, p *tlog.Proof, names ...string) *tlog.Proof {
	t.Helper()
	text, lines, _ := bytes.Cut(p.Checkpoint, []byte("\n\n"))
	out := append(bytes.Clone(text), "\n\n"...)
	for line := range bytes.Lines(lines) {
		if slices.ContainsFunc(names, func(name string) bool { return bytes.HasPrefix(line, []byte("— "+name+" ")) }) {
			out = append(out, line...)
		}
	}
	kept := *p
	kept.Checkpoint = out
	return &kept
}

// cosigned is the bundle with the cosignatures of other witnesses.
func (w *world) cosigned(b *tlog.Bundle, names ...string) *tlog.Bundle {
	w.t.Helper()
	signers := []note.Signer{w.log.signer}
	for _, name := range names {
		signers = append(signers, cosigner(w.t, name, name, now.Add(-time.Minute)))
	}
	raw, err := tlog.SignCheckpoint(w.log.tree(), signers...)
	if err != nil {
		w.t.Fatal(err)
	}
	proof := *b.Proof
	proof.Checkpoint = raw
	return &tlog.Bundle{CAP: b.CAP, Proof: &proof}
}

func (w *world) byIssuer(m message, origin string) *tlog.Bundle {
	w.t.Helper()
	raw, err := m.leaf.Encode()
	if err != nil {
		w.t.Fatal(err)
	}
	signer, _ := noteKeys(w.t, origin+"/issuer", origin+" issuer")
	signed, err := note.Sign(&note.Note{Text: string(raw)}, signer)
	if err != nil {
		w.t.Fatal(err)
	}
	return &tlog.Bundle{CAP: m.cap, Issuer: signed}
}

func (w *world) short(p *tlog.Proof) []byte {
	w.t.Helper()
	_, public := noteKeys(w.t, kreisOrigin, kreisOrigin)
	var keys []note.Verifier
	for _, name := range witnesses {
		keys = append(keys, verifier(w.t, cosignerKey(name, name)))
	}
	short, err := p.Short(verifier(w.t, public), keys...)
	if err != nil {
		w.t.Fatal(err)
	}
	return short
}

// with changes the bundle's own message.
func (w *world) with(b *tlog.Bundle, from, to string) *tlog.Bundle {
	return &tlog.Bundle{CAP: bytes.Replace(b.CAP, []byte(from), []byte(to), 1), Proof: b.Proof}
}

func (w *world) exerciseMessage() []byte {
	a := w.alert(1)
	a.Status = cap.StatusExercise
	return write(w.t, a)
}

func (w *world) inExercise() *tlog.Bundle {
	w.t.Helper()
	raw := w.exerciseMessage()
	index := w.exercise.add(w.sign(w.exercise, tlog.KindRelease, raw))
	return &tlog.Bundle{CAP: raw, Proof: w.exercise.prove(index, now)}
}

// neighbour is a message of the neighbour's, in its log, about an area.
func (w *world) neighbour(sender, area string) *tlog.Bundle {
	w.t.Helper()
	a := w.alert(1)
	a.Identifier, a.Sender = "de-nachbar.20261123.bcdefghi.1", sender
	a.Info[0].Area[0].Geocode = []cap.NamedValue{{ValueName: "ARS", Value: area}}
	m := w.publish(w.far, tlog.KindRelease, a)
	return &tlog.Bundle{CAP: m.cap, Proof: w.far.prove(m.index, now)}
}

// forgedKey is a log of the right name that another key signs.
func (w *world) forgedKey() *tlog.Bundle {
	w.t.Helper()
	fork := newTestLog(w.t, kreisOrigin, witnesses...)
	fork.signer, _ = noteKeys(w.t, kreisOrigin, "forger")
	index := fork.add(w.release.leaf)
	return &tlog.Bundle{CAP: w.release.cap, Proof: fork.prove(index, now)}
}

func (w *world) changedProof(change func(*tlog.Proof)) *tlog.Bundle {
	b := w.bundle()
	b.Proof.Hashes, b.Proof.Leaf = slices.Clone(b.Proof.Hashes), bytes.Clone(b.Proof.Leaf)
	change(b.Proof)
	return b
}

// copyLog is the log as it stands, to go on from in another way.
func (w *world) copyLog() *testLog {
	log := *w.log
	log.entries, log.hashes = slices.Clone(log.entries), slices.Clone(log.hashes)
	return &log
}

func (w *world) noLeaf() *tlog.Bundle {
	log := w.copyLog()
	index := log.append([]byte("This is no leaf.\n"))
	return &tlog.Bundle{CAP: w.release.cap, Proof: log.prove(index, now)}
}

// fork is a checkpoint, signed by the log, with another root for its size.
func (w *world) fork() []byte {
	fork := newTestLog(w.t, kreisOrigin)
	for range w.log.entries {
		fork.append([]byte("hidden"))
	}
	return fork.checkpoint(now)
}

// misissued is a bundle of a leaf that an authority's own log should never
// have taken; the signatures are good unless the change breaks them.
func (w *world) misissued(change func(*tlog.Leaf)) *tlog.Bundle {
	w.t.Helper()
	l := *w.release.leaf
	l.Areas, l.Assertions = slices.Clone(l.Areas), slices.Clone(l.Assertions)
	change(&l)
	log := w.copyLog()
	index := log.add(&l)
	return &tlog.Bundle{CAP: w.release.cap, Proof: log.prove(index, now)}
}

// twice makes both assertions those of one key.
func (w *world) twice(l *tlog.Leaf) {
	l.Assertions[1] = w.anna.assert(w.t, l.Statement(tlog.Assertion{Action: tlog.ActionRelease, Role: tlog.RoleReleaser}))
}

// touchAs is ben's release with other flags or at another origin.
func (w *world) touchAs(l *tlog.Leaf, flags byte, origin string) tlog.Assertion {
	w.t.Helper()
	with := goodAuthenticator()
	with.flags, with.clientData = flags, `","origin":"`+origin+`","crossOrigin":false}`
	s := l.Statement(tlog.Assertion{Action: tlog.ActionRelease, Role: tlog.RoleReleaser})
	a, err := tlog.NewPasskeyAssertion(s, der(w.t, w.ben.passkey), testRelyingParty, w.ben.respond(w.t, s, with))
	if err != nil {
		w.t.Fatal(err)
	}
	return a
}
