// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package enrolment

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/bus"
	"github.com/tocsin-alert/tocsin/internal/bus/natsbus"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/core"
	"github.com/tocsin-alert/tocsin/internal/engine"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// registry is the core's domain of sirens.
type registry struct {
	*siren.Fleet
	book *Book
}

func (r registry) Apply(record journal.Record) error {
	return errors.Join(r.Fleet.Apply(record), r.book.Apply(record))
}

func (r registry) Step(name, _ string, body json.RawMessage, now time.Time) ([]journal.Event, error) {
	if name == siren.CommandRegister {
		var command siren.Registered
		if err := json.Unmarshal(body, &command); err != nil {
			return nil, err
		}
		return siren.Register(r.All(), command.Sirens)
	}
	if name == siren.CommandRemove {
		return siren.Remove(r.All(), siren.Removed{Siren: "p-1", Reason: "dismantled"})
	}
	return r.book.Step(name, body, r.All(), now)
}

type silent struct{}

func (silent) Apply(journal.Record) error { return nil }

func (silent) Complete(events []journal.Event, _ time.Time) ([]journal.Event, error) {
	return events, nil
}

// world is a core with two sirens and a gateway that knows the journal's state.
type world struct {
	t     *testing.T
	bus   bus.Bus
	core  registry
	ca    *CA
	url   string
	mu    sync.Mutex
	clock time.Time
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.clock
}

func (w *world) pass(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.clock = w.clock.Add(d)
}

func start(t *testing.T) *world {
	t.Helper()
	log := slog.New(slog.DiscardHandler)
	driver, err := engine.Open(engine.Options{Dir: t.TempDir(), Name: "test", Log: log})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { driver.Close() })
	w := &world{t: t, core: registry{siren.NewFleet(), NewBook()}, clock: time.Now()}
	if w.bus, err = natsbus.Open(t.Context(), natsbus.Options{Conn: driver.Conn, JetStream: driver.JetStream, Log: log}); err != nil {
		t.Fatal(err)
	}
	c := core.New(core.Options{
		Journal: memory.New(), Bus: w.bus, Recorder: silent{}, Domains: map[string]core.Domain{"siren": w.core}, Now: w.now, Logger: log,
	})
	ctx, cancel := context.WithCancel(context.Background())
	ready, done := make(chan struct{}), make(chan error, 1)
	go func() { done <- c.Run(ctx, func() { close(ready) }) }()
	<-ready
	t.Cleanup(func() { cancel(); <-done })
	if w.ca, err = OpenCA(filepath.Join(t.TempDir(), "ca.pem"), "de-bb", w.now()); err != nil {
		t.Fatal(err)
	}
	var sirens []siren.Siren
	for i, id := range []string{"p-1", "p-2"} {
		sirens = append(sirens, siren.Siren{
			ID: id, Number: uint32(i + 1), Name: "Potsdam", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06}, Signals: []string{"warning", "all-clear"},
		})
	}
	w.do(siren.CommandRegister, siren.Registered{Sirens: sirens})
	service := NewService(ServiceOptions{
		CA: w.ca, Book: w.core.book, Siren: w.core.Siren, Bus: w.bus, Authority: "de-bb",
		URL: "https://127.0.0.1", Broker: "mqtts://127.0.0.1:8883", Keyset: func() []byte { return []byte("keyset") }, Now: w.now, Log: log,
	})
	listener, err := tls.Listen("tcp", "127.0.0.1:0", w.ca.Listen([]string{"127.0.0.1"}, tls.VerifyClientCertIfGiven, w.now))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: service, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug)}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	w.url = "https://" + listener.Addr().String()
	return w
}

func (w *world) do(name string, body any) {
	w.t.Helper()
	if _, err := command.Do(w.t.Context(), w.bus, name, "node", body); err != nil {
		w.t.Fatal(err)
	}
}

// open makes a code of a siren that holds for a day.
func (w *world) open(id string) string {
	w.t.Helper()
	code := NewCode()
	hash, ok := HashCode(id, code)
	if !ok {
		w.t.Fatalf("%q is no code", code)
	}
	w.do(CommandOpen, Opening{Siren: id, Hash: hash, Expires: w.now().Add(24 * time.Hour)})
	return code
}

