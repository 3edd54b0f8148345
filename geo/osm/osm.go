// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package osm finds the elements with some tags in files of OpenStreetMap, XML and
// PBF, of any size: files are read as they come, and memory stays bounded
// whatever they hold.
//
// Data of OpenStreetMap are © OpenStreetMap contributors, under the Open Database
// License 1.0, which has to be said wherever they are shown.
package osm

import (
	"bufio"
	"encoding/xml"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Kind is one of the three kinds of elements.
type Kind string

// The kinds.
const (
	Node     Kind = "node"
	Way      Kind = "way"
	Relation Kind = "relation"
)

// Tag is one key with its value.
type Tag struct{ Key, Value string }

// Query says which elements are looked for: those with one of the tags, and the
// nodes with one of the ids.
type Query struct {
	Tags  []Tag
	Nodes map[int64]bool
	// Refs asks for the nodes of ways.
	Refs bool
}

func (q Query) tagged(tags map[string]string) bool {
	return slices.ContainsFunc(q.Tags, func(t Tag) bool { return tags[t.Key] == t.Value && t.Key != "" })
}

// Element is a node, way or relation that was looked for.
type Element struct {
	Kind Kind
	ID   int64
	// Lat and Lon are in degrees on WGS 84. Ways and relations have them only
	// where the file tells their centre, as extracts of Overpass do; else Located
	// is false.
	Lat, Lon float64
	Located  bool
	Tags     map[string]string
	// Refs are the nodes of a way, in their order, where the query asks for them.
	Refs []int64
}

// Error says where a file cannot be read, and why.
type Error struct {
	Offset int64 // in bytes, of what was being read
	Reason string
}

// Error implements error.
func (e *Error) Error() string {
	return fmt.Sprintf("OpenStreetMap file, about byte %d: %s", e.Offset, e.Reason)
}

// The limits of what one element may be, far beyond any real one.
const (
	maxTags     = 1000
	maxRefs     = 2000 // the limit of OpenStreetMap itself
	maxDepth    = 16
	maxTokenXML = 1 << 20 // bytes
)

// locate sets the position if it is one.
func (e *Element) locate(lat, lon float64) {
	if e.Located = lat >= -90 && lat <= 90 && lon >= -180 && lon <= 180; e.Located {
		e.Lat, e.Lon = lat, lon
	}
}

// window fails when one token takes too many bytes, since the XML reader keeps
// whole tokens.
type window struct {
	in    io.Reader
	since int
}

func (w *window) Read(p []byte) (int, error) {
	if w.since > maxTokenXML {
		return 0, fmt.Errorf("one piece of it is over %d bytes long", maxTokenXML)
	}
	n, err := w.in.Read(p[:min(len(p), 64<<10)])
	w.since += n
	return n, err
}

// ReadXML gives every element that is looked for to take, in the order of the file
// (OSM XML 0.6). An error of take ends the reading and is returned. Other errors
// are *Error or those of reading.
func ReadXML(in io.Reader, want Query, take func(Element) error) error {
	source := &window{in: in}
	decoder := xml.NewDecoder(source)
	decoder.CharsetReader = func(charset string, input io.Reader) (io.Reader, error) {
		return nil, fmt.Errorf("it is written in %q; UTF-8 is expected", charset)
	}
	var path []string
	var current *Element
	for {
		source.since = 0
		token, err := decoder.RawToken()
		if err == io.EOF && len(path) == 0 && decoder.InputOffset() > 0 {
			return nil
		}
		if err == io.EOF {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return &Error{decoder.InputOffset(), err.Error()}
		}
		switch t := token.(type) {
		case xml.StartElement:
			path = append(path, t.Name.Local)
			if len(path) == 1 && t.Name.Local != "osm" {
				return &Error{decoder.InputOffset(), fmt.Sprintf("it begins with <%.40s>, not with <osm>", t.Name.Local)}
			}
			if len(path) > maxDepth {
				return &Error{decoder.InputOffset(), "its elements are nested too deeply"}
			}
			current = begin(current, path, t.Attr, want.Refs)
		case xml.EndElement:
			if len(path) == 0 || path[len(path)-1] != t.Name.Local {
				return &Error{decoder.InputOffset(), fmt.Sprintf("</%.40s> closes what is not open", t.Name.Local)}
			}
			path = path[:len(path)-1]
			if len(path) != 1 || current == nil {
				continue
			}
			if want.tagged(current.Tags) || current.Kind == Node && want.Nodes[current.ID] {
				if err := take(*current); err != nil {
					return err
				}
			}
			current = nil
		}
	}
}

// begin takes what an opening tag says; it gives the element that is open then.
func begin(current *Element, path []string, attributes []xml.Attr, refs bool) *Element {
	value := func(name string) string {
		i := slices.IndexFunc(attributes, func(a xml.Attr) bool { return a.Name.Local == name })
		if i < 0 {
			return ""
		}
		return attributes[i].Value
	}
	position := func(e *Element) {
		lat, latErr := strconv.ParseFloat(value("lat"), 64)
		lon, lonErr := strconv.ParseFloat(value("lon"), 64)
		if latErr == nil && lonErr == nil {
			e.locate(lat, lon)
		}
	}
	name := path[len(path)-1]
	switch {
	case len(path) == 2 && (name == string(Node) || name == string(Way) || name == string(Relation)):
		id, err := strconv.ParseInt(value("id"), 10, 64)
		if err != nil || value("visible") == "false" {
			return nil
		}
		e := &Element{Kind: Kind(name), ID: id}
		position(e)
		return e
	case len(path) == 3 && current != nil && name == "tag" && len(current.Tags) < maxTags:
		if current.Tags == nil {
			current.Tags = map[string]string{}
		}
		current.Tags[value("k")] = value("v")
	case len(path) == 3 && current != nil && name == "nd" && refs && len(current.Refs) < maxRefs:
		if ref, err := strconv.ParseInt(value("ref"), 10, 64); err == nil {
			current.Refs = append(current.Refs, ref)
		}
	case len(path) == 3 && current != nil && name == "center":
		position(current)
	}
	return current
}

// WriteXML writes elements as a file of OpenStreetMap; centres of ways and
// relations as extracts of Overpass have them.
func WriteXML(w io.Writer, elements []Element) error {
	out := bufio.NewWriter(w)
	fmt.Fprintln(out, `<?xml version="1.0" encoding="UTF-8"?>`)
	fmt.Fprintln(out, `<osm version="0.6" generator="tocsin">`)
	for _, e := range elements {
		at := ""
		if e.Located {
			at = fmt.Sprintf(` lat="%s" lon="%s"`, strconv.FormatFloat(e.Lat, 'f', -1, 64), strconv.FormatFloat(e.Lon, 'f', -1, 64))
		}
		if e.Kind == Node {
			fmt.Fprintf(out, "<%s id=\"%d\"%s>\n", e.Kind, e.ID, at)
		} else {
			fmt.Fprintf(out, "<%s id=\"%d\">\n", e.Kind, e.ID)
			if at != "" {
				fmt.Fprintf(out, "<center%s/>\n", at)
			}
		}
		for _, key := range slices.Sorted(maps.Keys(e.Tags)) {
			fmt.Fprintf(out, "<tag k=\"%s\" v=\"%s\"/>\n", escaped(key), escaped(e.Tags[key]))
		}
		fmt.Fprintf(out, "</%s>\n", e.Kind)
	}
	fmt.Fprintln(out, "</osm>")
	return out.Flush()
}

func escaped(s string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}
