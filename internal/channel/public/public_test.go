// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	_ "time/tzdata"

	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/channel/channeltest"
	channel "github.com/tocsin-alert/tocsin/internal/channel/public"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/public"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var gazetteer = sync.OnceValue(func() *geo.Gazetteer {
	regions, places, err := germany.Load()
	if err != nil {
		panic(err)
	}
	return geo.NewGazetteer(regions, places)
})

// site is the real public role behind a server on which single targets can be cut off.
type site struct {
	*httptest.Server
	journal *memory.Journal
	client  *http.Client
	cut     sync.Map // path prefix -> true
	forge   atomic.Bool
	count   atomic.Int64
	t       *testing.T
}

var prefixes = map[string]string{channel.TargetPage: "/warnings/", channel.TargetFeed: "/feed.atom"}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{journal: memory.New(), client: &http.Client{}, t: t}
	var role *public.Role
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		cut := false
		s.cut.Range(func(prefix, _ any) bool {
			cut = strings.HasPrefix(r.URL.Path, prefix.(string))
			return !cut
		})
		switch {
		case cut:
			panic(http.ErrAbortHandler)
		case s.forge.Load() && strings.HasPrefix(r.URL.Path, "/cap/"):
			fmt.Fprint(w, "<alert/>")
		default:
			role.Handler().ServeHTTP(w, r)
		}
	}))
	role = public.New(public.Options{
		Authority: authority.Authority{ID: "de-bb", Name: "Land Brandenburg", Sender: "test@example.org", Territory: []geo.ARS{"12"}}.WithDefaults(),
		Journal:   s.journal, Gazetteer: gazetteer(), BaseURL: s.URL, Log: slog.New(slog.DiscardHandler),
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- role.Run(ctx, func() {}) }()
	t.Cleanup(func() {
		s.client.CloseIdleConnections()
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("public role: %v", err)
		}
		s.Close()
	})
	return s
}

func (s *site) channel() dispatch.Channel {
	return channel.New(channel.Options{BaseURL: s.URL + "/", Client: s.client, Pause: 5 * time.Millisecond})
}

// message makes a message; release also journals it, which is all it takes to publish.
func (s *site) message() (string, *warning.Message) {
	s.t.Helper()
	n := s.count.Add(1)
	now := time.Now().UTC().Truncate(time.Second)
	id := fmt.Sprintf("w%d", n)
	m := warning.Message{
		Number: 1, Kind: warning.KindAlert, Identifier: fmt.Sprintf("2.49.0.0.276.12.%d", n), Sent: now,
		Content: warning.Content{Event: "BBK-EVC-038", Level: warning.LevelDanger, Area: geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}}, Expires: now.Add(time.Hour)},
	}
	raw, err := cap.Write(&cap.Alert{
		Identifier: m.Identifier, Sender: "test@example.org", Sent: cap.NewTime(now), Status: cap.StatusActual, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
		Info: []cap.Info{{
			Language: "de", Category: []cap.Category{cap.CategoryGeo}, Event: "Hochwasser", Headline: "Hochwasser in Potsdam",
			Urgency: cap.UrgencyImmediate, Severity: cap.SeveritySevere, Certainty: cap.CertaintyObserved,
			Expires: cap.NewTime(m.Content.Expires), Area: []cap.Area{{AreaDesc: "Potsdam"}},
		}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	m.CAP = raw
	return id, &m
}

func (s *site) release() (string, *warning.Message) {
	s.t.Helper()
	id, m := s.message()
	head, err := s.journal.Head(s.t.Context())
	if err == nil {
		_, err = s.journal.Append(s.t.Context(), head.Seq, journal.Draft{
			Time: time.Now(), By: "node", Events: []journal.Event{journal.NewEvent(warning.EventReleased, warning.Released{Warning: id, Message: *m})},
		})
	}
	if err != nil {
		s.t.Fatal(err)
	}
	return id, m
}

// effects counts how often the message stands at the target.
func (s *site) effects(target string, m *warning.Message) int {
	address, mark := s.URL+"/feed.atom", "<id>"+s.URL+"/cap/"+m.Identifier+".xml</id>"
	if target == channel.TargetPage {
		address, mark = s.URL+"/warnings/w"+strings.TrimPrefix(m.Identifier, "2.49.0.0.276.12."), `data-message="`+m.Identifier+`"`
	}
	response, err := s.client.Get(address)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	var content strings.Builder
	if err := response.Write(&content); err != nil {
		return 0
	}
	return strings.Count(content.String(), mark)
}

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Harness {
		s := newSite(t)
		return channeltest.Harness{
			Channel: s.channel(),
			Reopen:  s.channel,
			Release: func() (string, *warning.Message) {
				id, m := s.release()
				// The role shows it by itself; the suite counts from there.
				eventually.Holds(t, "the role shows the message", func() bool { return s.effects(channel.TargetFeed, m) > 0 })
				return id, m
			},
			Cut: func(target string) func() {
				s.cut.Store(prefixes[target], true)
				return func() { s.cut.Delete(prefixes[target]) }
			},
			Effects:  s.effects,
			Deadline: 500 * time.Millisecond,
		}
	})
}

// deliver runs a job with a short deadline and returns the reasons by target.
func deliver(t *testing.T, c dispatch.Channel, id string, m *warning.Message) map[string]dispatch.Receipt {
	t.Helper()
	plan, err := c.Plan(t.Context(), id, m, 1)
	if err != nil {
		t.Fatal(err)
	}
	plan.Deadline = time.Now().Add(200 * time.Millisecond)
	var mu sync.Mutex
	got := map[string]dispatch.Receipt{}
	err = c.Deliver(t.Context(), dispatch.Job{ID: m.Identifier + "/public", Message: m, Warning: id, Plan: plan}, func(r dispatch.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		got[r.Target] = r
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReasons(t *testing.T) {
	s := newSite(t)
	wantAll := func(name string, got map[string]dispatch.Receipt, reason string) {
		t.Helper()
		for _, target := range []string{channel.TargetPage, channel.TargetFeed} {
			if r := got[target]; r.Outcome != dispatch.NotReached || r.Reason != reason || r.Detail == "" {
				t.Errorf("%s: %s ended as %+v, want not reached because of %s", name, target, r, reason)
			}
		}
	}
	id, never := s.message()
	wantAll("a message that is not shown", deliver(t, s.channel(), id, never), "reason.not-shown")

	id, m := s.release()
	s.forge.Store(true)
	wantAll("other bytes", deliver(t, s.channel(), id, m), "reason.shown-differently")
	s.forge.Store(false)
	for target, r := range deliver(t, s.channel(), id, m) {
		if r.Outcome != dispatch.Reached {
			t.Errorf("%s ended as %+v", target, r)
		}
	}
	page := deliver(t, s.channel(), "another-warning", m)[channel.TargetPage]
	if page.Reason != "reason.not-shown" {
		t.Errorf("a page without the message: %+v", page)
	}
	nowhere := channel.New(channel.Options{BaseURL: "http://127.0.0.1:1", Client: s.client, Pause: 5 * time.Millisecond})
	wantAll("nobody there", deliver(t, nowhere, id, m), "reason.connection-failed")
}