func deviceKey(t *testing.T) ed25519.PrivateKey {
	t.Helper()
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (w *world) application(id, code string) Application {
	return Application{URL: w.url, Fingerprint: w.ca.Fingerprint(), Siren: id, Code: code, Key: deviceKey(w.t), Clock: w.now}
}

// serial is the number of the certificate that an access holds.
func serialOf(t *testing.T, a Access) (id, serial string, c *x509.Certificate) {
	t.Helper()
	pair, err := tls.X509KeyPair([]byte(a.Certificate), []byte(a.Key))
	if err != nil {
		t.Fatal(err)
	}
	id, serial = Name(pair.Leaf)
	return id, serial, pair.Leaf
}

func TestDeviceEnrols(t *testing.T) {
	w := start(t)
	application := w.application("p-1", w.open("p-1"))
	access, err := Enrol(t.Context(), application)
	if err != nil {
		t.Fatal(err)
	}
	id, serial, certificate := serialOf(t, access)
	if id != "p-1" || !w.core.book.Valid("p-1", serial) || w.core.book.Valid("p-2", serial) {
		t.Errorf("a certificate for %s, valid %v", id, w.core.book.Valid("p-1", serial))
	}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: w.ca.Pool(), KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}}); err != nil {
		t.Error(err)
	}
	if _, err := certificate.Verify(x509.VerifyOptions{Roots: w.ca.Pool()}); err == nil {
		t.Error("a siren's certificate would do for a server")
	}
	if entry, _ := w.core.Siren("p-1"); !bytes.Equal(entry.PublicKey, application.Key.Public().(ed25519.PublicKey)) {
		t.Error("the registry does not have the device's key")
	}
	if access.Broker != "mqtts://127.0.0.1:8883" || access.Number != 1 || access.ARS != "12054" || string(access.Keyset) != "keyset" || len(access.Signals) != 2 {
		t.Errorf("granted %+v", access.Grant)
	}
	// The answer may be lost: the same device may ask again, and no other one.
	second, err := Enrol(t.Context(), application)
	if err != nil {
		t.Fatal(err)
	}
	if _, again, _ := serialOf(t, second); !w.core.book.Valid("p-1", again) || w.core.book.Valid("p-1", serial) {
		t.Error("not the last certificate alone is valid")
	}
	thief := application
	thief.Key = deviceKey(t)
	if _, err := Enrol(t.Context(), thief); !errors.Is(err, problem.Unauthenticated) {
		t.Errorf("another device with the same code: %v", err)
	}
}

func TestEnrolmentRefuses(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(*world, *Application)
		want  problem.Kind
	}{
		{"a wrong code", func(_ *world, a *Application) { a.Code = NewCode() }, problem.Unauthenticated},
		{"what is no code", func(_ *world, a *Application) { a.Code = "1234" }, problem.Unauthenticated},
		{"another siren's code", func(w *world, a *Application) { a.Siren = "p-2"; w.open("p-2") }, problem.Unauthenticated},
		{"a siren that is not registered", func(_ *world, a *Application) { a.Siren = "p-3" }, problem.Unauthenticated},
		{"an old code", func(w *world, _ *Application) { w.pass(25 * time.Hour) }, problem.Unauthenticated},
		{"a code behind which another one was opened", func(w *world, _ *Application) { w.open("p-1") }, problem.Unauthenticated},
		{"a code that was revoked", func(w *world, _ *Application) { w.do(CommandRevoke, Revocation{Siren: "p-1"}) }, problem.Unauthenticated},
		{"a siren that was removed", func(w *world, _ *Application) { w.do(siren.CommandRemove, nil) }, problem.Unauthenticated},
		{"a node with another authority", func(w *world, a *Application) { a.Fingerprint = strings.Repeat("0", 64) }, problem.Unavailable},
		{"no address", func(_ *world, a *Application) { a.URL = "http://127.0.0.1" }, problem.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := start(t)
			a := w.application("p-1", w.open("p-1"))
			c.spoil(w, &a)
			if _, err := Enrol(t.Context(), a); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
			if entry, _ := w.core.Siren("p-1"); len(entry.PublicKey) != 0 {
				t.Error("the registry has taken the key")
			}
		})
	}
}

