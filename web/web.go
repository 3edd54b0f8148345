// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package web holds the pages' scripts, styles and fonts as tools/webbuild
// bundled them, and serves them under names that never change their content.
package web

import (
	"bytes"
	"compress/gzip"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"sync"

	"github.com/andybalholm/brotli"
)

// Prefix is the path under which Handler serves.
const Prefix = "/assets/"

//go:embed dist
var embedded embed.FS

// Dist holds the bundles and manifest.json.
var Dist = mustSub(embedded, "dist")

// manifest maps an entry point's plain name to the name of its bundle. It and
// the bundles are part of the program: a fault in them stops it at its start.
var manifest = mustManifest(Dist)

func mustSub(from fs.FS, dir string) fs.FS {
	sub, err := fs.Sub(from, dir)
	if err != nil {
		panic("web: " + err.Error())
	}
	return sub
}

func mustManifest(dist fs.FS) map[string]string {
	content, err := fs.ReadFile(dist, "manifest.json")
	if err != nil {
		panic("web: " + err.Error())
	}
	names := map[string]string{}
	if err := json.Unmarshal(content, &names); err != nil {
		panic("web: read manifest.json: " + err.Error())
	}
	return names
}

// Asset is the address of an entry point's bundle: Asset("console.js"). It
// panics for a name that the manifest lacks, which is a defect of the caller.
func Asset(name string) string { return Prefix + bundle(name) }

// Content is an entry point's bundle itself, for a page that holds its script. It
// panics as Asset does.
func Content(name string) []byte {
	content, err := fs.ReadFile(Dist, bundle(name))
	if err != nil {
		panic("web: " + err.Error())
	}
	return content
}

func bundle(name string) string {
	bundle, ok := manifest[name]
	if !ok {
		panic(fmt.Sprintf("web: no bundle for %q in manifest.json", name))
	}
	return bundle
}

// Handler serves the bundles under Prefix. Their names carry a hash, so that a
// browser may keep them for ever.
func Handler() http.Handler {
	files := map[string]*file{}
	entries, err := fs.ReadDir(Dist, ".")
	if err != nil {
		panic("web: " + err.Error())
	}
	for _, entry := range entries {
		content, err := fs.ReadFile(Dist, entry.Name())
		if err != nil {
			panic("web: " + err.Error())
		}
		files[entry.Name()] = newFile(entry.Name(), content)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f, ok := files[strings.TrimPrefix(r.URL.Path, Prefix)]
		if !ok {
			http.NotFound(w, r)
			return
		}
		f.serve(w, r)
	})
}

// file is one bundle. Compressed forms are made when first asked for, and kept.
type file struct {
	name, mediaType string
	content         []byte
	brotli, gzip    func() []byte
}

func newFile(name string, content []byte) *file {
	f := &file{name: name, content: content, mediaType: mediaType(name)}
	f.brotli = sync.OnceValue(func() []byte {
		var out bytes.Buffer
		w := brotli.NewWriterLevel(&out, 9)
		// Writing to a buffer does not fail.
		_, _ = w.Write(content)
		_ = w.Close()
		return out.Bytes()
	})
	f.gzip = sync.OnceValue(func() []byte {
		var out bytes.Buffer
		w, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
		_, _ = w.Write(content)
		_ = w.Close()
		return out.Bytes()
	})
	return f
}

func mediaType(name string) string {
	switch path.Ext(name) {
	case ".js", ".mjs":
		return "text/javascript; charset=utf-8"
	case ".woff2":
		return "font/woff2"
	case ".map":
		return "application/json"
	}
	return mime.TypeByExtension(path.Ext(name))
}

func (f *file) serve(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", f.mediaType)
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "public, max-age=31536000, immutable")
	header.Set("Vary", "Accept-Encoding")
	body := f.content
	switch accepted := r.Header.Get("Accept-Encoding"); {
	case path.Ext(f.name) == ".woff2": // compressed already
	case strings.Contains(accepted, "br"):
		header.Set("Content-Encoding", "br")
		body = f.brotli()
	case strings.Contains(accepted, "gzip"):
		header.Set("Content-Encoding", "gzip")
		body = f.gzip()
	}
	header.Set("Content-Length", fmt.Sprint(len(body)))
	if r.Method == http.MethodHead {
		return
	}
	// A reader who left is no fault of ours.
	_, _ = w.Write(body)
}
