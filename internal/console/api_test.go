// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"flag"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

var update = flag.Bool("update", false, "write the golden files anew")

// The description of the API is reviewed like code: a change of the API is a
// change of this file.
func TestDescription(t *testing.T) {
	w := newWorld(t, "")
	request := w.request(http.MethodGet, "/api/openapi.json", nil)
	var raw json.RawMessage
	if status := w.send(request, &raw); status != http.StatusOK {
		t.Fatalf("status %d for somebody who is not signed in", status)
	}
	golden := filepath.Join("testdata", "openapi.json")
	if *update {
		if err := os.WriteFile(golden, raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(raw)); diff != "" {
		t.Errorf("the API has changed; if that is meant, run go test -run TestDescription -update:\n%s", diff)
	}
	var description struct {
		OpenAPI string
		Paths   map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(raw, &description); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(description.OpenAPI, "3.1") {
		t.Errorf("version %s", description.OpenAPI)
	}
	for path, operations := range description.Paths {
		for method, operation := range operations {
			if operation.OperationID == "" || !strings.HasPrefix(path, console.Prefix+"/") {
				t.Errorf("%s %s has no id or another prefix", method, path)
			}
		}
	}
}

// matrix says, for every operation of the description, which roles may ask. What
// may be asked can still be refused for another reason than the role.
var matrix = map[string][]operator.Role{
	"get-me": everyone, "get-board": everyone, "enrol-key": everyone, "revoke-own-key": everyone, "get-enrolment": everyone, "list-people": everyone,
	"list-sirens": everyone, "get-siren": everyone, "list-fleet-regions": everyone, "search-areas": everyone, "check-area": everyone,
	"prepare-message": everyone, "list-warnings": everyone, "get-warning": everyone, "get-difference": everyone,
	"prefill-update": everyone, "prefill-all-clear": everyone, "read-back": everyone,
	"list-templates": everyone, "list-events": everyone, "list-levels": everyone, "list-signals": everyone,
	"list-proposals": everyone, "get-proposal": everyone, "get-map-file": everyone, "sign-out": everyone,
	"list-siren-tests": everyone, "get-siren-test": everyone, "list-siren-test-schedules": everyone,
	"start-siren-test":           {operator.Author, operator.Releaser, operator.Administrator},
	"set-siren-test-schedule":    {operator.Administrator},
	"remove-siren-test-schedule": {operator.Administrator},
	"export-sirens":              everyone,
	"get-signal-picture":         everyone,
	"get-signal-sound":           everyone,
	"import-sirens":              {operator.Administrator},
	"remove-siren":               {operator.Administrator},
	"enrol-siren":                {operator.Administrator},
	"revoke-siren":               {operator.Administrator},
	"stop-request":               everyone,

	"get-field-order": everyone, "get-rounds": everyone, "list-stops": everyone, "check-stop": everyone, "list-rogue-alarms": everyone,
	"stop-sirens": {operator.Releaser}, "settle-rogue-alarm": {operator.Releaser},

	"request-release":  {operator.Author},
	"release-message":  {operator.Releaser},
	"refuse-request":   {operator.Releaser},
	"withdraw-request": everyone, // whoever asked; see TestDropping
	"import-proposals": {operator.Author, operator.Releaser, operator.Administrator},
	"dismiss-proposal": {operator.Author, operator.Releaser},
	"list-operators":   {operator.Administrator},
	"create-operator":  {operator.Administrator},
	"seal-key":         {operator.Administrator},
	"change-operator":  {operator.Administrator},
	"revoke-key":       {operator.Administrator},
	"confirm-key":      {operator.Administrator},
	"issue-token":      {operator.Administrator},
	"revoke-token":     {operator.Administrator},

	"list-datasets": everyone, "list-studies": everyone, "get-study": everyone, "get-study-file": everyone,
	"import-dataset": planners, "remove-dataset": planners, "ask-study": planners, "cancel-study": planners, "delete-study": planners,
}

var planners = []operator.Role{operator.Author, operator.Releaser, operator.Administrator}

var everyone = []operator.Role{operator.Author, operator.Releaser, operator.Administrator, operator.Observer}

var unsigned = operator.Assertion{Signature: []byte("none")}

// bodies are well-formed bodies of the operations that need one.
var bodies = map[string]any{
	"enrol-key": console.KeyEnrolment{PublicKey: []byte("no key")}, "check-area": geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}},
	"prepare-message": `{"kind":"alert","content":{}}`, "request-release": warning.RequestCommand{Kind: warning.KindAlert, Assertion: unsigned},
	"release-message": console.Release{Assertion: unsigned}, "refuse-request": console.Drop{}, "withdraw-request": console.Drop{}, "stop-request": console.Drop{},
	"start-siren-test": `{"signal":"silent-test","sirens":["x"]}`, "set-siren-test-schedule": `{"id":"x","signal":"silent-test","at":"25:00"}`,
	"confirm-key": console.KeyConfirmation{Assertion: unsigned},

	"check-stop": siren.StopCommand{All: true}, "stop-sirens": console.SirenStop{StopCommand: siren.StopCommand{All: true, Reason: "r"}},
	"settle-rogue-alarm": console.RogueNote{Note: "n"},

	"seal-key":      operator.PrepareSeal{Label: "l", Role: operator.Author, PublicKey: []byte("no key"), Box: []byte("no box"), Assertion: unsigned},
	"import-sirens": "no list", "remove-siren": console.SirenRemoval{Reason: "r"},
	"import-proposals": "no CAP", "dismiss-proposal": console.Dismissal{Reason: "r"},
	"ask-study":       `{"title":"t","kind":"coverage","population":"x","assumptions":{"model":"cpg117"}}`,
	"create-operator": console.NewOperator{Name: "x y", Roles: everyone}, "change-operator": `{"fullName":"N"}`, "issue-token": `{"label":"l"}`,
}

