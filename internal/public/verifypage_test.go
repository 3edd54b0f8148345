// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"html"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/tlog"
)

// givenIn reads what a page gives its script.
func givenIn(t *testing.T, page string) given {
	t.Helper()
	_, rest, _ := strings.Cut(page, `<script type="application/json" id="given">`)
	data, _, found := strings.Cut(rest, "</script>")
	var g given
	if err := json.Unmarshal([]byte(data), &g); err != nil || !found {
		t.Fatalf("the page's data cannot be read: %v\n%.300s", err, data)
	}
	return g
}

func TestVerifyPageCarriesTheTrustFile(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	if g := givenIn(t, o.page("/de/verify")); g.Trust != "" {
		t.Errorf("before the log is signed the page believes %q", g.Trust)
	}
	o.sign()
	for _, path := range []string{"/de/verify", "/de/verify.html"} {
		g := givenIn(t, o.page(path))
		if trust, err := tlog.ParseTrust([]byte(g.Trust), nil); err != nil || len(trust.Authorities) != 1 || g.Trust != o.page(trustPath) {
			t.Errorf("%s: the trust file is %q, %v", path, g.Trust, err)
		}
		if g.Saved != strings.HasSuffix(path, ".html") {
			t.Errorf("%s: saved is %t", path, g.Saved)
		}
	}
	if got := o.get("/de/verify").Header.Get("Permissions-Policy"); got != verifyPermissions {
		t.Errorf("the page has %q", got)
	}
	if got := o.get("/de/").Header.Get("Permissions-Policy"); !strings.Contains(got, "camera=()") {
		t.Errorf("the front page has %q", got)
	}
	without(t, o.page("/en/verify"), "<style", " style=", "onclick", "<script>")
}

// The saved page has its script, its styles, and a policy that fits exactly these
// and nothing else.
func TestSavedPageNeedsNothingElse(t *testing.T) {
	o := newOffice(t)
	o.at(o.clock)
	o.sign()
	answer := o.get("/en/verify.html")
	if got := answer.Header.Get("Content-Disposition"); got != `attachment; filename="check-warning-de-bb.html"` {
		t.Errorf("the page is saved with %q", got)
	}
	page := text(t, answer)
	between := func(before, after string) string {
		_, rest, begun := strings.Cut(page, before)
		inside, _, ended := strings.Cut(rest, after)
		if !begun || !ended || inside == "" {
			t.Fatalf("there is nothing between %q and %q", before, after)
		}
		return inside
	}
	policy := html.UnescapeString(between(`http-equiv="Content-Security-Policy" content="`, `"`))
	for name, content := range map[string]string{"script-src": between(`<script type="module">`, "</script>"), "style-src": between("<style>", "</style>")} {
		sum := sha256.Sum256([]byte(content))
		if want := name + " 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; !strings.Contains(policy, want) {
			t.Errorf("the policy is %q without %s", policy, want)
		}
	}
	if !strings.HasPrefix(policy, "default-src 'none'; ") || strings.Contains(policy, "connect-src") || strings.Contains(policy, "'self'") {
		t.Errorf("the policy is %q", policy)
	}
	if found := regexp.MustCompile(`(?:src|href)="[^"]*"`).FindString(page); found != "" {
		t.Errorf("the page refers to %s", found)
	}
	without(t, page, "sourceMappingURL=/")
}

// Every text that the page's script may use is there, with its values' places.
func TestVerifyWords(t *testing.T) {
	for _, tag := range languages {
		words := verifyWords(catalogue.For(tag))
		for key, word := range words {
			if strings.Contains(word, "%") {
				t.Errorf("%s in %s: %q", key, tag, word)
			}
		}
		for key, count := range verifyValues {
			for i := range count {
				if place := "{" + string(rune('0'+i)) + "}"; strings.Count(words[key], place) != 1 {
					t.Errorf("%s in %s has no %s: %q", key, tag, place, words[key])
				}
			}
		}
		for n := range tlog.MaxAssertions {
			if key := "verify.signed." + string(rune('1'+n)); !strings.Contains(words[key], "{0}") {
				t.Errorf("%s in %s: %q", key, tag, words[key])
			}
		}
	}
}
