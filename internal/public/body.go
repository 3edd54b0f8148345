// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/andybalholm/brotli"
)

// Cache-Control of the two kinds of bodies. An index is asked for again after
// five seconds, and may stand in for a day while this server cannot be reached
// (RFC 5861); a message never changes.
const (
	cacheIndex   = "public, max-age=5, s-maxage=5, stale-while-revalidate=30, stale-if-error=86400"
	cacheForever = "public, max-age=31536000, immutable"
	cacheNever   = "no-store"
)

// The content codings that bodies are kept in.
const (
	codingIdentity = ""
	codingGzip     = "gzip"
	codingBrotli   = "br"
)

// body is one resource as it is served: rendered once, compressed at most once
// for each coding, the same for everyone who asks.
type body struct {
	contentType string
	cache       string
	modified    time.Time
	digest      string
	plain       []byte
	gzip        func() []byte
	brotli      func() []byte
}

func newBody(contentType, cache string, modified time.Time, plain []byte) *body {
	sum := sha256.Sum256(plain)
	return &body{
		contentType: contentType, cache: cache, modified: modified.UTC().Truncate(time.Second), plain: plain,
		digest: base64.RawURLEncoding.EncodeToString(sum[:12]),
		gzip: sync.OnceValue(func() []byte {
			return compressed(plain, func(b *bytes.Buffer) compressor {
				w, _ := gzip.NewWriterLevel(b, gzip.BestCompression) // the level is valid
				return w
			})
		}),
		brotli: sync.OnceValue(func() []byte {
			return compressed(plain, func(b *bytes.Buffer) compressor { return brotli.NewWriterLevel(b, 7) })
		}),
	}
}

type compressor interface {
	Write([]byte) (int, error)
	Close() error
}

// compressed gives nil where compression does not help.
func compressed(plain []byte, open func(*bytes.Buffer) compressor) []byte {
	var b bytes.Buffer
	w := open(&b)
	// Writing to a buffer does not fail.
	_, _ = w.Write(plain)
	_ = w.Close()
	if b.Len() >= len(plain) {
		return nil
	}
	return b.Bytes()
}

// kept is the older body if it holds the same bytes, so that its compressed
// forms and its time of change stay.
func (b *body) kept(older *body) *body {
	if older != nil && older.digest == b.digest && older.contentType == b.contentType && older.cache == b.cache {
		return older
	}
	return b
}

// in gives the bytes for the codings that the reader accepts, the coding that
// they are in, and their strong entity tag, which is its own for each coding.
func (b *body) in(accept string) (content []byte, coding, etag string) {
	content, coding = b.plain, acceptedCoding(accept)
	switch coding {
	case codingBrotli:
		content = b.brotli()
	case codingGzip:
		content = b.gzip()
	}
	if content == nil {
		content, coding = b.plain, codingIdentity
	}
	suffix := coding
	if suffix != codingIdentity {
		suffix = "-" + suffix
	}
	return content, coding, `"` + b.digest + suffix + `"`
}

// serve answers a GET or HEAD with the body, or says that the reader has it.
func (b *body) serve(w http.ResponseWriter, r *http.Request) {
	content, coding, etag := b.in(r.Header.Get("Accept-Encoding"))
	header := w.Header()
	header.Set("Cache-Control", b.cache)
	header.Set("ETag", etag)
	header.Set("Last-Modified", b.modified.Format(http.TimeFormat))
	header.Add("Vary", "Accept-Encoding")
	if b.unchanged(r, etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Type", b.contentType)
	header.Set("Content-Length", strconv.Itoa(len(content)))
	if coding != codingIdentity {
		header.Set("Content-Encoding", coding)
	}
	if r.Method == http.MethodHead {
		return
	}
	// A reader who left is no fault of ours.
	_, _ = w.Write(content)
}

// unchanged evaluates the preconditions of a GET (RFC 9110, section 13.2.2).
func (b *body) unchanged(r *http.Request, etag string) bool {
	if tags := r.Header.Values("If-None-Match"); len(tags) > 0 {
		return tagMatches(strings.Join(tags, ","), etag)
	}
	since, err := http.ParseTime(r.Header.Get("If-Modified-Since"))
	return err == nil && !b.modified.After(since)
}

// tagMatches compares an If-None-Match list weakly (RFC 9110, section 13.1.2).
// Our tags hold no commas, so that the list may be cut at every one.
func tagMatches(list, etag string) bool {
	for tag := range strings.SplitSeq(list, ",") {
		tag = strings.TrimSpace(tag)
		if tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// acceptedCoding picks the smallest form that an Accept-Encoding header (RFC
// 9110, section 12.5.3) allows. Without the header, and for what is not one,
// bodies go out as they are.
func acceptedCoding(header string) string {
	allowed := map[string]bool{}
	for part := range strings.SplitSeq(header, ",") {
		name, parameters, _ := strings.Cut(part, ";")
		name = strings.ToLower(strings.TrimSpace(name))
		if name == "" {
			continue
		}
		allowed[name] = !weightIsZero(parameters)
	}
	for _, coding := range []string{codingBrotli, codingGzip} {
		yes, named := allowed[coding]
		if yes || !named && allowed["*"] {
			return coding
		}
	}
	return codingIdentity
}

func weightIsZero(parameters string) bool {
	name, value, ok := strings.Cut(strings.TrimSpace(parameters), "=")
	if !ok || !strings.EqualFold(strings.TrimSpace(name), "q") {
		return false
	}
	weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return err == nil && weight <= 0
}
