// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/tocsin-alert/tocsin/geo"
)

// testKey is a key that everybody knows; its seed is the digest of its name.
func testKey(name string) ed25519.PrivateKey {
	seed := sha256.Sum256([]byte(name))
	return ed25519.NewKeyFromSeed(seed[:])
}

var (
	issuerKey = testKey("tocsin test issuer")
	secondKey = testKey("tocsin test second")
	deviceKey = testKey("tocsin test device")
	epochTime = time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
)

func public(key ed25519.PrivateKey) ed25519.PublicKey { return key.Public().(ed25519.PublicKey) }

// vectors are the frames and answers of testdata/vectors.txt and docs/formats/siren-frame.md.
var frameVectors = []struct {
	name  string
	frame Frame
}{
	{"sound-all", Frame{Epoch: 1, Counter: 16, NotBefore: epochTime, TTL: 10 * time.Minute, Action: ActionSound, Signal: 1, Target: All()}},
	{"sound-region", Frame{Epoch: 1, Counter: 32, NotBefore: epochTime, TTL: 10 * time.Minute, Action: ActionSound, Signal: 2,
		ReplyWindow: 200 * time.Millisecond, Target: Regions("12054")}},
	{"sound-regions", Frame{Epoch: 1, Counter: 48, NotBefore: epochTime, TTL: 10 * time.Minute, Action: ActionSound, Signal: 1,
		Target: Regions("14612", "053", "120640029029", "01")}},
	{"sound-ranges", Frame{Epoch: 1, Counter: 64, NotBefore: epochTime, TTL: 10 * time.Minute, Action: ActionSound, Signal: 1,
		ReplyWindow: time.Second, Target: Numbers(1, 2, 3, 7, 300, 301, 1<<32-1)}},
	{"stop-all", Frame{Epoch: 1, Counter: 80, NotBefore: epochTime, TTL: time.Minute, Action: ActionStop, Target: All()}},
	{"test-silent", Frame{Epoch: 2, Counter: MaxCounter, NotBefore: epochTime, TTL: time.Second, Action: ActionTest, Signal: 16, Target: Numbers(4711)}},
	{"beacon", Frame{Epoch: 1, Counter: 64, NotBefore: epochTime, TTL: time.Minute, Action: ActionBeacon, Target: All()}},
	{"beacon-answering", Frame{Epoch: 1, Counter: 64, NotBefore: epochTime, TTL: time.Minute, Action: ActionBeacon, Target: Answering(testChallenge)}},
	{"sound-land-twice", Frame{Epoch: 1, Counter: 96, NotBefore: epochTime, TTL: 10 * time.Minute, Action: ActionSound, Signal: 1,
		Target: Regions("12"), Second: KeyIDOf(public(secondKey))}},
}

var testChallenge = Challenge{1, 2, 3, 4, 5, 6, 7, 8}

// signVector signs a frame as its fields ask for.
func signVector(f Frame) ([]byte, error) {
	if f.Second != (KeyID{}) {
		return f.Sign(NewSigner(issuerKey), NewSigner(secondKey))
	}
	return f.Sign(NewSigner(issuerKey))
}

var answerVectors = []struct {
	name   string
	answer Answer
}{
	{"ack-accepted", Answer{Kind: AnswerAck, Number: 4711, Time: epochTime.Add(123 * time.Millisecond), Condition: ConditionTriggered,
		Frame: FrameID{KeyIDOf(public(issuerKey)), 1, 16}, Outcome: OutcomeAccepted, Signal: 1, Remaining: time.Minute}},
	{"ack-refused", Answer{Kind: AnswerAck, Number: 4711, Time: epochTime.Add(time.Hour), Condition: ConditionFault,
		Contacts: Contacts{HornFault: true, MainsFailed: true}, Frame: FrameID{KeyIDOf(public(issuerKey)), 1, 16},
		Outcome: OutcomeRefused, Reason: ReasonFault}},
	{"hello", Answer{Kind: AnswerHello, Number: 1, Time: epochTime, Condition: ConditionReady, Keyset: 7, Challenge: testChallenge}},
	{"keyset-refused", Answer{Kind: AnswerKeyset, Number: 4711, Time: epochTime, Condition: ConditionSabotage, Keyset: 7,
		Contacts: Contacts{Tamper: true, KeysetExpired: true, Overheated: true}, Frame: FrameID{Counter: 6}, Outcome: OutcomeRefused, Reason: ReasonKeysetOlder}},
}

var update = flag.Bool("update", false, "write testdata/vectors.txt anew instead of comparing with it")

