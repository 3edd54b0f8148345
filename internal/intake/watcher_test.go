// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/eventually"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// clerk answers commands over a real bus, as the core does.
type clerk struct {
	*testing.T
	mu      sync.Mutex
	desk    *desk
	offered int
	options WatcherOptions
}

func newClerk(t *testing.T) *clerk {
	t.Helper()
	driver, err := engine.Open(engine.Options{Dir: t.TempDir(), Name: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := driver.Close(); err != nil {
			t.Error(err)
		}
	})
	b, err := natsbus.Open(t.Context(), natsbus.Options{Conn: driver.Conn, JetStream: driver.JetStream})
	if err != nil {
		t.Fatal(err)
	}
	c := &clerk{T: t, desk: newDesk(), options: WatcherOptions{
		Bus: b, Every: 20 * time.Millisecond, Logger: slog.New(slog.NewTextHandler(io.Discard, nil)),
	}}
	stop, err := b.Serve(command.Subject, func(_ context.Context, data []byte) ([]byte, error) {
		var envelope command.Envelope
		if err := json.Unmarshal(data, &envelope); err != nil {
			return nil, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		c.offered++
		if _, err := c.desk.do(envelope.Name, envelope.By, envelope.Body); err != nil {
			return nil, err
		}
		return json.Marshal(command.Result{Seq: c.desk.seq})
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	return c
}

func (c *clerk) watch() {
	c.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- NewWatcher(c.options).Run(ctx) }()
	c.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			c.Error(err)
		}
	})
}

func (c *clerk) identifiers() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var names []string
	for _, state := range c.desk.All() {
		names = append(names, state.Identifier)
	}
	slices.Sort(names)
	return names
}

func (c *clerk) eventually(want ...string) {
	c.Helper()
	if !eventually.Is(func() bool { return slices.Equal(c.identifiers(), want) }) {
		c.Fatalf("the proposals are %v, want %v", c.identifiers(), want)
	}
}

func named(identifier string) []byte {
	return message{identifier: identifier, sent: first, info: germanInfo}.xml()
}

func zipped(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for name, content := range files {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(content); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFolder(t *testing.T) {
	c := newClerk(t)
	c.options.Folder = t.TempDir()
	put := func(name string, content []byte) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(c.options.Folder, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("one.xml", named("n-1"))
	put("notes.txt", named("n-9"))
	put("broken.xml", []byte("<alert"))
	c.watch()
	c.eventually("n-1")
	put("more.zip", zipped(t, map[string][]byte{"a.xml": named("n-2"), "b.xml": named("n-3"), "c.xml": []byte("no")}))
	c.eventually("n-1", "n-2", "n-3")
	put("one.xml", named("n-4"))
	c.eventually("n-1", "n-2", "n-3", "n-4")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.offered != 4 {
		t.Errorf("four messages were offered %d times", c.offered)
	}
}

// site is a web server that counts how it is asked.
type site struct {
	mu    sync.Mutex
	pages map[string][]byte
	full  map[string]int
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, ok := s.pages[r.URL.Path]
	if !ok {
		http.NotFound(w, r)
		return
	}
	etag := fmt.Sprintf(`"%d-%d"`, len(page), bytes.Count(page, []byte("<entry>")))
	w.Header().Set("ETag", etag)
	if r.Header.Get("If-None-Match") == etag {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	s.full[r.URL.Path]++
	_, _ = w.Write(page)
}

func (s *site) set(path string, page []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pages[path] = page
}

func TestFeed(t *testing.T) {
	c := newClerk(t)
	s := &site{pages: map[string][]byte{}, full: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	foreign := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a link to another host was followed")
	}))
	t.Cleanup(foreign.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	entry := func(link string) string { return `<entry><link rel="alternate" href="` + link + `"/></entry>` }
	feed := func(links ...string) []byte {
		page := `<feed xmlns="http://www.w3.org/2005/Atom">`
		for _, link := range links {
			page += entry(link)
		}
		return []byte(page + "</feed>")
	}
	s.set("/cap/1.xml", named("n-1"))
	s.set("/cap/2.xml", named("n-2"))
	s.set("/feed.atom", feed("cap/1.xml", foreign.URL+"/cap/x.xml"))
	c.options.Feeds = []string{server.URL + "/feed.atom"}
	c.watch()
	c.eventually("n-1")
	s.set("/feed.atom", feed("cap/1.xml", "/cap/2.xml", "/cap/missing.xml"))
	c.eventually("n-1", "n-2")
	s.set("/cap/missing.xml", named("n-3"))
	c.eventually("n-1", "n-2", "n-3")
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.full["/cap/1.xml"] != 1 {
		t.Errorf("a message that did not change was sent %d times", s.full["/cap/1.xml"])
	}
}

func TestFeedThatIsAContainer(t *testing.T) {
	c := newClerk(t)
	s := &site{pages: map[string][]byte{"/LATEST.zip": zipped(t, map[string][]byte{"a.xml": named("n-1"), "b.xml": named("n-2")})}, full: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	c.options.Feeds = []string{server.URL + "/LATEST.zip"}
	c.watch()
	c.eventually("n-1", "n-2")
}

func TestFeedThatCarriesItsMessages(t *testing.T) {
	c := newClerk(t)
	carried := func(names ...string) []byte {
		page := `<?xml version="1.0"?><?xml-stylesheet href="feed.xsl"?><feed xmlns="http://www.w3.org/2005/Atom"><title>A&nbsp;feed</title>`
		for _, name := range names {
			page += "<entry><content>" + string(named(name)) + "</content></entry>"
		}
		return []byte(page + "</feed>")
	}
	s := &site{pages: map[string][]byte{"/feed.atom": carried("n-1")}, full: map[string]int{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	t.Cleanup(http.DefaultTransport.(*http.Transport).CloseIdleConnections)
	c.options.Feeds = []string{server.URL + "/feed.atom"}
	c.watch()
	c.eventually("n-1")
	s.set("/feed.atom", carried("n-1", "n-2"))
	c.eventually("n-1", "n-2")
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.offered != 2 {
		t.Errorf("two messages were offered %d times", c.offered)
	}
}

func TestFollowed(t *testing.T) {
	const feed = "https://feed.example/in/feed.atom"
	for link, want := range map[string]string{
		"https://feed.example/a.xml?b#c": "https://feed.example/a.xml?b", "http://feed.example/a": "", "https://other.example/a": "",
		"https://feed.example:8443/a": "", "/a": "", "file:///etc/passwd": "", "https://feed.example@other.example/": "", "%zz": "",
	} {
		if got, ok := followed(feed, link); got != want || ok != (want != "") {
			t.Errorf("%s is followed to %q, want %q", link, got, want)
		}
	}
}
