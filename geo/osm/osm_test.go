// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package osm

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"runtime"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var sirens = Query{Tags: []Tag{{"emergency", "siren"}}}

const xmlFile = `<?xml version="1.0" encoding="UTF-8"?>
<osm version="0.6"><bounds minlat="50"/>
 <node id="1" lat="50.5432101" lon="7.1"><tag k="emergency" v="siren"/><tag k="name" v="Rathaus &amp; Schule"/></node>
 <node id="2" lat="50.6" lon="7.2"><tag k="emergency" v="phone"/></node>
 <node id="-3" lat="50.7" lon="7.3"><tag k="emergency" v="siren"/></node>
 <node id="4" lat="50.7" lon="7.3"/>
 <node id="5" visible="false"><tag k="emergency" v="siren"/></node>
 <way id="6"><center lat="50.8" lon="7.4"/><nd ref="1"/><tag k="emergency" v="siren"/></way>
 <relation id="7"><member type="node" ref="1" role=""/><tag k="emergency" v="siren"/></relation>
 <node id="8" lat="95" lon="7.3"><tag k="emergency" v="siren"/></node>
</osm>`

// elements are what xmlFile holds.
func elements() []Element {
	siren := map[string]string{"emergency": "siren"}
	return []Element{
		{Kind: Node, ID: 1, Lat: 50.5432101, Lon: 7.1, Located: true, Tags: map[string]string{"emergency": "siren", "name": "Rathaus & Schule"}},
		{Kind: Node, ID: -3, Lat: 50.7, Lon: 7.3, Located: true, Tags: siren},
		{Kind: Way, ID: 6, Lat: 50.8, Lon: 7.4, Located: true, Tags: siren},
		{Kind: Relation, ID: 7, Tags: siren},
		{Kind: Node, ID: 8, Tags: siren},
	}
}

func collect(t *testing.T, read func(io.Reader, Query, func(Element) error) error, in io.Reader) []Element {
	t.Helper()
	var found []Element
	if err := read(in, sirens, func(e Element) error { found = append(found, e); return nil }); err != nil {
		t.Fatal(err)
	}
	return found
}

func TestXML(t *testing.T) {
	found := collect(t, ReadXML, strings.NewReader(xmlFile))
	if diff := cmp.Diff(elements(), found); diff != "" {
		t.Error(diff)
	}
	var again bytes.Buffer
	if err := WriteXML(&again, found); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(found, collect(t, ReadXML, &again)); diff != "" {
		t.Errorf("written and read: %s", diff)
	}
}

