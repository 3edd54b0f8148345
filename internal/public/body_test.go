// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/andybalholm/brotli"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestAcceptedCoding(t *testing.T) {
	for header, want := range map[string]string{
		"": "", "gzip": "gzip", "br": "br", "gzip, deflate, br, zstd": "br", "GZIP": "gzip", "gzip;q=0.5, br;q=0": "gzip",
		"*": "br", "*;q=0": "", "br;q=0, *": "gzip", "gzip; q=0.000": "", "identity": "", "x-gzip": "", "gzip;q=abc": "gzip", ",,;": "",
	} {
		if got := acceptedCoding(header); got != want {
			t.Errorf("Accept-Encoding %q: %q, want %q", header, got, want)
		}
	}
}

func decoded(t *testing.T, response *http.Response) string {
	t.Helper()
	reader := io.Reader(response.Body)
	switch response.Header.Get("Content-Encoding") {
	case "gzip":
		unzipped, err := gzip.NewReader(reader)
		if err != nil {
			t.Fatal(err)
		}
		reader = unzipped
	case "br":
		reader = brotli.NewReader(reader)
	}
	raw, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

func TestEveryCodingIsTheSameBodyUnderItsOwnTag(t *testing.T) {
	s := newStation(t)
	m := s.alert("w1", flood)
	for _, path := range []string{"/de/", "/feed.atom", "/warnings.json", "/cap/" + m.Identifier + ".xml", "/warnings/w1", "/map.svg"} {
		plain := s.page(path)
		tags := map[string]bool{}
		for _, coding := range []string{"", "gzip", "br"} {
			response := s.get(path, "Accept-Encoding", coding)
			if got := response.Header.Get("Content-Encoding"); got != coding {
				t.Errorf("%s: asked for %q, got %q", path, coding, got)
			}
			if decoded(t, response) != plain {
				t.Errorf("%s differs in %q", path, coding)
			}
			tag := response.Header.Get("ETag")
			if tags[tag] || strings.HasPrefix(tag, "W/") || len(tag) < 10 {
				t.Errorf("%s in %q: the entity tag %s is weak or that of another coding", path, coding, tag)
			}
			tags[tag] = true
			again := s.get(path, "Accept-Encoding", coding, "If-None-Match", tag)
			if again.StatusCode != http.StatusNotModified || again.Header.Get("ETag") != tag || again.Header.Get("Cache-Control") == "" || text(t, again) != "" {
				t.Errorf("%s in %q: %s for the same tag", path, coding, again.Status)
			}
			other := s.get(path, "Accept-Encoding", coding, "If-None-Match", `"other"`)
			if other.StatusCode != http.StatusOK {
				t.Errorf("%s in %q: %s for another tag", path, coding, other.Status)
			}
		}
	}
}

func TestUnchanged(t *testing.T) {
	modified := time.Date(2026, 11, 25, 10, 0, 0, 0, time.UTC)
	b := newBody("text/plain", cacheIndex, modified, []byte("x"))
	_, _, tag := b.in("")
	for _, test := range []struct {
		name, header, value string
		want                bool
	}{
		{"the tag", "If-None-Match", tag, true},
		{"the tag made weak by a proxy", "If-None-Match", "W/" + tag, true},
		{"one of several", "If-None-Match", `"a", ` + tag, true},
		{"any", "If-None-Match", "*", true},
		{"another tag", "If-None-Match", `"a"`, false},
		{"no tag at all", "If-None-Match", "", false},
		{"seen since", "If-Modified-Since", modified.Format(http.TimeFormat), true},
		{"seen before", "If-Modified-Since", modified.Add(-time.Second).Format(http.TimeFormat), false},
		{"no date", "If-Modified-Since", "yesterday", false},
	} {
		request := httptest.NewRequest(http.MethodGet, "/", nil)
		request.Header.Set(test.header, test.value)
		if got := b.unchanged(request, tag); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

func TestIndexKeepsItsBodyWhileOnlyTimePasses(t *testing.T) {
	s := newStation(t)
	s.alert("w1", flood)
	feed, page := s.get("/feed.atom").Header.Get("ETag"), s.get("/de/").Header.Get("ETag")
	s.at(start.Add(61 * time.Second))
	if got := s.get("/feed.atom").Header.Get("ETag"); got != feed {
		t.Errorf("the feed's tag changed from %s to %s although nothing happened", feed, got)
	}
	if s.get("/de/").Header.Get("ETag") == page {
		t.Error("the page does not show its new age")
	}
	within(t, s.page("/de/"), "11:05 Uhr")
}

func FuzzAcceptedCoding(f *testing.F) {
	for _, seed := range []string{"", "gzip, br;q=0.9", "*;q=0", ";;;", "gzip;q=;q=1,br"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, header string) {
		coding := acceptedCoding(header)
		if coding != "" && !strings.Contains(strings.ToLower(header), coding) && !strings.Contains(header, "*") {
			t.Errorf("Accept-Encoding %q gives %q", header, coding)
		}
	})
}

func FuzzTagMatches(f *testing.F) {
	f.Add(`"a", W/"b"`, `"b"`)
	f.Add("*", `"b"`)
	f.Add(`",",`, `","`)
	f.Fuzz(func(t *testing.T, list, tag string) {
		if strings.TrimSpace(tag) != tag || strings.Contains(tag, ",") || !strings.HasPrefix(tag, `"`) {
			return
		}
		if !tagMatches(list+", "+tag, tag) || !tagMatches("W/"+tag+","+list, tag) {
			t.Errorf("%q does not match in %q", tag, list)
		}
	})
}

func FuzzRequests(f *testing.F) {
	for _, path := range []string{"/", "/de/?q=Potsdam", "/feed/12054.atom", "/cap/a.xml", "/warnings/w1", "/warnings/%2e%2e/x", "/de/?q=%ff%00"} {
		f.Add(path, "de, en;q=0.5")
	}
	s := newStation(f)
	s.alert("w1", flood)
	f.Fuzz(func(t *testing.T, path, language string) {
		request, err := http.NewRequest(http.MethodGet, "http://warnung.example/"+strings.TrimPrefix(path, "/"), nil)
		if err != nil || strings.Contains(request.URL.Path, "events") {
			return
		}
		request.Header.Set("Accept-Language", language)
		recorder := httptest.NewRecorder()
		s.Handler().ServeHTTP(recorder, request)
		if recorder.Code >= 500 {
			t.Errorf("GET %q: %d", path, recorder.Code)
		}
		if bytes.Contains(recorder.Body.Bytes(), []byte("<script>")) {
			t.Errorf("GET %q: what was typed is taken as a script", path)
		}
	})
}

func BenchmarkFeed(b *testing.B) {
	s := newStation(b)
	for i := range 30 {
		s.alert(fmt.Sprint("w", i), flood)
	}
	server := s.Handler()
	_, _, tag := s.edition.Load().index["/feed.atom"].in("gzip")
	for name, header := range map[string]string{"304": tag, "200-gzip": `"older"`} {
		b.Run(name, func(b *testing.B) {
			request := httptest.NewRequest(http.MethodGet, "/feed.atom", nil)
			request.Header.Set("Accept-Encoding", "gzip")
			request.Header.Set("If-None-Match", header)
			b.ReportAllocs()
			for b.Loop() {
				recorder := httptest.NewRecorder()
				server.ServeHTTP(recorder, request)
			}
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	s := newStation(b)
	for i := range 30 {
		s.alert(fmt.Sprint("w", i), flood)
	}
	for i := 0; b.Loop(); i++ {
		s.page(fmt.Sprint("/de/?q=Potsdam+", i)) // each one new
	}
}

// BenchmarkPublish is the time from a record in the journal to pages that show it,
// with thirty warnings in force and a long history.
func BenchmarkPublish(b *testing.B) {
	s := newStation(b)
	for i := range 1000 {
		s.append(journal.NewEvent(warning.EventReleased, warning.Released{
			Warning: fmt.Sprint("old", i), Message: s.compose(fmt.Sprint("old", i), warning.KindAlert, 1, flood),
		}))
	}
	s.at(start.Add(100 * 24 * time.Hour))
	for i := range 30 {
		s.alert(fmt.Sprint("w", i), flood)
	}
	for b.Loop() {
		s.news++ // so that everything is rendered
		s.publish(s.ledger.Applied())
	}
}