func TestRoleMatrix(t *testing.T) {
	w := newWorld(t, "")
	byRole := map[operator.Role]string{operator.Author: "anna", operator.Releaser: "ben", operator.Administrator: "clara", operator.Observer: "deniz"}
	var description struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	w.send(w.request(http.MethodGet, "/api/openapi.json", nil), &description)
	blank := regexp.MustCompile(`\{[a-z]+\}`)
	seen := map[string]bool{"sign-in": true, "watch-changes": true, "get-sealed-key": true, "break-seal": true}
	for path, operations := range description.Paths {
		for method, operation := range operations {
			id := operation.OperationID
			if seen[id] {
				continue
			}
			seen[id] = true
			roles, listed := matrix[id]
			if !listed {
				t.Errorf("%s stands in no row of the matrix", id)
				continue
			}
			address := strings.Replace(path, "{file}", "regions.geojson", 1)
			address = blank.ReplaceAllString(address, "zzz") + "?q=Potsdam"
			method = strings.ToUpper(method)
			t.Run(id, func(t *testing.T) {
				if status := w.call("", method, address, bodies[id], nil); status != http.StatusUnauthorized {
					t.Errorf("status %d for nobody", status)
				}
				for role, name := range byRole {
					var raw json.RawMessage
					status := w.call(name, method, address, bodies[id], &raw)
					if forbidden := status == http.StatusForbidden; forbidden == slices.Contains(roles, role) {
						t.Errorf("status %d for the role %s: %s", status, role, raw)
					}
					if status == http.StatusUnauthorized || status >= 500 {
						t.Errorf("status %d for the role %s: %s", status, role, raw)
					}
				}
			})
		}
	}
	for id := range matrix {
		if !seen[id] {
			t.Errorf("the matrix has a row for %s, which is no operation", id)
		}
	}
}

