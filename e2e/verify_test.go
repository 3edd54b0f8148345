// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package e2e

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/tlog"
	"github.com/tocsin-alert/tocsin/web"
)

// vector is a case of the forgery suite (tlog/testdata/README.md).
type vector struct {
	Name    string       `json:"name"`
	Bundle  []byte       `json:"bundle,omitempty"`
	Short   []byte       `json:"short,omitempty"`
	Message []byte       `json:"message,omitempty"`
	Now     time.Time    `json:"now"`
	MaxAge  int          `json:"maxAge,omitempty"`
	Seen    []string     `json:"seen,omitempty"`
	Keys    bool         `json:"keys,omitempty"`
	Want    tlog.Verdict `json:"want"`
}

func testdata(t *testing.T, name string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("..", "tlog", "testdata", name))
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func suite(t *testing.T) []vector {
	t.Helper()
	var all []vector
	if err := json.Unmarshal(testdata(t, "vectors.json"), &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// harness runs the verifier of the page over cases, and gives what it finds in
// the form of the suite. Only this glue is the test's.
const harness = `<!DOCTYPE html><title>verifier</title><script type="module">
import { core } from %q;
const bytes = (base64) => base64 === undefined ? undefined : core.fromBase64(base64);
const json = async (path) => (await fetch(path)).json();
const trust = await core.parseTrust(new Uint8Array(await (await fetch("/trust.json")).arrayBuffer()));
const keys = await json("/keys.json");
const stamp = (time) => time === undefined ? undefined : new Date(time).toISOString().replace(".000Z", "Z");
const list = (items) => items.length === 0 ? undefined : items;
const refused = (error) => { if (!(error instanceof core.Malformed)) throw error; };
async function judge(v) {
  let bundle;
  try {
    bundle = v.short ? { proof: await core.parseShort(bytes(v.short), trust), later: [] } : core.parseBundle(bytes(v.bundle));
  } catch (error) { refused(error); return { result: "unreadable-bundle" }; }
  const found = await core.verify(bundle, trust, {
    now: Date.parse(v.now), message: bytes(v.message), maxAge: (v.maxAge ?? 0) * 1000,
    seen: (v.seen ?? []).map((note) => core.parseCheckpoint(core.utf8(note))), keys: v.keys ? keys : undefined,
  });
  return {
    result: found.result, fault: found.fault, grade: found.grade, authority: found.authority?.id, log: found.log?.origin,
    index: Number(found.index) || undefined, differences: list(found.differences), notes: list(found.notes.sort()),
    ended: stamp(found.ended), view: stamp(found.view), witnesses: list(found.witnesses.sort()), resembles: found.resembles,
  };
}
async function facts(message) {
  try { return await core.factsOf(bytes(message), core.readCAP(bytes(message))); } catch (error) { return refused(error) ?? null; }
}
function leaf(raw) {
  try { return core.parseLeaf(bytes(raw)).kind; } catch (error) { return refused(error) ?? ""; }
}
const all = async (path, check) => { const found = []; for (const each of await json(path)) found.push(await check(each)); return JSON.stringify(found); };
globalThis.checks = { judge: () => all("/cases", judge), facts: () => all("/cases", facts), leaf: () => all("/cases", leaf) };
</script>`

// verifier is the page's verifier in a browser.
type verifier struct {
	*tab
	cases any
}

func newVerifier(t *testing.T) *verifier {
	t.Helper()
	v := &verifier{}
	mux := http.NewServeMux()
	mux.Handle(web.Prefix, web.Handler())
	serve := func(path, mediaType string, content func() []byte) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", mediaType)
			_, _ = w.Write(content())
		})
	}
	serve("/{$}", "text/html; charset=utf-8", func() []byte { return fmt.Appendf(nil, harness, web.Asset("verify.js")) })
	serve("/trust.json", "application/json", func() []byte { return testdata(t, "trust.json") })
	serve("/keys.json", "application/json", func() []byte { return testdata(t, "keys.json") })
	serve("/cases", "application/json", func() []byte {
		raw, err := json.Marshal(v.cases)
		if err != nil {
			t.Error(err)
		}
		return raw
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	v.tab = open(t, chromium(t), "verifier", server.URL)
	v.visit("/")
	v.waitFor(`globalThis.checks`)
	return v
}

// ask gives what a check in the browser finds of each case.
func ask[Found, Case any](v *verifier, check string, cases []Case) []Found {
	v.t.Helper()
	v.cases = cases
	var found []Found
	if err := json.Unmarshal([]byte(script[string](v.tab, "checks."+check+"()")), &found); err != nil {
		v.t.Fatal(err)
	}
	if len(found) != len(cases) {
		v.t.Fatalf("%d answers to %d cases", len(found), len(cases))
	}
	return found
}

// plain leaves of a verdict what the suite has of it.
func plain(v tlog.Verdict) tlog.Verdict {
	v.Leaf, v.Detail = nil, ""
	slices.Sort(v.Notes)
	slices.Sort(v.Witnesses)
	return v
}

// inGo is the verdict of package tlog on a case.
func (v vector) inGo(trust *tlog.Trust, keys tlog.KeyRing) tlog.Verdict {
	var b *tlog.Bundle
	var err error
	if v.Short != nil {
		b = &tlog.Bundle{}
		b.Proof, err = tlog.ParseShort(v.Short, trust.KeyNames)
	} else {
		b, err = tlog.ParseBundle(v.Bundle)
	}
	if err != nil {
		return tlog.Verdict{Result: "unreadable-bundle"}
	}
	o := tlog.Options{Now: v.Now, Message: v.Message, MaxAge: time.Duration(v.MaxAge) * time.Second}
	if v.Keys {
		o.Keys = keys
	}
	return plain(tlog.Verify(b, trust, o))
}

// The browser comes to the verdict of the suite on every vector, by itself.
func TestBrowserAgreesOnEveryVector(t *testing.T) {
	v := newVerifier(t)
	all := suite(t)
	for i, got := range ask[tlog.Verdict](v, "judge", all) {
		if diff := cmp.Diff(plain(all[i].Want), got); diff != "" {
			t.Errorf("%s (-suite +browser):\n%s", all[i].Name, diff)
		}
	}
}

// 500 broken bundles, short proofs and messages: Go and the browser come to the
// same verdict on each.
func TestBrowserAgreesOnMutations(t *testing.T) {
	v := newVerifier(t)
	trust, err := tlog.ParseTrust(testdata(t, "trust.json"), nil)
	if err != nil {
		t.Fatal(err)
	}
	var keys tlog.KeyRing
	if err := json.Unmarshal(testdata(t, "keys.json"), &keys); err != nil {
		t.Fatal(err)
	}
	genuine := slices.DeleteFunc(suite(t), func(v vector) bool { return !v.Want.Result.Genuine() })
	random := rand.New(rand.NewPCG(1, 2))
	var cases []vector
	for len(cases) < 500 {
		c := genuine[random.IntN(len(genuine))]
		c.Name = fmt.Sprintf("%d: %s", len(cases), c.Name)
		mutateVector(random, &c)
		cases = append(cases, c)
	}
	results := map[tlog.Result]int{}
	for i, got := range ask[tlog.Verdict](v, "judge", cases) {
		want := cases[i].inGo(trust, keys)
		results[want.Result]++
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-go +browser):\n%s\n%s", cases[i].Name, diff, cases[i].Message)
		}
	}
	t.Log(results)
	if len(results) < 10 {
		t.Errorf("the mutations lead to %d results only: %v", len(results), results)
	}
}

