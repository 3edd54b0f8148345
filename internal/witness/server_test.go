// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/tlog"
)

// endless is a body that never ends, and counts what was read of it.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	e.read += len(p)
	if e.read > 16<<20 {
		return 0, errors.New("the server reads on and on")
	}
	return copy(p, bytes.Repeat([]byte("x"), len(p))), nil
}

func TestServerAnswersAsSpecified(t *testing.T) {
	l := newLog(t, origin).grow(20, "entry")
	fork, stranger := newLog(t, origin).grow(20, "other"), newLog(t, "stranger").grow(3, "entry")
	w := open(t, create(t, "witness.example/1"), l)
	server := httptest.NewServer(w.Handler())
	defer server.Close()
	unsigned := bytes.Replace(l.checkpoint(20), []byte("— "+origin), []byte("— another"), 1)
	for _, test := range []struct {
		name, method, path string
		body               io.Reader
		status             int
		kind, answer       string
	}{
		{"the first", "POST", path, bytes.NewReader(l.request(0, 10).encode()), 200, "text/plain; charset=utf-8", "— witness.example/1 "},
		{"the next", "POST", path, bytes.NewReader(l.request(10, 20).encode()), 200, "text/plain; charset=utf-8", "— witness.example/1 "},
		{"an old size that is none", "POST", path, bytes.NewReader(l.request(10, 20).encode()), 409, typeSize, "20\n"},
		{"another root", "POST", path, bytes.NewReader(request{20, nil, fork.checkpoint(20)}.encode()), 409, "text/plain; charset=utf-8", "another root"},
		{"a log that is unknown", "POST", path, bytes.NewReader(stranger.request(0, 3).encode()), 404, "text/plain; charset=utf-8", ""},
		{"no signature", "POST", path, bytes.NewReader(request{20, nil, unsigned}.encode()), 403, "text/plain; charset=utf-8", ""},
		{"an old size that is newer", "POST", path, bytes.NewReader(request{21, nil, l.checkpoint(20)}.encode()), 400, "text/plain; charset=utf-8", ""},
		{"a proof of nothing", "POST", path, bytes.NewReader(request{20, make(merkle.TreeProof, 1), l.checkpoint(20)}.encode()), 422, "text/plain; charset=utf-8", ""},
		{"64 hashes", "POST", path, bytes.NewReader(request{20, make(merkle.TreeProof, 64), l.checkpoint(20)}.encode()), 400, "text/plain; charset=utf-8", ""},
		{"no request", "POST", path, strings.NewReader("old\n\n"), 400, "text/plain; charset=utf-8", ""},
		{"nothing", "POST", path, strings.NewReader(""), 400, "text/plain; charset=utf-8", ""},
		{"a body without end", "POST", path, &endless{}, 413, "text/plain; charset=utf-8", ""},
		{"another method", "GET", path, nil, 405, "text/plain; charset=utf-8", ""},
		{"another path", "POST", "/", nil, 404, "text/plain; charset=utf-8", ""},
	} {
		post, err := http.NewRequest(test.method, server.URL+test.path, test.body)
		if err != nil {
			t.Fatal(err)
		}
		answer, err := http.DefaultClient.Do(post)
		if err != nil {
			if _, huge := test.body.(*endless); huge {
				continue // the server hung up while we were still sending
			}
			t.Fatalf("%s: %v", test.name, err)
		}
		body, _ := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode != test.status || answer.Header.Get("Content-Type") != test.kind || !strings.HasPrefix(string(body), test.answer) {
			t.Errorf("%s: %d %s %q, want %d %s %q", test.name, answer.StatusCode, answer.Header.Get("Content-Type"), body, test.status, test.kind, test.answer)
		}
	}
	huge := &endless{}
	recorder := httptest.NewRecorder()
	w.Handler().ServeHTTP(recorder, httptest.NewRequest("POST", path, huge))
	if recorder.Code != http.StatusRequestEntityTooLarge || huge.read > 4*maxBody {
		t.Errorf("of an endless body it reads %d bytes and answers %d", huge.read, recorder.Code)
	}
}

// served runs a witness at an address of its own.
func served(t *testing.T, w *Witness) Peer {
	t.Helper()
	server := httptest.NewServer(w.Handler())
	t.Cleanup(server.Close)
	return Peer{URL: server.URL + "/", Key: w.Keys()[0]}
}

func TestClientAsksAll(t *testing.T) {
	l := newLog(t, origin).grow(40, "entry")
	one, two := open(t, create(t, "witness.example/1"), l), open(t, create(t, "witness.example/2"), l)
	// The second has been asked before, by another client.
	if _, err := two.add(l.request(0, 5)); err != nil {
		t.Fatal(err)
	}
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	liar := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(w, "— witness.example/1 AAAA\n")
	}))
	defer liar.Close()
	peers := []Peer{served(t, one), {"http://" + silent.Addr().String(), one.Keys()[0]}, {liar.URL, one.Keys()[0]}, served(t, two)}
	client, err := NewClient(peers, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	keys := append(verifiers(t, one), verifiers(t, two)...)
	for _, size := range []int64{7, 7, 40} {
		// The test ends the round when both have answered: the silent one holds
		// up nobody's answer.
		ctx, cancel := context.WithCancel(context.Background())
		checkpoint := l.checkpoint(size)
		answers := 0
		client.Collect(ctx, checkpoint, func(from int64) ([]merkle.Hash, error) { return l.consistency(from, size), nil }, func(lines []byte) {
			checkpoint = append(checkpoint, lines...)
			if answers++; answers == 2 {
				cancel()
			}
		})
		cancel()
		var names []string
		for _, c := range tlog.Cosignatures(checkpoint, keys...) {
			names = append(names, c.Name)
		}
		want := []string{"witness.example/1", "witness.example/1", "witness.example/2", "witness.example/2"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Errorf("of %d entries: %s", size, diff)
		}
	}
}

func TestClientDoesNotHideALargerTree(t *testing.T) {
	l := newLog(t, origin).grow(9, "entry")
	w := open(t, create(t, "witness.example/1"), l)
	if _, err := w.add(l.request(0, 9)); err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	client, err := NewClient([]Peer{served(t, w)}, slog.New(slog.NewTextHandler(&said, nil)))
	if err != nil {
		t.Fatal(err)
	}
	ask := func(size int64) (answers int) {
		client.Collect(context.Background(), l.checkpoint(size), func(from int64) ([]merkle.Hash, error) { return l.consistency(from, size), nil }, func([]byte) { answers++ })
		return answers
	}
	if ask(4) != 0 || !strings.Contains(said.String(), "a tree of 9 entries, this one has 4") {
		t.Errorf("after a roll back: %s", said.String())
	}
	if ask(4) != 0 || strings.Count(said.String(), "level=WARN") != 1 {
		t.Errorf("it says more than once: %s", said.String())
	}
	if ask(9) != 1 || !strings.Contains(said.String(), "cosigns again") {
		t.Errorf("after it came back: %s", said.String())
	}
}

func TestClientRefusesKeys(t *testing.T) {
	if _, err := NewClient([]Peer{{"http://witness.example", "nothing"}}, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "witness.example") {
		t.Errorf("error %v", err)
	}
}
