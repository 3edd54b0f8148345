// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package webhook

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/channel/channeltest"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var testSecret = secretPrefix + base64.StdEncoding.EncodeToString([]byte("thirty-two bytes for test only!!"))

// system is a receiver as someone would write one: it checks the signature and
// handles every webhook-id once.
type system struct {
	*httptest.Server
	down    atomic.Bool
	answer  atomic.Pointer[http.HandlerFunc]
	mu      sync.Mutex
	posts   []http.Header
	bodies  [][]byte
	handled map[string]string // webhook-id -> identifier
}

func newSystem(t *testing.T) *system {
	s := &system{handled: map[string]string{}}
	s.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if s.down.Load() {
			panic(http.ErrAbortHandler) // the connection breaks
		}
		body, _ := io.ReadAll(r.Body)
		s.mu.Lock()
		s.posts, s.bodies = append(s.posts, r.Header.Clone()), append(s.bodies, body)
		s.mu.Unlock()
		if answer := s.answer.Load(); answer != nil {
			(*answer)(w, r)
			return
		}
		if err := verify(r.Header, body); err != nil {
			t.Error(err)
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		var e event
		if err := json.Unmarshal(body, &e); err != nil {
			t.Errorf("the body is not JSON: %v", err)
		}
		s.mu.Lock()
		s.handled[r.Header.Get("webhook-id")] = e.Data.Identifier
		s.mu.Unlock()
	}))
	t.Cleanup(s.Close)
	return s
}

// verify does what the specification tells receivers to do.
func verify(header http.Header, body []byte) error {
	id, at, signature := header.Get("webhook-id"), header.Get("webhook-timestamp"), header.Get("webhook-signature")
	seconds, err := strconv.ParseInt(at, 10, 64)
	if err != nil || time.Since(time.Unix(seconds, 0)).Abs() > 5*time.Minute {
		return fmt.Errorf("webhook-timestamp %q is not now", at)
	}
	key, _ := base64.StdEncoding.DecodeString(strings.TrimPrefix(testSecret, "whsec_"))
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%s.%s", id, at, body)
	if want := "v1," + base64.StdEncoding.EncodeToString(mac.Sum(nil)); signature != want {
		return fmt.Errorf("webhook-signature is %q, want %q", signature, want)
	}
	return nil
}

func (s *system) effects(identifier string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	count := 0
	for _, handled := range s.handled {
		if handled == identifier {
			count++
		}
	}
	return count
}

func (s *system) postCount() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.posts)
}

var serial atomic.Int64

func testMessage() *warning.Message {
	n := serial.Add(1)
	now := time.Now().UTC().Truncate(time.Second)
	return &warning.Message{
		Number: 1, Kind: warning.KindAlert, Identifier: fmt.Sprintf("2.49.0.0.276.0.test.%d", n),
		Content: warning.Content{
			Event: "BBK-EVC-038", Level: warning.LevelDanger,
			Area:    geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}},
			Texts:   map[string]warning.Text{"de": {Headline: "Hochwasser in Potsdam", Description: "Die Havel steigt.", Instruction: "Meiden Sie das Ufer."}},
			Expires: now.Add(4 * time.Hour),
		},
		CAP: fmt.Appendf(nil, "<alert><identifier>%d</identifier></alert>", n), Sent: now,
	}
}

func open(t *testing.T, o Options) *Channel {
	t.Helper()
	if o.PublicURL == "" {
		o.PublicURL = "https://warnung.example/"
	}
	if o.FirstPause == 0 {
		o.FirstPause, o.LongestPause = 10*time.Millisecond, 50*time.Millisecond
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.client.CloseIdleConnections)
	return c
}

func TestConformance(t *testing.T) {
	channeltest.Run(t, func(t *testing.T) channeltest.Harness {
		systems := map[string]*system{}
		var receivers []Receiver
		for _, id := range []string{"radio", "rail", "town-hall"} {
			systems[id] = newSystem(t)
			receivers = append(receivers, Receiver{ID: id, URL: systems[id].URL, Secret: testSecret})
		}
		return channeltest.Harness{
			Channel: open(t, Options{Receivers: receivers}),
			Reopen:  func() dispatch.Channel { return open(t, Options{Receivers: receivers}) },
			Release: func() (string, *warning.Message) { return "w-1", testMessage() },
			Cut: func(target string) func() {
				systems[target].down.Store(true)
				return func() { systems[target].down.Store(false) }
			},
			Effects:  func(target string, m *warning.Message) int { return systems[target].effects(m.Identifier) },
			Deadline: 500 * time.Millisecond,
		}
	})
}

