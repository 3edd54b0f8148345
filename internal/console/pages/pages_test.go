// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestTemplatesParse(t *testing.T) {
	if _, err := parse(files); err != nil {
		t.Fatal(err)
	}
}

var usedKey = regexp.MustCompile(`"(console\.[a-z0-9.-]*[a-z0-9])"`)

// TestWordsExist finds every key that the templates and the code name, and every
// key that is put together from the values of a closed set.
func TestWordsExist(t *testing.T) {
	words := catalogue.For(catalogue.German)
	check := func(key, where string) {
		if !words.Has(key) {
			t.Errorf("%s: the catalogue lacks %q", where, key)
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	pages, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, name := range append(sources, pages...) {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range usedKey.FindAllSubmatch(content, -1) {
			if key := string(match[1]); key != "console.css" && key != "console.js" {
				check(key, name)
				found++
			}
		}
	}
	if found < 200 {
		t.Errorf("found only %d keys: does the pattern still fit the templates?", found)
	}
	for set, values := range closedSets {
		for _, value := range values {
			check("console."+set+"."+value, set)
		}
	}
}

var closedSets = map[string][]string{
	"level":           {"0", "1", "2", "3"},
	"kind":            texts(warning.KindAlert, warning.KindUpdate, warning.KindAllClear),
	"compose.title":   texts(warning.KindAlert, warning.KindUpdate, warning.KindAllClear),
	"status":          texts(warning.StatusWaiting, warning.StatusInForce, warning.StatusEnded, warning.StatusExpired, warning.StatusDropped),
	"condition":       texts(siren.Conditions...),
	"registry-change": texts(siren.ChangeAdded, siren.ChangeChanged, siren.ChangeRemoved),
	"remedy":          texts(console.Remedies...),
	"verdict":         texts(importData{}.Verdicts()...),
	"test-signal":     testsData{}.Signals(), "weekday": testsData{}.Weekdays(), "week": testsData{}.Weeks(),
	"month":        {"1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11", "12"},
	"test-outcome": append(texts(siren.TestPassed, siren.TestFailed, siren.TestNoAnswer, siren.TestNotTested), "asked"),
	"test-status":  texts(testplan.StatusBegun, testplan.StatusRunning, testplan.StatusEnded, testplan.StatusPostponed),
	"test-note":    {"postponed", "missed"},

	"siren-trouble": sirensData{}.Troubles(),
	"siren-column":  texts(sirensData{}.Columns()...),
	"path-short":    texts(siren.PathKinds...),
	"power":         powers,
	"age":           texts(console.Ages...),
	"outcome":       append(texts(dispatch.Sent, dispatch.Sounding, dispatch.Reached, dispatch.Done, dispatch.Refused, dispatch.NotReached, dispatch.Unconfirmed), "none"),
	"role":          texts(roles...),
	"role-may":      texts(roles...),
	"key-type":      texts(operator.Passkey, operator.SyncedPasskey, operator.SoftwareKey),
	"key-type-what": texts(operator.Passkey, operator.SyncedPasskey, operator.SoftwareKey),
	"account-event": texts(operator.EventCreated, operator.EventChanged, operator.EventDisabled, operator.EventPasswordSet,
		operator.EventTokenIssued, operator.EventKeyEnrolled, operator.EventKeyConfirmed, operator.EventKeyRevoked),
	"channel":         {"siren", "public", "webhook"},
	"proposal-status": {"open", "adopted", "dismissed", "superseded"},
	"read-back":       {"same", "missing", "different", "unreachable"},
	"read-back-page":  {"cap", "page", "feed"},
	"history": texts(warning.EventRequested, warning.EventSigned, warning.EventReleased, warning.EventRefused, warning.EventWithdrawn,
		warning.EventStopped, warning.EventEscalated, warning.EventLapsed, warning.EventExpired),
	"plan-kind":       texts(study.Kinds...),
	"plan-kind-what":  texts(study.Kinds...),
	"plan.new":        texts(study.Kinds...),
	"plan-role":       texts(study.Roles...),
	"plan-role-what":  texts(study.Roles...),
	"plan-own":        texts(study.Roles...),
	"plan-state":      planStates,
	"plan-state-what": planStates,
	"plan-stage":      {study.StageReading, study.StageReckoning, study.StageSearching, study.StageDrawing},
	"plan-split":      texts(planning.Keys...),
	"plan-mount":      newPlan{}.Mounts(),
	"plan-field":      formFields,
	"plan-hint":       {"title", "population", "regions", "sirens", "terrain", "within", "temperature", "humidity", "ground", "per-doubling", "level", "spacing", "budget", "share", "steps", "seed"},
	"plan-without":    {"population", "regions", "sirens", "terrain"},
	"plan-table":      {"kreise", "regions"},
	"plan-figure":     {"people", "sirens", "before", "covered", "share", "missed", "too-loud", "sites", "cost", "gap", "other"},
	"problem": texts(problem.Invalid, problem.Unreadable, problem.Unauthenticated, problem.Forbidden, problem.NotFound, problem.Conflict,
		problem.Stale, problem.TooLarge, problem.RateLimited, problem.Unavailable, problem.Internal),
}

var planStates = texts(study.Waiting, study.Running, study.Done, study.Failed, study.Cancelled)

func texts[T ~string](values ...T) []string {
	out := make([]string, len(values))
	for i, value := range values {
		out[i] = string(value)
	}
	return out
}

// TestScriptWordsExist compares what the scripts ask for with what the layout
// gives them.
func TestScriptWordsExist(t *testing.T) {
	sources, err := filepath.Glob("../../../web/console/*.ts")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no scripts found: %v", err)
	}
	used := regexp.MustCompile(`word\("([a-z0-9.-]*[a-z0-9])"`)
	for _, name := range sources {
		content, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range used.FindAllSubmatch(content, -1) {
			if key := scriptWords + string(match[1]); !catalogue.For(catalogue.German).Has(key) {
				t.Errorf("%s: the catalogue lacks %q", filepath.Base(name), key)
			}
		}
	}
}

// TestNothingInline keeps the templates within the content security policy.
func TestNothingInline(t *testing.T) {
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	inline := regexp.MustCompile(`(?i)\sstyle=|\son[a-z]+=|<style|<script(?:\s[^>]*)?>[^<]|javascript:`)
	for _, name := range names {
		content, err := fs.ReadFile(files, name)
		if err != nil {
			t.Fatal(err)
		}
		if found := inline.Find(content); found != nil {
			t.Errorf("%s: %q is inline and will be refused by the browser", name, found)
		}
	}
}

func TestBackStaysHere(t *testing.T) {
	for path, want := range map[string]string{
		"/console/warnings/new":   "/console/warnings/new",
		"":                        Prefix,
		"https://evil.example/":   Prefix,
		"//evil.example/console/": Prefix,
		"/console/\r\nX: y":       Prefix,
		`/console/\evil.example`:  Prefix,
		"/warnings/":              Prefix,
	} {
		if got := back(path); got != want {
			t.Errorf("back(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestNewPassword(t *testing.T) {
	first, second := newPassword(), newPassword()
	if first == second {
		t.Error("two passwords are the same")
	}
	if len(strings.ReplaceAll(first, "-", "")) < 26 {
		t.Errorf("%q is too short", first)
	}
}
