// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
)

// rootKey is a share of a root that everybody knows; one seed makes both halves.
func rootKey(number int) RootKey {
	seed := sha256.Sum256(fmt.Appendf(nil, "tocsin test root %d", number))
	key, err := NewRootKey(slices.Concat(seed[:], seed[:]))
	if err != nil {
		panic(err)
	}
	return key
}

// testRoot asks for 3 of the root keys 1 to 5.
func testRoot() Root {
	r := Root{Version: 1, Threshold: 3, Quantum: []DocumentKind{KindRoot, KindFirmware}}
	for number := 1; number <= 5; number++ {
		r.Keys = append(r.Keys, rootKey(number).Public())
	}
	return r
}

func testKeyset() Keyset {
	return Keyset{
		Version: 7, Root: 1, NotBefore: epochTime, NotAfter: epochTime.Add(365 * 24 * time.Hour), Limit: Limit{Digits: 5, Sirens: 200},
		Issuers: []Issuer{
			{PublicKey: public(issuerKey), Epoch: 1, Territory: []geo.ARS{"12"}, Actions: AllActions},
			{PublicKey: public(secondKey), Territory: []geo.ARS{"12"}, Seconds: true},
		},
	}
}

func envelope(t testing.TB, v interface{ Envelope() (Envelope, error) }) Envelope {
	t.Helper()
	d, err := v.Envelope()
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// signed has the numbered root keys sign a document.
func signed(t testing.TB, d Envelope, numbers ...int) Envelope {
	t.Helper()
	for _, number := range numbers {
		var err error
		if d, err = d.Sign(rootKey(number)); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func TestDocumentsReadBack(t *testing.T) {
	root, keyset := testRoot(), testKeyset()
	manifest, err := Firmware{Release: 12, Root: 1, Model: "horn-600", Version: "2.1.0"}.Describe(strings.NewReader("image"))
	if err != nil {
		t.Fatal(err)
	}
	all := slices.Concat(signed(t, envelope(t, root), 1, 2, 3).Encode(), signed(t, envelope(t, keyset), 5, 4).Encode(), envelope(t, manifest).Encode())
	documents, err := ParseEnvelopes(all)
	if err != nil || len(documents) != 3 {
		t.Fatalf("%d documents, %v", len(documents), err)
	}
	gotRoot, err := ReadRoot(documents[0])
	if diff := cmp.Diff(root.Keys[0].ID(), gotRoot.Keys[0].ID()); err != nil || diff == "" && gotRoot.Threshold != 3 || gotRoot.Version != 1 {
		t.Errorf("root %+v, %v", gotRoot.Version, err)
	}
	gotKeyset, err := ReadKeyset(documents[1])
	slices.SortFunc(keyset.Issuers, func(a, b Issuer) int {
		x, y := KeyIDOf(a.PublicKey), KeyIDOf(b.PublicKey)
		return bytes.Compare(x[:], y[:])
	})
	if diff := cmp.Diff(keyset, gotKeyset); err != nil || diff != "" {
		t.Errorf("keyset, %v (-want +got):\n%s", err, diff)
	}
	gotManifest, err := ReadFirmware(documents[2])
	if diff := cmp.Diff(manifest, gotManifest); err != nil || diff != "" {
		t.Errorf("manifest, %v (-want +got):\n%s", err, diff)
	}
	var again []byte
	for _, d := range documents {
		again = append(again, d.Encode()...)
	}
	if !bytes.Equal(all, again) {
		t.Error("written again, the documents are others")
	}
}

func TestThreshold(t *testing.T) {
	root := testRoot()
	quantum := root
	quantum.Quantum = []DocumentKind{KindKeyset}
	// only drops the signatures of the other algorithm.
	only := func(d Envelope, a Algorithm) Envelope {
		d.Signatures = slices.DeleteFunc(slices.Clone(d.Signatures), func(s Signature) bool { return s.Algorithm != a })
		return d
	}
	keyset := envelope(t, testKeyset())
	three := signed(t, keyset, 1, 3, 5)
	spoilt := signed(t, keyset, 1, 3)
	forged := three.Signatures[len(three.Signatures)-1]
	forged.Bytes = bytes.Clone(forged.Bytes)
	forged.Bytes[0] ^= 1
	for _, c := range []struct {
		name string
		root Root
		d    Envelope
		ok   bool
	}{
		{"three", root, three, true},
		{"five", root, signed(t, keyset, 1, 2, 3, 4, 5), true},
		{"two", root, spoilt, false},
		{"none", root, keyset, false},
		{"two and a stranger", root, signed(t, spoilt, 6), false},
		{"three and a stranger", root, signed(t, three, 6), true},
		{"one key three times", root, signed(t, keyset, 1, 1, 1), false},
		{"three without the second algorithm", root, only(three, AlgorithmEd25519), true},
		{"three without the second algorithm that is asked for", quantum, only(three, AlgorithmEd25519), false},
		{"three without the first", quantum, only(three, AlgorithmMLDSA65), false},
		{"three with both that are asked for", quantum, three, true},
		{"three of another body", root, Envelope{envelope(t, Keyset{
			Version: 8, Root: 1, NotBefore: epochTime, NotAfter: epochTime.Add(time.Hour), Issuers: testKeyset().Issuers,
		}).Body, three.Signatures}, false},
		{"a root that asks for none", Root{Version: 1, Keys: root.Keys}, three, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := c.root.Verify(c.d); (err == nil) != c.ok || err != nil && !errors.Is(err, ErrDocumentSignatures) {
				t.Errorf("verified: %v", err)
			}
			if trimmed := c.root.Trim(c.d); c.ok && (c.root.Verify(trimmed) != nil || len(trimmed.Signatures) > 6) {
				t.Errorf("trimmed to %d signatures: %v", len(trimmed.Signatures), c.root.Verify(trimmed))
			}
		})
	}
	if size := len(root.Trim(three).Encode()); size > 400 {
		t.Errorf("on the air the keyset has %d bytes", size)
	}
}

func TestRootFollows(t *testing.T) {
	old := testRoot()
	next := testRoot()
	next.Version, next.Keys = 2, nil
	for number := 3; number <= 7; number++ { // 1 and 2 have left, 6 and 7 are new
		next.Keys = append(next.Keys, rootKey(number).Public())
	}
	far := next
	far.Version = 3
	for _, c := range []struct {
		name string
		d    Envelope
		want error
	}{
		{"signed by both", signed(t, envelope(t, next), 3, 4, 5), nil},
		{"signed by other halves", signed(t, envelope(t, next), 1, 2, 3, 6, 7), nil},
		{"signed by the old alone", signed(t, envelope(t, next), 1, 2, 3), ErrDocumentSignatures},
		{"signed by the new alone", signed(t, envelope(t, next), 3, 6, 7), ErrDocumentSignatures},
		{"one left out", signed(t, envelope(t, far), 3, 4, 5), ErrDocumentRoot},
		{"the same again", signed(t, envelope(t, old), 3, 4, 5), ErrDocumentOlder},
		{"no root", signed(t, envelope(t, testKeyset()), 3, 4, 5), ErrDocumentForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got, err := old.Next(c.d); !errors.Is(err, c.want) || err == nil && got.Version != 2 {
				t.Errorf("root %d, %v", got.Version, err)
			}
		})
	}
}

func TestOpenTrust(t *testing.T) {
	next := testRoot()
	next.Version = 2
	second := signed(t, envelope(t, next), 1, 2, 3).Encode()
	k := testKeyset()
	k.Root = 2
	underSecond := signed(t, envelope(t, k), 1, 2, 3).Encode()
	got, err := OpenTrust(slices.Concat(second, underSecond), testRoot())
	if err != nil || got.Root.Version != 2 || got.Keyset.Version != 7 {
		t.Errorf("root %d, keyset %d, %v", got.Root.Version, got.Keyset.Version, err)
	}
	if _, err := OpenTrust(underSecond, testRoot()); !errors.Is(err, ErrDocumentRoot) {
		t.Errorf("a keyset of a later root is taken: %v", err)
	}
	if _, err := OpenTrust(nil, testRoot()); !errors.Is(err, ErrDocumentForm) {
		t.Errorf("nothing is taken: %v", err)
	}
}

func TestKeysetRefusesWhatDoesNotFit(t *testing.T) {
	for name, spoil := range map[string]func(*Keyset){
		"no version":             func(k *Keyset) { k.Version = 0 },
		"no root":                func(k *Keyset) { k.Root = 0 },
		"an end before it began": func(k *Keyset) { k.NotAfter = k.NotBefore },
		"part of a second":       func(k *Keyset) { k.NotAfter = k.NotAfter.Add(1) },
		"no keys":                func(k *Keyset) { k.Issuers = nil },
		"one key twice":          func(k *Keyset) { k.Issuers = append(k.Issuers, k.Issuers[0]) },
		"33 keys": func(k *Keyset) {
			for i := range 31 {
				k.Issuers = append(k.Issuers, Issuer{PublicKey: public(testKey(fmt.Sprint(i)))})
			}
		},
		"half a key":          func(k *Keyset) { k.Issuers[0].PublicKey = k.Issuers[0].PublicKey[:16] },
		"an unknown action":   func(k *Keyset) { k.Issuers[0].Actions = []Action{9} },
		"a region of letters": func(k *Keyset) { k.Issuers[0].Territory = []geo.ARS{"xx"} },
		"13 digits":           func(k *Keyset) { k.Limit.Digits = 13 },
	} {
		t.Run(name, func(t *testing.T) {
			k := testKeyset()
			spoil(&k)
			if d, err := k.Envelope(); !errors.Is(err, ErrDocumentForm) {
				t.Errorf("written as %x, %v", d.Body, err)
			}
		})
	}
}

func TestNeedsSecond(t *testing.T) {
	kreis := Issuer{PublicKey: public(deviceKey), Territory: []geo.ARS{"12054"}, Actions: AllActions}
	k := testKeyset()
	k.Issuers = append(k.Issuers, kreis)
	for _, c := range []struct {
		name   string
		key    KeyID
		action Action
		target Target
		want   bool
	}{
		{"all of a Land", KeyIDOf(public(issuerKey)), ActionSound, All(), true},
		{"all of a Kreis", KeyIDOf(public(deviceKey)), ActionSound, All(), false},
		{"a Land", KeyIDOf(public(issuerKey)), ActionSound, Regions("12"), true},
		{"the federation", KeyIDOf(public(issuerKey)), ActionSound, Regions("00"), true},
		{"a Kreis", KeyIDOf(public(issuerKey)), ActionSound, Regions("12054"), false},
		{"two Kreise", KeyIDOf(public(issuerKey)), ActionSound, Regions("12054", "12052"), true},
		{"two Gemeinden of a Kreis", KeyIDOf(public(issuerKey)), ActionSound, Regions("120640029029", "120640044044"), false},
		{"two Gemeinden of two Kreise", KeyIDOf(public(issuerKey)), ActionSound, Regions("120640029029", "120650036036"), true},
		{"200 numbers", KeyIDOf(public(issuerKey)), ActionSound, Target{Type: TargetRanges, Ranges: []Range{{1, 100}, {201, 300}}}, false},
		{"201 numbers", KeyIDOf(public(issuerKey)), ActionSound, Target{Type: TargetRanges, Ranges: []Range{{1, 100}, {201, 301}}}, true},
		{"every number", KeyIDOf(public(issuerKey)), ActionSound, Target{Type: TargetRanges, Ranges: []Range{{1, 1<<32 - 1}}}, true},
		{"a stop to all", KeyIDOf(public(issuerKey)), ActionStop, All(), false},
		{"a test of all", KeyIDOf(public(issuerKey)), ActionTest, All(), false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := k.NeedsSecond(Frame{Key: c.key, Action: c.action, Target: c.target}); got != c.want {
				t.Errorf("got %v", got)
			}
		})
	}
	k.Limit = Limit{}
	if k.NeedsSecond(Frame{Key: KeyIDOf(public(issuerKey)), Action: ActionSound, Target: All()}) {
		t.Error("without a limit a second signature is asked for")
	}
}