func TestNobodyConfigured(t *testing.T) {
	c := open(t, Options{})
	plan, err := c.Plan(t.Context(), "w-1", testMessage(), 1)
	if err != nil || len(plan.Targets) != 0 {
		t.Fatalf("Plan = %+v, %v", plan, err)
	}
	if err := c.Deliver(t.Context(), dispatch.Job{Message: testMessage(), Plan: plan}, func(r dispatch.Receipt) { t.Error(r) }); err != nil {
		t.Error(err)
	}
}

func job(t *testing.T, c *Channel, m *warning.Message) dispatch.Job {
	t.Helper()
	plan, err := c.Plan(t.Context(), "w-1", m, 1)
	if err != nil {
		t.Fatal(err)
	}
	return dispatch.Job{ID: m.Identifier + "/webhook", Channel: Name, Message: m, Warning: "w-1", Plan: plan}
}

// deliver runs a job for one receiver and returns its last receipt.
func deliver(t *testing.T, c *Channel, j dispatch.Job) dispatch.Receipt {
	t.Helper()
	var mu sync.Mutex
	var last dispatch.Receipt
	err := c.Deliver(t.Context(), j, func(r dispatch.Receipt) {
		mu.Lock()
		defer mu.Unlock()
		last = r
	})
	if err != nil {
		t.Fatal(err)
	}
	return last
}

func TestBody(t *testing.T) {
	s := newSystem(t)
	c := open(t, Options{Receivers: []Receiver{{ID: "radio", URL: s.URL, Secret: testSecret}}})
	m := testMessage()
	m.Kind = warning.KindAllClear
	if r := deliver(t, c, job(t, c, m)); r.Outcome != dispatch.Reached || r.Attempt != 1 {
		t.Fatalf("receipt %+v", r)
	}
	var got map[string]any
	if err := json.Unmarshal(s.bodies[0], &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"type": "warning.all-clear", "timestamp": m.Sent.Format(time.RFC3339),
		"data": map[string]any{
			"warning": "w-1", "number": 1.0, "identifier": m.Identifier, "event": "BBK-EVC-038", "level": 2.0,
			"sent": m.Sent.Format(time.RFC3339), "expires": m.Content.Expires.Format(time.RFC3339),
			"area": map[string]any{"name": "Potsdam", "ars": []any{"12054"}, "circles": []any{}, "polygons": []any{}},
			"texts": map[string]any{"de": map[string]any{
				"headline": "Hochwasser in Potsdam", "description": "Die Havel steigt.", "instruction": "Meiden Sie das Ufer.",
			}},
			"url": "https://warnung.example/warnings/w-1", "capUrl": "https://warnung.example/cap/" + m.Identifier + ".xml",
			"capXml": string(m.CAP),
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The specification's own example of a signature.
func TestSignatureOfSpecification(t *testing.T) {
	key, err := parseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := key.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Errorf("signature %q, want %q", got, want)
	}
}

func TestAnswers(t *testing.T) {
	status := func(code int, header ...string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if len(header) == 2 {
				w.Header().Set(header[0], header[1])
			}
			w.WriteHeader(code)
		}
	}
	for _, test := range []struct {
		name    string
		answer  http.HandlerFunc
		outcome dispatch.Outcome
		reason  string
		once    bool
	}{
		{"accepted", status(202), dispatch.Reached, "", true},
		{"gone", status(410), dispatch.NotReached, "reason.gone", true},
		{"wrong secret", status(401), dispatch.NotReached, "reason.rejected", true},
		{"too large", status(413), dispatch.NotReached, "reason.too-large", true},
		{"redirect", status(302, "Location", "http://127.0.0.1:1/"), dispatch.NotReached, "reason.redirected", true},
		{"server error", status(500), dispatch.NotReached, "reason.http-status", false},
		{"too early", status(425), dispatch.NotReached, "reason.http-status", false},
		{"endless answer", func(w http.ResponseWriter, r *http.Request) {
			for range 1 << 12 {
				if _, err := w.Write(make([]byte, 1<<12)); err != nil {
					return
				}
			}
		}, dispatch.Reached, "", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			s := newSystem(t)
			s.answer.Store(&test.answer)
			c := open(t, Options{Receivers: []Receiver{{ID: "radio", URL: s.URL, Secret: testSecret}}, Patience: 200 * time.Millisecond})
			r := deliver(t, c, job(t, c, testMessage()))
			if r.Outcome != test.outcome || r.Reason != test.reason {
				t.Errorf("receipt %+v, want %s because of %q", r, test.outcome, test.reason)
			}
			if posts := s.postCount(); (posts == 1) != test.once {
				t.Errorf("%d posts, want one only: %v", posts, test.once)
			}
			for _, header := range s.posts {
				if header.Get("webhook-id") != s.posts[0].Get("webhook-id") {
					t.Error("webhook-id changes between attempts")
				}
			}
			for _, body := range s.bodies {
				if string(body) != string(s.bodies[0]) {
					t.Error("the body changes between attempts")
				}
			}
		})
	}
}