// mutateVector breaks one part of a case.
func mutateVector(random *rand.Rand, c *vector) {
	if c.Short != nil {
		c.Short = mutateBytes(random, c.Short)
		return
	}
	head, body, _ := bytes.Cut(c.Bundle, []byte("\n\n"))
	if random.IntN(6) == 0 {
		c.Bundle = mutateBytes(random, c.Bundle)
		return
	}
	// One part, with its length put right in the head.
	lines := strings.Split(string(head), "\n")
	var parts [][]byte
	for _, line := range lines[1:] {
		var name string
		var length int
		if _, err := fmt.Sscanf(line, "%s %d", &name, &length); err != nil {
			panic(err)
		}
		parts, body = append(parts, body[:length]), body[length:]
	}
	i := random.IntN(len(parts))
	changed := mutateBytes(random, parts[i])
	if strings.HasPrefix(lines[i+1], "cap ") {
		changed = mutateMessage(random, parts[i])
		if random.IntN(2) == 0 {
			c.Message = changed
			return
		}
	}
	parts[i] = changed
	out := lines[0] + "\n"
	for j, part := range parts {
		name, _, _ := strings.Cut(lines[j+1], " ")
		out += fmt.Sprintf("%s %d\n", name, len(part))
	}
	c.Bundle = append([]byte(out+"\n"), bytes.Join(parts, nil)...)
}