func TestBadRequests(t *testing.T) {
	w := newWorld(t, "")
	for _, test := range []struct {
		name, method, path string
		body               any
		want               problem.Kind
		faults             []string
	}{
		{"no JSON", http.MethodPost, "/api/v1/prepare", "{", problem.Unreadable, nil},
		{"another type", http.MethodPost, "/api/v1/requests", `[]`, problem.Invalid, []string{""}},
		{"a member that there is not, and one of a wrong type", http.MethodPost, "/api/v1/prepare",
			`{"kind":"alert","content":{"texts":{"de":{"headlin":"x"}},"level":"high"}}`, problem.Invalid,
			[]string{"content.level", "content.texts.de.headlin"}},
		{"a kind that there is not", http.MethodPost, "/api/v1/prepare", `{"kind":"rumour","content":{}}`, problem.Invalid, []string{"kind"}},
		{"ten megabytes", http.MethodPost, "/api/v1/prepare", bytes.Repeat([]byte(" "), 10<<20), problem.TooLarge, nil},
		{"ten megabytes to import", http.MethodPost, "/api/v1/proposals/import", bytes.Repeat([]byte(" "), 10<<20), problem.TooLarge, nil},
		{"XML that is no CAP", http.MethodPost, "/api/v1/proposals/import", "<html/>", problem.Unreadable, nil},
		{"a path that there is not", http.MethodGet, "/api/v1/nothing", nil, problem.NotFound, nil},
		{"a method that there is not", http.MethodPut, "/api/v1/board", nil, problem.NotFound, nil},
		{"a warning that there is not", http.MethodGet, "/api/v1/warnings/x", nil, problem.NotFound, nil},
		{"a siren that there is not", http.MethodGet, "/api/v1/sirens/x", nil, problem.NotFound, nil},
		{"a proposal that there is not", http.MethodGet, "/api/v1/proposals/x", nil, problem.NotFound, nil},
		{"a status that there is not", http.MethodGet, "/api/v1/warnings?status=lost", nil, problem.Invalid, []string{"query.status"}},
		{"a search for nothing", http.MethodGet, "/api/v1/areas", nil, problem.Invalid, []string{"query.q"}},
		{"a filter that is no key", http.MethodGet, "/api/v1/sirens?ars=x", nil, problem.Invalid, []string{"ars"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			document := w.refused("anna", test.method, test.path, test.body, test.want)
			var fields []string
			for _, f := range document.Errors {
				fields = append(fields, f.Field)
			}
			slices.Sort(fields)
			if test.faults != nil && !slices.Equal(fields, test.faults) {
				t.Errorf("faults of %v, want %v: %+v", fields, test.faults, document.Errors)
			}
		})
	}
	t.Run("a wrong token", func(t *testing.T) {
		for _, header := range []string{"Bearer x", "Basic eDp5", "Bearer " + operator.TokenPrefix + strings.Repeat("A", 43)} {
			request := w.request(http.MethodGet, "/api/v1/me", nil)
			request.Header.Set("Authorization", header)
			answer, err := http.DefaultClient.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			answer.Body.Close()
			if answer.StatusCode != http.StatusUnauthorized || answer.Header.Get("WWW-Authenticate") == "" ||
				answer.Header.Get("Content-Type") != "application/problem+json" {
				t.Errorf("%q: %d %v", header, answer.StatusCode, answer.Header)
			}
		}
	})
}

func TestCrossOrigin(t *testing.T) {
	w := newWorld(t, "")
	cookie := w.signIn("anna")
	for _, test := range []struct {
		name, method, site, origin, token string
		want                              int
	}{
		{"the console's own page", http.MethodPost, "same-origin", w.server.URL, "", http.StatusOK},
		{"an old browser without fetch metadata, same origin", http.MethodPost, "", w.server.URL, "", http.StatusOK},
		{"another site", http.MethodPost, "cross-site", "https://evil.example", "", http.StatusForbidden},
		{"another origin of the site", http.MethodPost, "same-site", "https://other.example", "", http.StatusForbidden},
		{"an old browser, another origin", http.MethodPost, "", "https://evil.example", "", http.StatusForbidden},
		{"reading from another site", http.MethodGet, "cross-site", "", "", http.StatusOK},
		{"a program with a token", http.MethodPost, "cross-site", "https://tool.example", "anna", http.StatusOK},
	} {
		t.Run(test.name, func(t *testing.T) {
			path, body := "/api/v1/areas/check", any(geo.Area{Name: "Potsdam", ARS: []geo.ARS{"12054"}})
			if test.method == http.MethodGet {
				path, body = "/api/v1/me", nil
			}
			request := w.request(test.method, path, body)
			if test.site != "" {
				request.Header.Set("Sec-Fetch-Site", test.site)
			}
			if test.origin != "" {
				request.Header.Set("Origin", test.origin)
			}
			if test.token != "" {
				request.Header.Set("Authorization", "Bearer "+w.people[test.token].token)
			} else {
				request.AddCookie(cookie)
			}
			if status := w.send(request, nil); status != test.want {
				t.Errorf("status %d, want %d", status, test.want)
			}
		})
	}
}