// vectors are all public vectors by their names, in the order of the file.
func vectors(t *testing.T) (names []string, values map[string]string) {
	t.Helper()
	values = map[string]string{}
	add := func(name string, b []byte, err error) {
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		names, values[name] = append(names, name), hex.EncodeToString(b)
	}
	for _, v := range frameVectors {
		b, err := signVector(v.frame)
		add(v.name, b, err)
	}
	for _, v := range answerVectors {
		b, err := v.answer.Sign(NewSigner(deviceKey))
		add(v.name, b, err)
	}
	keyset := signed(t, envelope(t, testKeyset()), 1, 2, 3)
	add("keyset", testRoot().Trim(keyset).Encode(), nil)
	digest := sha256.Sum256(envelope(t, testRoot()).Body)
	add("root-digest", digest[:], nil)
	return names, values
}

func TestVectors(t *testing.T) {
	names, values := vectors(t)
	if *update {
		text := "# SPDX-FileCopyrightText: 2026 The Tocsin Authors\n# SPDX-License-Identifier: EUPL-1.2\n\n" +
			"# Keys: Ed25519 seeds are SHA-256(\"tocsin test issuer\"), SHA-256(\"tocsin test second\") and SHA-256(\"tocsin test device\").\n"
		for _, name := range names {
			text += name + " " + values[name] + "\n"
		}
		if err := os.WriteFile("testdata/vectors.txt", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(values, golden(t)); diff != "" {
		t.Errorf("testdata/vectors.txt differs; run go test -run TestVectors -update if that is meant (-made +file):\n%s", diff)
	}
}

// golden reads testdata/vectors.txt: a name and the bytes in hexadecimal to a line.
func golden(t *testing.T) map[string]string {
	t.Helper()
	raw, err := os.ReadFile("testdata/vectors.txt")
	if err != nil {
		t.Fatal(err)
	}
	vectors := map[string]string{}
	for line := range strings.Lines(string(raw)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), " "); ok && !strings.HasPrefix(line, "#") {
			vectors[name] = value
		}
	}
	return vectors
}

func TestFrameVectors(t *testing.T) {
	for _, v := range frameVectors {
		t.Run(v.name, func(t *testing.T) {
			b, err := signVector(v.frame)
			if err != nil {
				t.Fatal(err)
			}
			back, err := ParseFrame(b)
			if err != nil {
				t.Fatal(err)
			}
			frame := v.frame
			frame.Key = KeyIDOf(public(issuerKey))
			if diff := cmp.Diff(frame, back); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			if !VerifyFrame(b, public(issuerKey)) || VerifyFrame(b, public(deviceKey)) || VerifyFrame(b, public(secondKey)) {
				t.Error("the signature is not that of the issuer alone")
			}
			twice := frame.Second != KeyID{}
			if VerifySecond(b, public(secondKey)) != twice || VerifySecond(b, public(issuerKey)) {
				t.Error("the second signature is not that of the second key alone")
			}
			for i := range b {
				forged := bytes.Clone(b)
				forged[i] ^= 1
				if VerifyFrame(forged, public(issuerKey)) && (!twice || VerifySecond(forged, public(secondKey))) {
					t.Errorf("verifies with byte %d changed", i)
				}
			}
		})
	}
}

func TestAnswerVectors(t *testing.T) {
	for _, v := range answerVectors {
		t.Run(v.name, func(t *testing.T) {
			b, err := v.answer.Sign(NewSigner(deviceKey))
			if err != nil {
				t.Fatal(err)
			}
			back, err := OpenAnswer(b, public(deviceKey))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(v.answer, back); diff != "" {
				t.Errorf("read back (-want +got):\n%s", diff)
			}
			if _, err := OpenAnswer(b, public(issuerKey)); !errors.Is(err, ErrAnswerSignature) {
				t.Errorf("another key opens it: %v", err)
			}
		})
	}
}

// The document's readers write their own code against its vectors.
func TestVectorsStandInTheDocument(t *testing.T) {
	raw, err := os.ReadFile("../../docs/formats/siren-frame.md")
	if err != nil {
		t.Fatal(err)
	}
	document := strings.Join(strings.Fields(string(raw)), "")
	for name, value := range golden(t) {
		if !strings.Contains(document, value) {
			t.Errorf("docs/formats/siren-frame.md lacks the bytes of %s", name)
		}
	}
}

func TestFrameSizes(t *testing.T) {
	for _, c := range []struct {
		name   string
		target Target
		want   int
	}{
		{"all", All(), 87},
		{"a Land", Regions("12"), 89},
		{"a Kreis", Regions("12054"), 91},
		{"a Gemeinde", Regions("120640029029"), 94},
		{"one siren", Numbers(4711), 90},
		{"a run of 2,000 sirens", Target{Type: TargetRanges, Ranges: []Range{{1, 2000}}}, 90},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := frameVectors[0].frame
			f.Target = c.target
			b, err := f.Sign(NewSigner(issuerKey))
			if err != nil {
				t.Fatal(err)
			}
			if len(b) != c.want {
				t.Errorf("%d bytes, want %d", len(b), c.want)
			}
		})
	}
}

