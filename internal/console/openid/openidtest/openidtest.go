// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package openidtest runs a real OpenID provider in a process of its own, for the
// tests of others.
package openidtest

import (
	"bufio"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/console/openid"
)

// Person is someone whom the provider lets in.
type Person struct {
	ID            string
	Username      string
	Password      string
	Email         string
	EmailVerified bool
}

// Redirect is where the provider sends people back, unless Options say otherwise.
const Redirect = "http://localhost:8080/return"

// Options say what the provider knows.
type Options struct {
	// Redirect is where it sends people back; Redirect of this package when empty.
	Redirect string
	People   []Person
}

// Provider is the process. It is not running before Start.
type Provider struct {
	t       *testing.T
	address string // host:port, the same at every start
	dir     string // with the program and what it reads
	process *exec.Cmd
}

const (
	clientID = "tocsin"
	secret   = "between the console and the provider"
)

// New builds the provider and gives it an address, at which nothing answers yet.
func New(t *testing.T) *Provider {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := &Provider{t: t, address: listener.Addr().String(), dir: t.TempDir()}
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
	_, here, _, _ := runtime.Caller(0)
	build := exec.Command("go", "build", "-o", p.path("provider"), ".")
	build.Dir = filepath.Join(filepath.Dir(here), "provider")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("build provider: %v\n%s", err, out)
	}
	p.write("secret", secret+"\n")
	return p
}

func (p *Provider) path(name string) string { return filepath.Join(p.dir, name) }

func (p *Provider) write(name, content string) {
	p.t.Helper()
	if err := os.WriteFile(p.path(name), []byte(content), 0o600); err != nil {
		p.t.Fatal(err)
	}
}

// Config is that of a console whose people sign in here.
func (p *Provider) Config() openid.Config {
	return openid.Config{Issuer: "http://" + p.address, ClientID: clientID, SecretFile: p.path("secret"), Label: "Kreis-Anmeldung"}.WithDefaults()
}

// Start runs the provider until Kill or the test's end. One that was started
// before has forgotten everything, its keys included.
func (p *Provider) Start(o Options) {
	p.t.Helper()
	people := map[string]Person{}
	for _, person := range o.People {
		people[person.ID] = person
	}
	raw, err := json.Marshal(people)
	if err != nil {
		p.t.Fatal(err)
	}
	p.write("people", string(raw))
	if o.Redirect == "" {
		o.Redirect = Redirect
	}
	p.process = exec.Command(p.path("provider"), "-listen", p.address, "-people", p.path("people"), "-client", clientID, "-secret", secret, "-redirect", o.Redirect)
	p.process.Stderr = os.Stderr
	says, err := p.process.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.process.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(p.Kill)
	if line, err := bufio.NewReader(says).ReadString('\n'); err != nil || strings.TrimSpace(line) != "http://"+p.address {
		p.t.Fatalf("the provider says %q: %v", line, err)
	}
}

// Kill ends the process at once, as a crash does.
func (p *Provider) Kill() {
	if p.process == nil {
		return
	}
	if err := p.process.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		p.t.Error(err)
	}
	_ = p.process.Wait() // it was killed
	p.process = nil
}

// SignIn goes from the address that a sign-in begins with through the provider's
// pages, as a browser does, and gives what the provider sends back with.
func (p *Provider) SignIn(address string, who Person) url.Values {
	p.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		p.t.Fatal(err)
	}
	client := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host != p.address {
			return http.ErrUseLastResponse
		}
		return nil
	}}
	defer client.CloseIdleConnections()
	page, err := client.Get(address)
	if err != nil {
		p.t.Fatal(err)
	}
	page.Body.Close()
	asked := page.Request.URL
	answer, err := client.PostForm(asked.ResolveReference(&url.URL{Path: "/login/username"}).String(), url.Values{
		"id": {asked.Query().Get("authRequestID")}, "username": {who.Username}, "password": {who.Password},
	})
	if err != nil {
		p.t.Fatal(err)
	}
	answer.Body.Close()
	back, err := answer.Location()
	if err != nil {
		p.t.Fatalf("the provider does not send %s back: %s at %s", who.Username, answer.Status, answer.Request.URL)
	}
	return back.Query()
}