func TestSessions(t *testing.T) {
	w := newWorld(t, "")
	cookie := w.signIn("anna")
	if !cookie.HttpOnly || cookie.SameSite != http.SameSiteStrictMode || cookie.Path != "/" || cookie.Secure {
		t.Errorf("cookie %v", cookie)
	}
	me := func(server string) int {
		request := w.request(http.MethodGet, "/api/v1/me", nil)
		request.URL.Host = strings.TrimPrefix(server, "http://")
		request.AddCookie(cookie)
		return w.send(request, nil)
	}
	_, second := w.start()
	if me(w.server.URL) != http.StatusOK || me(second.URL) != http.StatusOK {
		t.Error("the session does not survive a restart")
	}
	w.clock.advance(operator.SessionLife)
	if status := me(w.server.URL); status != http.StatusUnauthorized {
		t.Errorf("status %d after the session's life", status)
	}
	cookie = w.signIn("anna")
	request := w.request(http.MethodDelete, "/api/v1/session", nil)
	request.AddCookie(cookie)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusNoContent || len(answer.Cookies()) != 1 || answer.Cookies()[0].MaxAge >= 0 {
		t.Errorf("sign out: %d %v", answer.StatusCode, answer.Cookies())
	}
	if status := me(w.server.URL); status != http.StatusUnauthorized {
		t.Errorf("status %d after signing out", status)
	}
	cookie = w.signIn("anna")
	w.must("clara", http.MethodPatch, "/api/v1/operators/anna", `{"disabled":true}`, nil)
	if status := me(w.server.URL); status != http.StatusUnauthorized {
		t.Errorf("status %d after the account was disabled", status)
	}
	if status := w.call("anna", http.MethodGet, "/api/v1/me", nil, nil); status != http.StatusUnauthorized {
		t.Errorf("status %d with the token of a disabled account", status)
	}
	w.options.Secure = true
	_, secure := w.start()
	w.server = secure
	if cookie := w.signIn("ben"); cookie.Name != "__Host-tocsin_session" || !cookie.Secure {
		t.Errorf("cookie over HTTPS: %v", cookie)
	}
}

func TestSignInIsLimited(t *testing.T) {
	w := newWorld(t, "")
	try := func(name, password string) (int, int) {
		answer, err := http.DefaultClient.Do(w.request(http.MethodPost, "/api/v1/session", console.SignIn{Name: name, Password: password}))
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		wait, _ := strconv.Atoi(answer.Header.Get("Retry-After"))
		return answer.StatusCode, wait
	}
	wait := 0
	for i := range 20 {
		var status int
		if status, wait = try("anna", "wrong"); status == http.StatusTooManyRequests {
			if i < 5 || i > 10 {
				t.Errorf("limited after %d attempts", i)
			}
			break
		} else if status != http.StatusUnauthorized {
			t.Fatalf("status %d", status)
		}
	}
	if wait < 1 || wait > 60 {
		t.Fatalf("Retry-After: %d", wait)
	}
	if status, _ := try("anna", testPassword); status != http.StatusTooManyRequests {
		t.Errorf("status %d for the right password at once: the limit tells it apart", status)
	}
	if status, _ := try("ben", testPassword); status != http.StatusOK {
		t.Errorf("status %d for another account", status)
	}
	w.clock.advance(time.Duration(wait) * time.Second)
	if status, _ := try("anna", testPassword); status != http.StatusOK {
		t.Errorf("status %d after waiting", status)
	}
}

func TestUnknownAccountLooksLikeAWrongPassword(t *testing.T) {
	w := newWorld(t, "")
	refusal := func(name, password string) problem.Document {
		var document problem.Document
		w.send(w.request(http.MethodPost, "/api/v1/session", console.SignIn{Name: name, Password: password}), &document)
		return document
	}
	if diff := cmp.Diff(refusal("anna", "wrong"), refusal("nobody", "wrong")); diff != "" {
		t.Errorf("the answers differ:\n%s", diff)
	}
}