func TestParseFrameRefuses(t *testing.T) {
	good, err := frameVectors[3].frame.Sign(NewSigner(issuerKey))
	if err != nil {
		t.Fatal(err)
	}
	with := func(at int, value byte) []byte {
		b := bytes.Clone(good)
		b[at] = value
		return b
	}
	target := func(kind TargetType, target ...byte) []byte {
		b := append(bytes.Clone(good[:22]), byte(kind))
		return append(append(b, target...), make([]byte, 64)...)
	}
	for _, c := range []struct {
		name  string
		bytes []byte
		want  error
	}{
		{"nothing", nil, ErrFrameLength},
		{"cut short", good[:86], ErrFrameLength},
		{"1001 bytes", append(bytes.Clone(good), make([]byte, 1001-len(good))...), ErrFrameLength},
		{"version 0", with(0, 0), ErrFrameVersion},
		{"version 3", with(0, 3), ErrFrameVersion},
		{"version 2 with one signature", with(0, 2), ErrFrameLength},
		{"no validity", append(append(bytes.Clone(good[:17]), 0, 0), good[19:]...), ErrFrameField},
		{"no such action", with(19, 9), ErrFrameField},
		{"sound without a signal", with(20, 0), ErrFrameField},
		{"stop with a signal", with(19, byte(ActionStop)), ErrFrameField},
		{"beacon with a signal", with(19, byte(ActionBeacon)), ErrFrameField},
		{"no such target", with(22, 3), ErrFrameField},
		{"all with more behind it", target(TargetAll, 1), ErrFrameField},
		{"no regions", target(TargetRegions), ErrFrameField},
		{"a region cut off", target(TargetRegions, 5, 0x12), ErrFrameField},
		{"a region of four digits", target(TargetRegions, 4, 0x12, 0x05), ErrFrameField},
		{"a region not filled up", target(TargetRegions, 5, 0x12, 0x05, 0x40), ErrFrameField},
		{"a region with a letter", target(TargetRegions, 2, 0x1a), ErrFrameField},
		{"a region written out", target(TargetRegions, 12, 0x12, 0x05, 0x40, 0, 0, 0), ErrFrameField},
		{"regions out of order", target(TargetRegions, 2, 0x12, 2, 0x11), ErrFrameField},
		{"a region in a region", target(TargetRegions, 2, 0x12, 5, 0x12, 0x05, 0x4f), ErrFrameField},
		{"no ranges", target(TargetRanges), ErrFrameField},
		{"half a range", target(TargetRanges, 1), ErrFrameField},
		{"a long form of zero", target(TargetRanges, 0x80, 0, 0), ErrFrameField},
		{"ranges that touch", target(TargetRanges, 0, 0, 0, 0), ErrFrameField},
		{"a range beyond 32 bits", target(TargetRanges, 0xff, 0xff, 0xff, 0xff, 0x0f, 0x01), ErrFrameField},
	} {
		t.Run(c.name, func(t *testing.T) {
			if f, err := ParseFrame(c.bytes); !errors.Is(err, c.want) {
				t.Errorf("got %+v, %v; want %v", f, err, c.want)
			}
		})
	}
}

func TestSignRefuses(t *testing.T) {
	for name, spoil := range map[string]func(*Frame){
		"a counter of 49 bits":     func(f *Frame) { f.Counter = MaxCounter + 1 },
		"a time before 1970":       func(f *Frame) { f.NotBefore = time.Unix(-1, 0) },
		"part of a second":         func(f *Frame) { f.NotBefore = epochTime.Add(1) },
		"no validity":              func(f *Frame) { f.TTL = 0 },
		"a validity over 65535 s":  func(f *Frame) { f.TTL = 65536 * time.Second },
		"a window over 25.5 s":     func(f *Frame) { f.ReplyWindow = 26 * time.Second },
		"a window of 50 ms":        func(f *Frame) { f.ReplyWindow = 50 * time.Millisecond },
		"no action":                func(f *Frame) { f.Action = 0 },
		"an empty list":            func(f *Frame) { f.Target = Numbers() },
		"number zero":              func(f *Frame) { f.Target = Numbers(0) },
		"a range backwards":        func(f *Frame) { f.Target = Target{Type: TargetRanges, Ranges: []Range{{5, 4}}} },
		"a region that is none":    func(f *Frame) { f.Target = Target{Type: TargetRegions, Regions: []geo.ARS{"xx"}} },
		"a list of the wrong type": func(f *Frame) { f.Target = Target{Regions: []geo.ARS{"12"}} },
		"a second list": func(f *Frame) {
			f.Target = Target{Type: TargetRegions, Regions: []geo.ARS{"12"}, Ranges: []Range{{1, 2}}}
		},
		"a target that needs a split": func(f *Frame) { f.Target = everySecond(2000) },
	} {
		t.Run(name, func(t *testing.T) {
			f := frameVectors[0].frame
			spoil(&f)
			if b, err := f.Sign(NewSigner(issuerKey)); err == nil {
				t.Errorf("signed %x", b)
			}
		})
	}
}