func TestRenewal(t *testing.T) {
	w := start(t)
	access, err := Enrol(t.Context(), w.application("p-1", w.open("p-1")))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "access.json")
	if _, err := NewKeeper(path, access, w.now); err != nil {
		t.Fatal(err)
	}
	k, err := OpenKeeper(path, w.now)
	if err != nil {
		t.Fatal(err)
	}
	if k.Due() {
		t.Error("a fresh certificate is to be renewed")
	}
	w.pass(Life * 7 / 10)
	if !k.Due() {
		t.Error("a certificate with less than a third of its life is not to be renewed")
	}
	_, first, _ := serialOf(t, access)
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	_, second, certificate := serialOf(t, k.Access())
	if !w.core.book.Valid("p-1", first) || !w.core.book.Valid("p-1", second) || k.Due() {
		t.Error("after a renewal both certificates are valid, since its answer may have been lost")
	}
	if !certificate.NotAfter.After(w.now().Add(Life - time.Hour)) {
		t.Errorf("renewed until %v", certificate.NotAfter)
	}
	if err := k.Renew(t.Context()); err != nil {
		t.Fatal(err)
	}
	if w.core.book.Valid("p-1", first) {
		t.Error("the certificate before the last is still valid")
	}
	reopened, err := OpenKeeper(path, w.now)
	if err != nil || reopened.Access().Certificate != k.Access().Certificate {
		t.Errorf("the newest certificate is not on the disk: %v", err)
	}
	altered := reopened.Access()
	altered.Fingerprint = strings.Repeat("0", len(altered.Fingerprint))
	if _, err := NewKeeper(path+".altered", altered, w.now); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenKeeper(path+".altered", w.now); !errors.Is(err, problem.Unreadable) {
		t.Errorf("an authority that is not that of the fingerprint was taken: %v", err)
	}
	// Whoever enrols anew ends all that was before.
	if _, err := Enrol(t.Context(), w.application("p-1", w.open("p-1"))); err != nil {
		t.Fatal(err)
	}
	if err := k.Renew(t.Context()); !errors.Is(err, problem.Unauthenticated) {
		t.Errorf("renewed with a revoked certificate: %v", err)
	}
	if revoked := w.core.book.Revoked(w.now()); len(revoked) != 3 {
		t.Errorf("%d certificates are revoked, not 3", len(revoked))
	}
	if revoked := w.core.book.Revoked(w.now().Add(2 * Life)); len(revoked) != 0 {
		t.Errorf("%d certificates are listed as revoked that have expired", len(revoked))
	}
}

func TestExpiredCertificateDoesNotRenew(t *testing.T) {
	w := start(t)
	access, err := Enrol(t.Context(), w.application("p-1", w.open("p-1")))
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewKeeper(filepath.Join(t.TempDir(), "access.json"), access, w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.pass(Life + time.Hour)
	if err := k.Renew(t.Context()); !errors.Is(err, problem.Unavailable) {
		t.Errorf("renewed: %v", err)
	}
}

// A clock that lost its battery does not keep a siren from its node.
func TestRenewalWithAClockOfLongAgo(t *testing.T) {
	w := start(t)
	access, err := Enrol(t.Context(), w.application("p-1", w.open("p-1")))
	if err != nil {
		t.Fatal(err)
	}
	k, err := NewKeeper(filepath.Join(t.TempDir(), "access.json"), access, func() time.Time { return time.Unix(0, 0) })
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Renew(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestServiceOverTheWire(t *testing.T) {
	w := start(t)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: w.ca.Pool()}}}
	t.Cleanup(client.CloseIdleConnections)
	post := func(path, body string) (status int, answer string) {
		response, err := client.Post(w.url+path, "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		raw, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		return response.StatusCode, string(raw)
	}
	for _, c := range []struct {
		name, path, body string
		want             int
	}{
		{"no JSON", EnrolPath, "hello", http.StatusBadRequest},
		{"too much", EnrolPath, `{"code": "` + strings.Repeat("x", largestBody) + `"}`, http.StatusRequestEntityTooLarge},
		{"a renewal without a certificate", RenewPath, `{"request": ""}`, http.StatusUnauthorized},
		{"another path", "/", `{}`, http.StatusNotFound},
	} {
		t.Run(c.name, func(t *testing.T) {
			if status, answer := post(c.path, c.body); status != c.want {
				t.Errorf("%d %s, want %d", status, answer, c.want)
			}
		})
	}
	code := w.open("p-1")
	for _, c := range []struct {
		name  string
		spoil func(*request)
		want  int
	}{
		{"a key that is not shown to be its own", func(r *request) { r.Proof[0] ^= 1 }, http.StatusUnprocessableEntity},
		{"a proof for another siren", func(r *request) { r.Siren = "p-2"; w.open("p-2") }, http.StatusUnprocessableEntity},
		{"no certificate request", func(r *request) {
			key := deviceKey(t)
			r.Request, r.PublicKey = []byte("x"), key.Public().(ed25519.PublicKey)
			r.Proof = ed25519.Sign(key, proofOf(r.Siren, r.Request))
		}, http.StatusBadRequest},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, _, csr, err := newRequest("p-1")
			if err != nil {
				t.Fatal(err)
			}
			key := deviceKey(t)
			in := request{Siren: "p-1", Code: code, Request: csr, PublicKey: key.Public().(ed25519.PublicKey), Proof: ed25519.Sign(key, proofOf("p-1", csr))}
			c.spoil(&in)
			raw, err := json.Marshal(in)
			if err != nil {
				t.Fatal(err)
			}
			if status, answer := post(EnrolPath, string(raw)); status != c.want {
				t.Errorf("%d %s, want %d", status, answer, c.want)
			}
		})
	}
	limited := false
	for range burstOne + 1 {
		status, _ := post(EnrolPath, `{"siren": "p-1", "code": "0000-0000-0000"}`)
		limited = limited || status == http.StatusTooManyRequests
	}
	if !limited {
		t.Error("codes can be tried without a limit")
	}
}