func TestRetryAfterIsKept(t *testing.T) {
	s := newSystem(t)
	var asked atomic.Int64
	answer := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == 1 {
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
		}
	})
	s.answer.Store(&answer)
	c := open(t, Options{Receivers: []Receiver{{ID: "radio", URL: s.URL, Secret: testSecret}}})
	start := time.Now()
	r := deliver(t, c, job(t, c, testMessage()))
	if r.Outcome != dispatch.Reached || r.Attempt != 2 {
		t.Errorf("receipt %+v", r)
	}
	if waited := time.Since(start); waited < time.Second {
		t.Errorf("asked again after %v, the receiver wanted a second", waited)
	}
}

func TestReceiverRemoved(t *testing.T) {
	s := newSystem(t)
	c := open(t, Options{Receivers: []Receiver{{ID: "radio", URL: s.URL, Secret: testSecret}}})
	j := job(t, c, testMessage())
	if r := deliver(t, open(t, Options{}), j); r.Outcome != dispatch.NotReached || r.Reason != "reason.receiver-removed" {
		t.Errorf("receipt %+v", r)
	}
}

func TestRetryAfterForms(t *testing.T) {
	now := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	c := &Channel{now: func() time.Time { return now }}
	for header, want := range map[string]time.Duration{
		"": 0, "7": 7 * time.Second, "-1": 0, "soon": 0, "99999999": 24 * time.Hour,
		"Mon, 23 Nov 2026 10:00:30 GMT": 30 * time.Second, "Mon, 23 Nov 2026 09:00:00 GMT": 0,
	} {
		if got := c.retryAfter(header); got != want {
			t.Errorf("Retry-After %q: %v, want %v", header, got, want)
		}
	}
}

func TestNewRefuses(t *testing.T) {
	const address = "https://radio.example/w"
	for name, r := range map[string]Receiver{
		"webhooks[0].url: no http":         {ID: "a", URL: "ftp://radio.example", Secret: testSecret},
		"webhooks[0].url: relative":        {ID: "a", URL: "/warnings", Secret: testSecret},
		"webhooks[0].url: password inside": {ID: "a", URL: "https://u:p@radio.example", Secret: testSecret},
		"webhooks[0].secret: no prefix":    {ID: "a", URL: address, Secret: "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"},
		"webhooks[0].secret: short":        {ID: "a", URL: address, Secret: "whsec_c2hvcnQ="},
		"webhooks[0].secret: no base64":    {ID: "a", URL: address, Secret: "whsec_%%%"},
		"webhooks[0].id: empty":            {URL: address, Secret: testSecret},
	} {
		field, _, _ := strings.Cut(name, ":")
		_, err := New(Options{Receivers: []Receiver{r}})
		refusal, ok := err.(*problem.Error)
		if !ok || refusal.Kind != problem.Invalid || len(refusal.Faults) != 1 || refusal.Faults[0].Field != field {
			t.Errorf("%s: got %v", name, err)
			continue
		}
		if r.Secret != "" && strings.Contains(err.Error(), strings.TrimPrefix(r.Secret, secretPrefix)) {
			t.Errorf("%s: the error repeats the secret: %v", name, err)
		}
	}
	twice := Receiver{ID: "a", URL: address, Secret: testSecret}
	if _, err := New(Options{Receivers: []Receiver{twice, twice}}); err == nil {
		t.Error("two receivers with one id were accepted")
	}
}

func TestLinkLocalIsRefused(t *testing.T) {
	for address, refused := range map[string]bool{
		"169.254.169.254:80": true, "[fe80::1]:80": true, "[::ffff:169.254.169.254]:80": true, "0.0.0.0:80": true, "224.0.0.1:80": true,
		"127.0.0.1:80": false, "10.0.0.1:443": false, "[2001:db8::1]:443": false,
	} {
		if err := refuseLinkLocal("tcp", address, nil); (err != nil) != refused {
			t.Errorf("%s: %v", address, err)
		}
	}
	c := open(t, Options{Receivers: []Receiver{{ID: "a", URL: "http://169.254.169.254/latest", Secret: testSecret}}, Patience: time.Nanosecond})
	r := deliver(t, c, job(t, c, testMessage()))
	if r.Outcome != dispatch.NotReached || r.Reason != "reason.connection-failed" || strings.Contains(r.Detail, "latest") {
		t.Errorf("receipt %+v", r)
	}
}

func FuzzParseSecret(f *testing.F) {
	f.Add(testSecret)
	f.Add("whsec_")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		key, err := parseSecret(text)
		if err == nil && (len(key) < 24 || len(key) > 64 || !strings.HasPrefix(text, secretPrefix)) {
			t.Errorf("%q gave %d bytes", text, len(key))
		}
		if err != nil && len(text) > 12 && strings.Contains(err.Error(), text) {
			t.Errorf("the error repeats the secret")
		}
	})
}