func everySecond(n uint32) Target {
	numbers := make([]uint32, 0, n)
	for i := range n {
		numbers = append(numbers, 2*i+1)
	}
	return Numbers(numbers...)
}

func TestSplit(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		numbers := rapid.SliceOfNDistinct(rapid.Uint32Range(1, 20000), 1, 1500, rapid.ID).Draw(t, "numbers")
		held := map[uint32]bool{}
		for _, part := range Numbers(numbers...).Split() {
			f := frameVectors[0].frame
			f.Target = part
			if _, err := f.Sign(NewSigner(issuerKey)); err != nil {
				t.Fatalf("a part does not fit a frame: %v", err)
			}
			for _, n := range numbers {
				if part.Holds(n, "") {
					if held[n] {
						t.Fatalf("number %d is in two parts", n)
					}
					held[n] = true
				}
			}
		}
		if len(held) != len(numbers) {
			t.Fatalf("%d of %d numbers are in the parts", len(held), len(numbers))
		}
	})
	if parts := everySecond(4000).Split(); len(parts) != 10 {
		t.Errorf("4,000 single sirens make %d frames, want 10", len(parts))
	}
}

func TestTargetHolds(t *testing.T) {
	for _, c := range []struct {
		name   string
		target Target
		number uint32
		ars    geo.ARS
		want   bool
	}{
		{"all", All(), 9, "12054", true},
		{"its Kreis", Regions("12054"), 9, "12054", true},
		{"its Land", Regions("12"), 9, "120640029029", true},
		{"the next Kreis", Regions("12052"), 9, "12054", false},
		{"a Gemeinde of its Kreis", Regions("120640029029"), 9, "12064", false},
		{"the federation", Regions("00"), 9, "12054", true},
		{"in a range", Numbers(8, 9, 10), 9, "12054", true},
		{"between ranges", Numbers(8, 10), 9, "12054", false},
		{"behind the ranges", Numbers(1, 2), 9, "12054", false},
		{"no such type", Target{Type: 7}, 9, "12054", false},
	} {
		t.Run(c.name, func(t *testing.T) {
			if got := c.target.Holds(c.number, c.ars); got != c.want {
				t.Errorf("got %v, want %v", got, c.want)
			}
		})
	}
}

func TestFrameIDText(t *testing.T) {
	id := FrameID{KeyID{0x1f, 0x0a, 0x22, 0xb3}, 1, 4096}
	if id.String() != "1f0a22b3-1-4096" {
		t.Errorf("text is %q", id)
	}
	back, err := ParseFrameID(id.String())
	if err != nil || back != id {
		t.Errorf("read back %v, %v", back, err)
	}
	for _, bad := range []string{"", "1f0a22b3-1", "1f0a22b3-01-4096", "1F0A22B3-1-4096", "1f0a22-1-4096", "1f0a22b3-65536-1", "1f0a22b3-1-281474976710656", "1f0a22b3-1-+5"} {
		if got, err := ParseFrameID(bad); err == nil {
			t.Errorf("%q read as %v", bad, got)
		}
	}
}

func FuzzParseFrame(f *testing.F) {
	for _, v := range frameVectors {
		b, err := signVector(v.frame)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		frame, err := ParseFrame(b)
		if err != nil {
			return
		}
		second, head := []Signer{}, len(b)-64
		if frame.Second != (KeyID{}) {
			second, head = append(second, keyed{NewSigner(secondKey), frame.Second}), head-64
		}
		again, err := frame.Sign(keyed{NewSigner(issuerKey), frame.Key}, second...)
		if err != nil {
			t.Fatalf("read, but cannot be written: %+v: %v", frame, err)
		}
		if !bytes.Equal(b[:head], again[:head]) {
			t.Fatalf("two forms of one frame:\n%x\n%x", b[:head], again[:head])
		}
	})
}

// keyed signs under another key's name.
type keyed struct {
	Signer
	id KeyID
}

func (k keyed) KeyID() KeyID { return k.id }

func FuzzParseAnswer(f *testing.F) {
	for _, v := range answerVectors {
		b, err := v.answer.Sign(NewSigner(deviceKey))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		answer, err := ParseAnswer(b)
		if err != nil {
			return
		}
		again, err := answer.Sign(NewSigner(deviceKey))
		if err != nil {
			t.Fatalf("read, but cannot be written: %+v: %v", answer, err)
		}
		if !bytes.Equal(b[:answerHeadBytes], again[:answerHeadBytes]) {
			t.Fatalf("two forms of one answer:\n%x\n%x", b, again)
		}
	})
}