func TestOperators(t *testing.T) {
	w := newWorld(t, "")
	var accepted console.Accepted
	w.must("clara", http.MethodPost, "/api/v1/operators", console.NewOperator{
		Name: "fritz", FullName: "Fritz Neu", Roles: []operator.Role{operator.Author}, Password: testPassword,
	}, &accepted)
	w.signIn("fritz")
	short := w.refused("clara", http.MethodPost, "/api/v1/operators", console.NewOperator{
		Name: "gerd", FullName: "Gerd", Roles: []operator.Role{operator.Author}, Password: "kurz",
	}, problem.Invalid)
	if len(short.Errors) != 1 || short.Errors[0].Field != "password" {
		t.Errorf("short password: %+v", short)
	}
	var list []console.Operator
	w.must("clara", http.MethodGet, "/api/v1/operators", nil, &list)
	if len(list) != 5 || list[4].Name != "fritz" || !list[4].SignedIn || !list[4].HasPassword {
		t.Errorf("list: %+v", list)
	}
	w.refused("clara", http.MethodPatch, "/api/v1/operators/clara", `{"disabled":true}`, problem.Conflict)
	w.refused("clara", http.MethodPatch, "/api/v1/operators/clara", `{"roles":["author"]}`, problem.Forbidden)

	var token console.IssuedToken
	w.must("clara", http.MethodPost, "/api/v1/operators/fritz/tokens", console.NewToken{Label: "laptop"}, &token)
	w.people["fritz"] = &person{token: token.Secret}
	var me console.Me
	w.must("fritz", http.MethodGet, "/api/v1/me", nil, &me)
	if me.Name != "fritz" || me.Via != "token" || me.Authority.Bounds.North < me.Authority.Bounds.South+1 {
		t.Errorf("me: %+v", me)
	}
	w.must("fritz", http.MethodDelete, "/api/v1/operators/fritz/tokens/"+token.ID, nil, nil)
	if status := w.call("fritz", http.MethodGet, "/api/v1/me", nil, nil); status != http.StatusUnauthorized {
		t.Errorf("status %d with a revoked token", status)
	}
	w.must("anna", http.MethodPatch, "/api/v1/operators/anna", `{"password":"a wholly new pass phrase"}`, nil)
	var document problem.Document
	if status := w.send(w.request(http.MethodPost, "/api/v1/session", console.SignIn{Name: "anna", Password: testPassword}), &document); status != http.StatusUnauthorized {
		t.Errorf("status %d with the old password", status)
	}
}

func TestMapFiles(t *testing.T) {
	w := newWorld(t, "")
	for _, name := range []string{"regions", "places", "background"} {
		request := w.request(http.MethodGet, "/api/v1/map/"+name+".geojson", nil)
		request.Header.Set("Authorization", "Bearer "+w.people["anna"].token)
		request.Header.Set("Accept-Encoding", "gzip")
		answer, err := http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		unzip, err := gzip.NewReader(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(unzip)
		answer.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		var collection struct {
			Type     string
			Features []json.RawMessage
		}
		if err := json.Unmarshal(raw, &collection); err != nil || collection.Type != "FeatureCollection" {
			t.Errorf("%s: %v", name, err)
		}
		if name != "background" && len(collection.Features) < 16 {
			t.Errorf("%s has %d features", name, len(collection.Features))
		}
		etag := answer.Header.Get("ETag")
		request.Header.Set("If-None-Match", etag)
		answer, err = http.DefaultTransport.RoundTrip(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if etag == "" || answer.StatusCode != http.StatusNotModified {
			t.Errorf("%s asked again with %q: %d", name, etag, answer.StatusCode)
		}
	}
}

func TestAreas(t *testing.T) {
	w := newWorld(t, "")
	var hits []console.AreaHit
	w.must("anna", http.MethodGet, "/api/v1/areas?q=potsdam", nil, &hits)
	kinds := map[string]int{}
	for _, hit := range hits {
		kinds[hit.Kind]++
		if hit.Area.Empty() || hit.Area.Name == "" || hit.Position == (geo.Point{}) {
			t.Errorf("a hit that cannot be used: %+v", hit)
		}
	}
	if kinds["kreis"] == 0 || kinds["place"] == 0 {
		t.Errorf("kinds: %v", kinds)
	}
	for _, hit := range hits {
		if hit.Own {
			var check console.AreaCheck
			w.must("anna", http.MethodPost, "/api/v1/areas/check", hit.Area, &check)
			if len(check.Faults) > 0 && hit.Kind != "place" {
				t.Errorf("%s: %+v", hit.Name, check.Faults)
			}
		}
	}
	var check console.AreaCheck
	w.must("anna", http.MethodPost, "/api/v1/areas/check", geo.Area{Name: "x", Circles: []geo.Circle{{Center: geo.Point{Lat: 52.4, Lon: 13.06}, Radius: 5000}}}, &check)
	if len(check.Faults) != 0 || check.Reach.People < 50_000 || len(check.Outline) == 0 || len(check.Touches) == 0 {
		t.Errorf("a circle in Potsdam: %+v", check)
	}
	open := geo.Ring{{Lat: 52, Lon: 13}, {Lat: 52.1, Lon: 13}, {Lat: 52.1, Lon: 13.1}, {Lat: 52, Lon: 13.1}}
	check = console.AreaCheck{}
	w.must("anna", http.MethodPost, "/api/v1/areas/check", geo.Area{Name: "x", Polygons: []geo.Ring{open}}, &check)
	if len(check.Faults) == 0 || check.Outline != nil {
		t.Errorf("an open polygon: %+v", check)
	}
}