// mutateBytes changes, doubles or cuts out a few bytes.
func mutateBytes(random *rand.Rand, raw []byte) []byte {
	out := bytes.Clone(raw)
	at := random.IntN(len(out))
	end := min(len(out), at+1+random.IntN(12))
	switch random.IntN(6) {
	case 0:
		return slices.Delete(out, at, end)
	case 1:
		return slices.Insert(out, at, raw[at:end]...)
	case 2:
		out[at] ^= 1 << random.IntN(8)
	case 3:
		out[at] = byte(random.IntN(256))
	case 4:
		return slices.Insert(out, at, []byte{'\n', ' ', '\r', '0', '+', 0xff}[random.IntN(6)])
	default:
		lines := bytes.Split(out, []byte("\n"))
		i, j := random.IntN(len(lines)), random.IntN(len(lines))
		lines[i], lines[j] = lines[j], lines[i]
		return bytes.Join(lines, []byte("\n"))
	}
	return out
}

// mutateMessage puts something odd in the place of a value, a tag or an
// attribute: what CAP allows in other forms, and what it does not.
func mutateMessage(random *rand.Rand, raw []byte) []byte {
	if random.IntN(5) == 0 {
		return mutateBytes(random, raw)
	}
	text := string(raw)
	// The lines of a written message have one element each.
	lines := strings.Split(text, "\n")
	i := 1 + random.IntN(len(lines)-1)
	line := lines[i]
	open, rest, hasValue := strings.Cut(line, ">")
	_, closing, _ := strings.Cut(rest, "</")
	switch n := random.IntN(10); {
	case n < 5 && hasValue && closing != "":
		lines[i] = open + ">" + oddValues[random.IntN(len(oddValues))] + "</" + closing
	case n < 7 && hasValue && strings.TrimSpace(open) != "" && !strings.Contains(open, "/"):
		lines[i] = open + oddAttributes[random.IntN(len(oddAttributes))] + ">" + rest
	case n < 9:
		lines = slices.Insert(lines, i, oddLines[random.IntN(len(oddLines))])
	default:
		lines = slices.Delete(lines, i, i+1)
	}
	return []byte(strings.Join(lines, "\n"))
}

var oddValues = []string{
	"", " ", "x", "&amp;amp;", "&#228;", "&#xE4;", "&#x1F600;", "&#13;", "&#0;", "&#xD800;", "&nbsp;", "&", "]]>", "<![CDATA[a<b]]>", "<![CDATA[]]>",
	"<b>x</b>", "a<!-- b -->c", "a<!-- -- -->", "\ttext\r\nover lines ", "ſ", "😀", "\u00a0", "\ufeff", "\u0085", "\u007f", "\ufffe",
	"2026-11-23T14:01:00+01:00", " 2026-11-23T14:01:00+01:00\n", "2026-11-23T13:01:00-00:00", "2026-11-23T13:01:00+00:00", "2026-11-23T13:01:00Z",
	"2026-11-23T24:00:00+01:00", "2026-11-23T24:00:01+01:00", "2026-02-29T10:00:00+01:00", "2028-02-29T10:00:00-14:00", "2026-11-23T10:00:00+14:01",
	"2026-11-23T10:60:00+01:00", "0000-01-01T00:00:00-00:00", "0001-01-01T00:00:00-00:00", "0001-01-01T01:00:00+01:00", "9999-12-31T24:00:00-00:00",
	"Actual", "Exercise", "Test", "System", "Draft", "actual", "Update", "Cancel", "Ack", "Public", "Private", "Restricted", "Geo", "Severe ",
	"a,b,2026-11-23T14:01:00+01:00", "a,b,2026-11-23T14:01:00+01:00  c,d,2026-11-23T13:01:00+00:00", "a,b", "a,b,c,d",
	"52.4,13.06 52.5,13.06 52.5,13.2 52.4,13.06", "52.4,13.06 52.5,13.06 52.4,13.06", "52.40,13.060 52.5,13.06 52.5,13.2 52.4,13.06", "91,0 91,1 90,1 91,0",
	"+52.4,-13.06 1.50", "52.4,13.06 -1", "52.4,13.06 1e3", "52.4,13.06 .5", "52.4,13.06 5.", "-0,0.0000001 0.00000000123", "52.4,13.06 123456789012345678901234567890",
	"0.1234567890123456789,1 1", "52.4,13.06 " + strings.Repeat("9", 400), "52.4 13.06 1",
	"120690249249", "12069", "1206", "12 069 024 9249", "00", "000000000000", "120690000000", "07",
	"1234567", "+5", "-5", "-0", "007", "9223372036854775807", "9223372036854775808", "1.5", "100000000000000000000000", "0.1", "1234567890.123456789012345",
	"https://example.org/a b?c=d#e", "https://example.org:80/", "https://example.org:/", "https://exa%ple.org", "%20", "a:b:c", "1a:b", "//[::1]:5/x", "//a@b@c", "?q[1]", "#f[1]", "/a[1]", "äöü",
	"de-DE", "de_DE", "abcdefghi", "x-1-2-3", "1-a", "leitstelle@kreis.example", "leitstelle@kreіs.example", "leitstelle@kreis-example", "a b", "a,b",
}