func TestWhatIsNoXML(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": "", "no OSM": "<gpx></gpx>", "cut off": `<osm><node id="1">`, "crossed": "<osm><node></osm></node>", "an entity": `<!DOCTYPE osm [<!ENTITY a "b">]><osm><node id="1"><tag k="emergency" v="&a;"/></node></osm>`,
		"deep": "<osm>" + strings.Repeat("<a>", 100), "another character set": `<?xml version="1.0" encoding="ISO-8859-1"?><osm/>`,
	} {
		err := ReadXML(strings.NewReader(text), sirens, func(Element) error { return nil })
		if fault, ok := errors.AsType[*Error](err); !ok || fault.Reason == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	endless := io.MultiReader(strings.NewReader(`<osm><node id="`), zeros{})
	if err := ReadXML(endless, sirens, func(Element) error { return nil }); err == nil {
		t.Error("an endless attribute was read")
	}
	own := errors.New("enough")
	for name, err := range map[string]error{
		"XML": ReadXML(strings.NewReader(xmlFile), sirens, func(Element) error { return own }),
		"PBF": ReadPBF(bytes.NewReader(pbfFile(t, true)), sirens, func(Element) error { return own }),
	} {
		if !errors.Is(err, own) {
			t.Errorf("%s: the caller's error became %v", name, err)
		}
	}
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

// The forms below write the PBF that tests read, by the format's description.

func field(number, kind int, content ...byte) []byte {
	return append(binary.AppendUvarint(nil, uint64(number<<3|kind)), content...)
}

func varint(number int, v uint64) []byte { return field(number, 0, binary.AppendUvarint(nil, v)...) }

func sized(number int, content []byte) []byte {
	return field(number, 2, append(binary.AppendUvarint(nil, uint64(len(content))), content...)...)
}

func signed(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func list(values ...uint64) []byte {
	var b []byte
	for _, v := range values {
		b = binary.AppendUvarint(b, v)
	}
	return b
}

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func blob(t testing.TB, kind string, content []byte, packed bool) []byte {
	t.Helper()
	body := sized(1, content)
	if packed {
		var zipped bytes.Buffer
		w := zlib.NewWriter(&zipped)
		if _, err := w.Write(content); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		body = join(varint(2, uint64(len(content))), sized(3, zipped.Bytes()))
	}
	head := join(sized(1, []byte(kind)), varint(3, uint64(len(body))))
	return join(binary.BigEndian.AppendUint32(nil, uint32(len(head))), head, body)
}

func header(t testing.TB, features ...string) []byte {
	var content []byte
	for _, f := range features {
		content = append(content, sized(4, []byte(f))...)
	}
	return blob(t, "OSMHeader", content, false)
}

func table(words ...string) []byte {
	var table []byte
	for _, w := range append([]string{""}, words...) {
		table = append(table, sized(1, []byte(w))...)
	}
	return sized(1, table)
}

func nano(degrees float64) int64 { return int64(math.Round(degrees * 1e7)) }

// pbfFile holds what xmlFile does, but for what PBF cannot say, plain or packed.
func pbfFile(t testing.TB, packed bool) []byte {
	words := table("emergency", "siren", "name", "Rathaus & Schule", "phone") // 1 to 5
	dense := sized(2, join(
		sized(1, list(signed(1), signed(1), signed(-5))),
		sized(8, list(signed(nano(50.5432101)), signed(nano(50.6)-nano(50.5432101)), signed(nano(50.7)-nano(50.6)))),
		sized(9, list(signed(nano(7.1)), signed(nano(7.2)-nano(7.1)), signed(nano(7.3)-nano(7.2)))),
		sized(10, list(1, 2, 3, 4, 0, 1, 5, 0, 1, 2, 0)),
	))
	way := sized(3, join(varint(1, 6), sized(2, list(1)), sized(3, list(2)), sized(8, list(signed(1)))))
	relation := sized(4, join(varint(1, 7), sized(2, list(1)), sized(3, list(2))))
	node := sized(1, join(varint(1, signed(8)), sized(2, list(1)), sized(3, list(2)), varint(8, signed(nano(95))), varint(9, signed(nano(7.3)))))
	other := join(table("highway"), sized(2, sized(2, join(sized(1, list(signed(9))), sized(8, list(0)), sized(9, list(0))))))
	return join(
		header(t, "OsmSchema-V0.6", "DenseNodes"),
		blob(t, "OSMData", join(words, sized(2, dense), sized(2, way), sized(2, relation), sized(2, node)), packed),
		blob(t, "Unknown", []byte("whatever"), false),
		blob(t, "OSMData", other, packed),
	)
}

func TestPBF(t *testing.T) {
	want := elements()
	want[2].Located, want[2].Lat, want[2].Lon = false, 0, 0 // a way has no position of its own
	for name, packed := range map[string]bool{"plain": false, "packed": true} {
		t.Run(name, func(t *testing.T) {
			found := collect(t, ReadPBF, bytes.NewReader(pbfFile(t, packed)))
			near := cmp.Comparer(func(a, b float64) bool { return math.Abs(a-b) < 1e-8 })
			if diff := cmp.Diff(want, found, near); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Ways give their nodes, and nodes are found by their ids.
func TestNodesOfWays(t *testing.T) {
	query := Query{Tags: sirens.Tags, Nodes: map[int64]bool{2: true, 4: true}, Refs: true}
	for name, read := range map[string]func(func(Element) error) error{
		"XML": func(take func(Element) error) error { return ReadXML(strings.NewReader(xmlFile), query, take) },
		"PBF": func(take func(Element) error) error { return ReadPBF(bytes.NewReader(pbfFile(t, true)), query, take) },
	} {
		t.Run(name, func(t *testing.T) {
			ids, refs := map[int64]bool{}, []int64(nil)
			err := read(func(e Element) error {
				if e.Kind == Node {
					ids[e.ID] = true
				}
				if e.Kind == Way {
					refs = e.Refs
				}
				return nil
			})
			if err != nil || !ids[2] || !ids[1] || ids[9] {
				t.Errorf("nodes %v, %v", ids, err)
			}
			if diff := cmp.Diff([]int64{1}, refs); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestWhatIsNoPBF(t *testing.T) {
	good := pbfFile(t, true)
	start := header(t, "OsmSchema-V0.6")
	words := table("emergency", "siren")
	data := func(group []byte) []byte {
		return join(start, blob(t, "OSMData", join(words, sized(2, group)), false))
	}
	var bomb bytes.Buffer
	w := zlib.NewWriter(&bomb)
	if _, err := io.CopyN(w, zeros{}, maxBlob+10); err != nil {
		t.Fatal(err)
	}
	w.Close()
	bombed := sized(3, bomb.Bytes())
	for name, raw := range map[string][]byte{
		"nothing": nil, "text": []byte("lat,lon\n"), "cut off": good[:len(good)-3], "no header": good[len(header(t, "OsmSchema-V0.6", "DenseNodes")):],
		"history": header(t, "HistoricalInformation"), "a head too long": {0, 2, 0, 0}, "half a length": {0, 0},
		"a tag without its string": data(sized(1, join(varint(1, 2), sized(2, list(1, 9)), sized(3, list(2, 2))))),
		"ids without positions":    data(sized(2, sized(1, list(2, 2)))),
		"half a message":           data([]byte{0x0a, 0x7f}),
		"bzip2":                    join(start, head("OSMData", len(sized(5, []byte("BZh")))), sized(5, []byte("BZh"))),
		"a bomb":                   join(start, head("OSMData", len(bombed)), bombed),
		"no zlib":                  join(start, head("OSMData", len(sized(3, []byte("xx")))), sized(3, []byte("xx"))),
		"a block too large":        join(start, head("OSMData", maxBlob+1)),
	} {
		err := ReadPBF(bytes.NewReader(raw), sirens, func(Element) error { return nil })
		if fault, ok := errors.AsType[*Error](err); !ok || fault.Error() == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func head(kind string, size int) []byte {
	h := join(sized(1, []byte(kind)), varint(3, uint64(size)))
	return join(binary.BigEndian.AppendUint32(nil, uint32(len(h))), h)
}

// big gives a PBF of many blocks, as large as an extract of a Land, without ever
// holding it.
type big struct {
	blocks [][]byte
	left   int
	rest   []byte
	total  int64
}

func (b *big) Read(p []byte) (int, error) {
	if len(b.rest) == 0 {
		if b.left == 0 {
			return 0, io.EOF
		}
		b.rest = b.blocks[b.left%len(b.blocks)]
		b.left--
	}
	n := copy(p, b.rest)
	b.rest = b.rest[n:]
	b.total += int64(n)
	return n, nil
}

// A file of 300 MB is read within a few buffers' worth of memory.
func TestMemoryStaysBounded(t *testing.T) {
	nodes := func(tags ...uint64) []byte {
		var ids, lats, lons, all []uint64
		for i := range 8000 {
			ids, lats, lons = append(ids, signed(1)), append(lats, signed(int64(i*7919%1000003))), append(lons, signed(int64(i*104729%1000003)))
			if i == 4000 {
				all = append(all, tags...)
			}
			all = append(all, 0)
		}
		return sized(2, sized(2, join(sized(1, list(ids...)), sized(8, list(lats...)), sized(9, list(lons...)), sized(10, list(all...)))))
	}
	with := blob(t, "OSMData", join(table("emergency", "siren"), nodes(1, 2)), false)
	without := blob(t, "OSMData", join(table("highway", "bus_stop"), nodes(1, 2)), false)
	source := &big{blocks: [][]byte{with, without, without, without}, left: 300_000_000 / len(without)}
	runtime.GC()
	var before, during runtime.MemStats
	runtime.ReadMemStats(&before)
	found, highest := 0, uint64(0)
	err := ReadPBF(io.MultiReader(bytes.NewReader(header(t, "DenseNodes")), source), sirens, func(Element) error {
		if found++; found%100 == 0 {
			runtime.ReadMemStats(&during)
			highest = max(highest, during.HeapAlloc)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%d MB, %d sirens, heap up to %d KiB over %d KiB", source.total/1_000_000, found, highest>>10, before.HeapAlloc>>10)
	if source.total < 290_000_000 || found < 100 || highest > before.HeapAlloc+16<<20 {
		t.Errorf("%d bytes, %d sirens, heap of %d bytes", source.total, found, highest)
	}
}

func FuzzReadXML(f *testing.F) {
	f.Add([]byte(xmlFile))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_ = ReadXML(bytes.NewReader(raw), sirens, checkElement(t))
	})
}

func FuzzReadPBF(f *testing.F) {
	f.Add(pbfFile(f, false))
	f.Add(pbfFile(f, true))
	f.Fuzz(func(t *testing.T, raw []byte) {
		_ = ReadPBF(bytes.NewReader(raw), sirens, checkElement(t))
	})
}

func checkElement(t *testing.T) func(Element) error {
	return func(e Element) error {
		if e.Tags[sirens.Tags[0].Key] != sirens.Tags[0].Value || math.IsNaN(e.Lat) || math.Abs(e.Lat) > 90 || math.Abs(e.Lon) > 180 {
			t.Fatalf("%+v", e)
		}
		return nil
	}
}