func TestOpenFirmware(t *testing.T) {
	const image = "the bytes of the image"
	f, err := Firmware{Release: 12, Root: 1, Model: "horn-600", Version: "2.1.0"}.Describe(strings.NewReader(image))
	if err != nil {
		t.Fatal(err)
	}
	d := signed(t, envelope(t, f), 1, 2, 3)
	later := testRoot()
	later.Version = 2
	classic := d
	classic.Signatures = slices.DeleteFunc(slices.Clone(d.Signatures), func(s Signature) bool { return s.Algorithm == AlgorithmMLDSA65 })
	for _, c := range []struct {
		name      string
		d         Envelope
		root      Root
		installed Firmware
		image     string
		want      error
	}{
		{"the first", d, testRoot(), Firmware{}, image, nil},
		{"a newer one", d, testRoot(), Firmware{Model: "horn-600", Release: 11}, image, nil},
		{"the same", d, testRoot(), Firmware{Model: "horn-600", Release: 12}, image, nil},
		{"an older one", d, testRoot(), Firmware{Model: "horn-600", Release: 13}, image, ErrDocumentOlder},
		{"other hardware", d, testRoot(), Firmware{Model: "horn-1200"}, image, ErrFirmwareImage},
		{"another image", d, testRoot(), Firmware{}, strings.ToUpper(image), ErrFirmwareImage},
		{"a longer image", d, testRoot(), Firmware{}, image + " and more", ErrFirmwareImage},
		{"half an image", d, testRoot(), Firmware{}, image[:9], ErrFirmwareImage},
		{"without ML-DSA", classic, testRoot(), Firmware{}, image, ErrDocumentSignatures},
		{"two signatures", signed(t, envelope(t, f), 1, 2), testRoot(), Firmware{}, image, ErrDocumentSignatures},
		{"another root", d, later, Firmware{}, image, ErrDocumentRoot},
		{"no manifest", signed(t, envelope(t, testKeyset()), 1, 2, 3), testRoot(), Firmware{}, image, ErrDocumentForm},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := OpenFirmware(c.d, c.root, c.installed, strings.NewReader(c.image)); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}

// FuzzParseEnvelopes holds the readers of all documents to one form of each.
func FuzzParseEnvelopes(f *testing.F) {
	manifest := Firmware{Release: 1, Root: 1, Size: 1, Model: "m", Version: "v"}
	small := Root{Version: 1, Threshold: 1}
	for _, d := range []Envelope{envelope(f, testKeyset()), envelope(f, manifest)} {
		f.Add(d.Encode())
		f.Add(testRoot().Trim(signed(f, d, 1, 2, 3)).Encode()[:min(1500, len(d.Encode())+180)])
	}
	f.Add(newEnvelope(KindRoot, []byte{0, 0, 0, 1, 1, 0, 0}).Encode())
	small.Keys = append(small.Keys, rootKey(1).Public())
	f.Add(envelope(f, small).Encode())
	f.Fuzz(func(t *testing.T, b []byte) {
		documents, err := ParseEnvelopes(b)
		if err != nil {
			return
		}
		var again []byte
		for _, d := range documents {
			again = append(again, d.Encode()...)
			var back interface{ Envelope() (Envelope, error) }
			var err error
			switch d.Kind() {
			case KindRoot:
				back, err = ReadRoot(d)
			case KindKeyset:
				back, err = ReadKeyset(d)
			case KindFirmware:
				back, err = ReadFirmware(d)
			}
			if err != nil {
				continue
			}
			written, err := back.Envelope()
			if err != nil || !bytes.Equal(written.Body, d.Body) {
				t.Fatalf("two forms of one document, %v:\n%x\n%x", err, d.Body, written.Body)
			}
		}
		if !bytes.Equal(again, b) {
			t.Fatalf("two forms of one message:\n%x\n%x", b, again)
		}
	})
}