var oddAttributes = []string{
	` a="b"`, ` xml:lang="de"`, ` xmlns:x="urn:x"`, ` xmlns:x="urn:x" x:a="1"`, ` x:a="1"`, ` a="1" a="2"`, ` xmlns=""`, ` xmlns="urn:oasis:names:tc:emergency:cap:1.2"`,
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="a b"`, ` xmlns:xml="urn:x"`, ` xmlns:xmlns="urn:x"`, ` a=b`, ` a="<"`, ` a = '"&lt;'`, `/`, ` `,
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:string"`,
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:xs="http://www.w3.org/2001/XMLSchema" xsi:type="xs:token"`,
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:type="string"`,
}

var oddLines = []string{
	"<!-- comment -->", "<?pi x?>", "<!DOCTYPE x>", "text", "<![CDATA[]]>", "&#32;", " \t\r\n", "<note>a</note>", "<code>a</code>", "<code></code>", "<code/>",
	"<restriction>x</restriction>", "<addresses>x</addresses>", "<incidents>a b</incidents>", "<source>&quot;x&apos;</source>", "<x:y xmlns:x='urn:x'/>",
	"<c:note xmlns:c='urn:oasis:names:tc:emergency:cap:1.2'>a</c:note>", "<note xmlns='urn:x'/>", "</x>", "<", "<a:b:c/>",
	"<references>a,b,2026-11-23T14:01:00+01:00</references>", "<responseType>Avoid</responseType>", "<category>Met</category>",
	"<eventCode><valueName>a</valueName><value></value></eventCode>", "<parameter><value>a</value></parameter>",
	"<parameter>\n<valueName>a&gt;</valueName>\r<value>b\rc</value></parameter>", "<web>/relative</web>", "<contact>  </contact>",
	"<resource><resourceDesc>a</resourceDesc><mimeType>b</mimeType><size>0012</size><uri>https://x</uri></resource>",
	"<resource><resourceDesc>a</resourceDesc><mimeType>b</mimeType><uri>x</uri></resource>",
	"<area><areaDesc/><polygon>1,1 2,2 3,3 1.0,1</polygon><circle>1,1 0</circle><altitude>1.50</altitude><ceiling>2</ceiling></area>",
	"<area><areaDesc/><geocode><valueName>ars</valueName><value>12069</value></geocode></area>", "<area><areaDesc/><ceiling>2</ceiling></area>",
	"<altitude>100</altitude>", "<ceiling>100</ceiling>", "<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><a/></Signature>",
	"<Signature xmlns='http://www.w3.org/2000/09/xmldsig#'><value xmlns='urn:oasis:names:tc:emergency:cap:1.2' a='b'/></Signature>",
}

// facts are what both languages say of a message.
type facts struct {
	Identifier, Sender, Type, Sent, Expires, References, CAP, Content string
	Areas                                                             []string
}

func factsOf(message []byte) *facts {
	l, err := tlog.MessageLeaf(message)
	if err != nil {
		return nil
	}
	f := &facts{
		Identifier: l.Identifier, Sender: l.Sender, Type: l.MsgType, Sent: l.Sent, Expires: l.Expires,
		CAP: fmt.Sprintf("%x", l.CAP), Content: fmt.Sprintf("%x", l.Content), Areas: l.Areas,
	}
	if l.References.Count > 0 {
		f.References = fmt.Sprintf("%d %x", l.References.Count, l.References.Digest)
	}
	return f
}

// compareFacts asks both of each message, and counts those that both can read.
func compareFacts(t *testing.T, v *verifier, messages [][]byte) {
	t.Helper()
	readable := 0
	for i, got := range ask[*facts](v, "facts", messages) {
		want := factsOf(messages[i])
		if want != nil {
			readable++
		}
		if got != nil && len(got.Areas) == 0 {
			got.Areas = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("(-go +browser):\n%s\n%.2000s", diff, messages[i])
		}
	}
	t.Logf("%d messages, %d of them can be read", len(messages), readable)
	if readable == 0 || readable == len(messages) {
		t.Errorf("of %d messages both read %d", len(messages), readable)
	}
}