func TestWhichKeysAreCertified(t *testing.T) {
	ca, err := makeCA("de-bb", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(nil, 2048)
	if err != nil {
		t.Fatal(err)
	}
	p256, err := newKey()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		key  any
		want error
	}{"P-256": {p256, nil}, "Ed25519": {deviceKey(t), nil}, "RSA": {rsaKey, problem.Invalid}} {
		t.Run(name, func(t *testing.T) {
			csr, err := x509.CreateCertificateRequest(nil, &x509.CertificateRequest{}, c.key)
			if err != nil {
				t.Fatal(err)
			}
			certificate, err := ca.Siren(csr, "p-1", time.Now())
			if !errors.Is(err, c.want) || err == nil && certificate.Subject.CommonName != "p-1" {
				t.Errorf("%v, %v", certificate, err)
			}
		})
	}
}

func TestOpenCA(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca.pem")
	made, err := OpenCA(path, "de-bb", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	again, err := OpenCA(path, "de-bb", time.Now())
	if err != nil || again.Fingerprint() != made.Fingerprint() {
		t.Errorf("opened again: %v", err)
	}
	if _, err := OpenCA(path, "de-be", time.Now()); !errors.Is(err, problem.Unreadable) {
		t.Errorf("another authority's: %v", err)
	}
	if _, err := OpenCA(filepath.Join(path, "x"), "de-bb", time.Now()); err == nil {
		t.Error("opened below a file")
	}
}

func TestCodesAsPeopleTypeThem(t *testing.T) {
	want, ok := HashCode("p-1", "7K2M-9QXA-01BC")
	if !ok {
		t.Fatal("no code")
	}
	for _, typed := range []string{"7k2m9qxa01bc", " 7K2M 9QXA OIBC ", "7K2M-9QXA-OlBC"} {
		if got, ok := HashCode("p-1", typed); !ok || !bytes.Equal(got, want) {
			t.Errorf("%q is another code", typed)
		}
	}
	if got, _ := HashCode("p-2", "7K2M-9QXA-01BC"); bytes.Equal(got, want) {
		t.Error("two sirens' codes look the same")
	}
	for _, typed := range []string{"", "7K2M-9QXA-01B", "7K2M-9QXA-01BCD", "7K2M-9QXA-01BU", strings.Repeat("-", 1000)} {
		if _, ok := HashCode("p-1", typed); ok {
			t.Errorf("%q is a code", typed)
		}
	}
}

func FuzzParseCode(f *testing.F) {
	f.Add("7K2M-9QXA-4TBC")
	f.Add("o")
	f.Fuzz(func(t *testing.T, typed string) {
		if code, ok := parseCode(typed); ok {
			if again, ok := parseCode(code); !ok || again != code {
				t.Errorf("%q becomes %q", code, again)
			}
		}
	})
}

func FuzzRequest(f *testing.F) {
	ca, err := makeCA("de-bb", time.Now())
	if err != nil {
		f.Fatal(err)
	}
	_, _, csr, err := newRequest("p-1")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(csr)
	f.Fuzz(func(t *testing.T, raw []byte) {
		if c, err := ca.Siren(raw, "p-1", time.Now()); err == nil && (c.Subject.CommonName != "p-1" || c.IsCA) {
			t.Errorf("certified %s", c.Subject)
		}
	})
}