// 2,000 odd messages: both readers refuse the same, and digest the same content.
func TestBrowserReadsMessagesAlike(t *testing.T) {
	v := newVerifier(t)
	b, err := tlog.ParseBundle(suite(t)[0].Bundle)
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(3, 4))
	var messages [][]byte
	for len(messages) < 2000 {
		message := mutateMessage(random, b.CAP)
		for random.IntN(4) == 0 {
			message = mutateMessage(random, message)
		}
		messages = append(messages, message)
	}
	compareFacts(t, v, messages)
}

// The same of messages that authorities really sent, as they are and with
// something odd in them.
func TestBrowserReadsRealMessagesAlike(t *testing.T) {
	real := realMessages(t)
	random := rand.New(rand.NewPCG(7, 8))
	messages := slices.Clone(real)
	small := slices.DeleteFunc(real, func(raw []byte) bool { return len(raw) > 50_000 })
	for len(messages) < 500 {
		messages = append(messages, mutateMessage(random, small[random.IntN(len(small))]))
	}
	compareFacts(t, newVerifier(t), messages)
}

// realMessages are those of the corpus beside the repository.
func realMessages(t *testing.T) [][]byte {
	t.Helper()
	var messages [][]byte
	folder := filepath.Join("..", "..", "shared", "data", "cap")
	files, err := filepath.Glob(filepath.Join(folder, "*.xml"))
	if err != nil || len(files) == 0 {
		t.Skipf("no corpus of real messages in %s", folder)
	}
	for _, path := range files {
		raw, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, raw)
	}
	archive, err := zip.OpenReader(filepath.Join(folder, "dwd_Z_CAP_C_EDZW_MUL.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer archive.Close()
	for _, entry := range archive.File {
		r, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		messages = append(messages, raw)
	}
	return messages
}

// 1,000 broken leaves: both readers take the same.
func TestBrowserReadsLeavesAlike(t *testing.T) {
	v := newVerifier(t)
	random := rand.New(rand.NewPCG(5, 6))
	var seeds [][]byte
	for _, c := range suite(t) {
		if b, err := tlog.ParseBundle(c.Bundle); err == nil && b.Proof != nil {
			seeds = append(seeds, b.Proof.Leaf)
		}
	}
	seeds = append(seeds, otherLeaves...)
	var leaves [][]byte
	for len(leaves) < 1000 {
		leaves = append(leaves, mutateBytes(random, seeds[random.IntN(len(seeds))]))
	}
	leaves = append(leaves, seeds...)
	taken := 0
	for i, got := range ask[string](v, "leaf", leaves) {
		want := ""
		if l, err := tlog.ParseLeaf(leaves[i]); err == nil {
			want = string(l.Kind)
			taken++
		}
		if got != want {
			t.Errorf("Go reads %q, the browser %q:\n%s", want, got, leaves[i])
		}
	}
	t.Logf("%d leaves, %d of them are taken", len(leaves), taken)
}

// otherLeaves are of the kinds that the suite does not have.
var otherLeaves = [][]byte{
	[]byte("tocsin-leaf/v1 refusal\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\nwarning w\nidentifier w.1\ncontent c91c2fee41affcfd0cef926a5f4be42b044ad1ce563c2dabf98aa315959956dc\nreason too-late\n"),
	[]byte("tocsin-leaf/v1 siren\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\nwarning w\narea 12069\narea 12070\nsignal alarm\nframes 3 c91c2fee41affcfd0cef926a5f4be42b044ad1ce563c2dabf98aa315959956dc\n"),
	[]byte("tocsin-leaf/v1 key-enrolled\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\nkey Apta_dumcvL2gQhaScO0SXDIvdj3mHhZTSUw8AW_zMSM\nguard passkey\nholder 00000000000000aa\nrole author\nrole releaser\n"),
	[]byte("tocsin-leaf/v1 key-revoked\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\nkey Apta_dumcvL2gQhaScO0SXDIvdj3mHhZTSUw8AW_zMSM\nholder 00000000000000aa\nreason lost\n"),
	[]byte("tocsin-leaf/v1 roles\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\nholder 00000000000000aa\n"),
	[]byte("tocsin-leaf/v1 territory\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\ngrantee nachbar\narea 12069\n"),
	[]byte("tocsin-leaf/v1 first\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\norigin log.kreis.example/2026\nprevious log.kreis.example/2025 7 TcjQPiFKNkZsD8psG6VWjP7lQeZhjdIKqPGYETNxT5M=\n"),
	[]byte("tocsin-leaf/v1 last\ntime 2026-11-23T13:01:00Z\nauthority kreis\nrealm live\norigin log.kreis.example/2026\nnext log.kreis.example/2027\n"),
}
