// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package warning

import (
	"crypto/sha256"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/authority"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Operators is where the rules look people up.
type Operators interface {
	// Operator gives an account by its sign-in name, disabled ones included.
	Operator(name string) (operator.Operator, bool)
}

// Areas judges areas against geometry and territory.
type Areas interface {
	// CheckArea lists what is wrong with an area: open or self-crossing
	// polygons, positions out of range, parts outside the territory.
	CheckArea(area geo.Area) []problem.Fault
}

// Wording knows events and judges texts.
type Wording interface {
	// Hazard gives what an event code stands for.
	Hazard(code string) (Hazard, bool)
	// Grading gives the public CAP grading of a level.
	Grading(level Level) Grading
	// KnownSignal reports whether a siren signal of that name exists.
	KnownSignal(name string) bool
	// CheckTexts lists the faults in the texts that forbid sending them.
	CheckTexts(t TextCheck) []problem.Fault
}

// TextCheck is what texts are judged by.
type TextCheck struct {
	Kind    Kind
	Content Content
	// Languages are those in which the authority must write.
	Languages []string
	// Previous are the texts of the chain's last released message, nil for none.
	Previous map[string]Text
	Exercise bool
	Now      time.Time
	// Tag is the language of the answer; English when empty.
	Tag string
}

// Rules decides what may happen to warnings. It holds no state of its own.
type Rules struct {
	Authority authority.Authority
	Operators Operators
	Areas     Areas
	Wording   Wording
	// PublicURL is where the public finds warnings, without a slash at its end.
	PublicURL string
	// Keys is which keys may release.
	Keys operator.KeyPolicy
}

// PrepareInput is what an author has so far.
type PrepareInput struct {
	// Warning is the chain: a fresh id from NewID for an alert.
	Warning string
	Kind    Kind
	Content Content
	// Tag is the language in which faults of texts are worded; English when empty.
	Tag string
}

// Draft is a composed message before anyone has signed it.
type Draft struct {
	Warning    string
	Identifier string
	Number     int
	Kind       Kind
	Content    Content
	Alert      *cap.Alert
	// Canonical holds the bytes that Digest is over: the CAP message without sent.
	Canonical []byte
	Digest    Digest
	// Code is the six-digit code of the digest, for two people to compare.
	Code string
	// Replaces is the digest of the pending request that this draft would
	// revise, nil when none is pending.
	Replaces *Digest
	// Faults forbid the request; the draft is composed as far as possible.
	Faults []problem.Fault
}

// Prepare composes a message and says what forbids its request. It refuses
// outright only what cannot be composed at all. All faults that Step would find
// in the content are among the draft's.
func (r Rules) Prepare(b *Book, in PrepareInput, now time.Time) (Draft, error) {
	content := in.Content.normal()
	w, exists := b.Warning(in.Warning)
	if err := r.allowKind(w, exists, in, now); err != nil {
		return Draft{}, err
	}
	draft := Draft{Warning: in.Warning, Kind: in.Kind, Content: content, Number: 1}
	if exists {
		draft.Number = w.Requests + 1
		if w.Pending != nil {
			digest := w.Pending.Digest
			draft.Replaces = &digest
			draft.Number = w.Pending.Number
		}
	}
	draft.Identifier = fmt.Sprintf("%s.%d", in.Warning, draft.Number)
	in.Content = content
	draft.Faults = r.checkContent(w, in, now)
	if err := r.composeDraft(&draft, w); err != nil && len(draft.Faults) == 0 {
		draft.Faults = append(draft.Faults, refusal.Fault("", "cap.invalid", err.Error()))
	}
	return draft, nil
}

// composeDraft makes the message of a draft's content. An event that is not
// known leaves it without one; its error is the CAP writer's.
func (r Rules) composeDraft(d *Draft, w *Warning) error {
	hazard, known := r.Wording.Hazard(d.Content.Event)
	if !known {
		return nil
	}
	alert := r.compose(header{warning: d.Warning, identifier: d.Identifier, kind: d.Kind, references: r.references(w)}, d.Content, hazard)
	canonical, err := cap.Content(alert)
	if err != nil {
		return err
	}
	digest := sha256.Sum256(canonical)
	d.Alert, d.Canonical = alert, canonical
	d.Digest, d.Code = Digest(digest), cap.ContentCode(digest)
	return nil
}

// allowKind refuses kinds that do not fit where the chain stands.
func (r Rules) allowKind(w *Warning, exists bool, in PrepareInput, now time.Time) error {
	switch in.Kind {
	case KindAlert:
		if !exists {
			if !strings.HasPrefix(in.Warning, r.Authority.ID+".") {
				return refusal.New(problem.Invalid, "warning.foreign-id", in.Warning)
			}
			return nil
		}
		if w.Pending != nil && w.Pending.Kind == KindAlert {
			return nil
		}
		if len(w.Messages) > 0 {
			return refusal.New(problem.Conflict, "alert.released")
		}
		return refusal.New(problem.Conflict, "alert.dropped")
	case KindUpdate, KindAllClear:
		if !exists {
			return refusal.New(problem.NotFound, "warning.unknown", in.Warning)
		}
		switch {
		case w.Status == StatusEnded:
			return refusal.New(problem.Conflict, "warning.ended")
		case len(w.Messages) == 0:
			return refusal.New(problem.Conflict, "warning.unreleased")
		case in.Kind == KindUpdate && !w.InForce(now) && w.Pending == nil:
			return refusal.New(problem.Conflict, "update.expired")
		}
		return nil
	default:
		return refusal.New(problem.Invalid, "kind.unknown", string(in.Kind))
	}
}

// checkContent lists every rule that the content breaks.
func (r Rules) checkContent(w *Warning, in PrepareInput, now time.Time) []problem.Fault {
	kind, c := in.Kind, in.Content
	var faults []problem.Fault
	fault := func(field, rule string, args ...string) {
		faults = append(faults, refusal.Fault(field, rule, args...))
	}
	if c.Event == "" {
		fault("event", "event.missing")
	} else if _, ok := r.Wording.Hazard(c.Event); !ok {
		fault("event", "event.unknown", c.Event)
	}
	if c.Level < LevelExtreme || c.Level > LevelInformation {
		fault("level", "level.unknown", strconv.Itoa(int(c.Level)))
	}
	if c.Signal != "" && !r.Wording.KnownSignal(c.Signal) {
		fault("signal", "signal.unknown", c.Signal)
	}
	if kind == KindAllClear && c.Signal != "" && c.Signal != SignalAllClear {
		fault("signal", "signal.all-clear")
	}
	if kind != KindAllClear && c.Signal == SignalAllClear {
		fault("signal", "signal.not-all-clear")
	}
	faults = append(faults, r.checkTimes(c, now)...)
	if c.Area.Empty() {
		fault("area", "area.empty")
	} else {
		faults = append(faults, r.Areas.CheckArea(c.Area)...)
	}
	if strings.TrimSpace(c.Area.Name) == "" && !c.Area.Empty() {
		fault("area.name", "area.no-name")
	}
	if c.Web != "" && !isPage(c.Web) {
		fault("web", "web.no-page", c.Web)
	}
	check := TextCheck{Kind: kind, Content: c, Languages: r.Authority.Languages, Exercise: r.Authority.Realm == authority.Exercise, Now: now, Tag: in.Tag}
	if w != nil && w.Last() != nil {
		check.Previous = w.Last().Content.Texts
	}
	return append(faults, r.Wording.CheckTexts(check)...)
}

// isPage reports whether people can open an address, and see whose it is.
func isPage(address string) bool {
	u, err := url.Parse(address)
	return err == nil && (u.Scheme == "https" || u.Scheme == "http") && u.Hostname() != "" && u.User == nil
}

func (r Rules) checkTimes(c Content, now time.Time) []problem.Fault {
	longest := time.Duration(r.Authority.Policy.LongestValidity)
	switch {
	case c.Expires.IsZero():
		return []problem.Fault{refusal.Fault("expires", "expires.missing")}
	case !c.Onset.IsZero() && !c.Expires.After(c.Onset):
		return []problem.Fault{refusal.Fault("expires", "expires.before-onset")}
	case !c.Expires.After(now):
		return []problem.Fault{refusal.Fault("expires", "expires.past")}
	case c.Expires.After(now.Add(longest)):
		return []problem.Fault{refusal.Fault("expires", "expires.too-late", longest.String())}
	}
	return nil
}

// SignalAllClear is the siren signal that says that the danger is over.
const SignalAllClear = "all-clear"

// normal gives the content in the one form that is digested: whole seconds in
// UTC, trimmed texts, no empty languages.
func (c Content) normal() Content {
	trim := strings.TrimSpace
	texts := make(map[string]Text, len(c.Texts))
	for tag, t := range c.Texts {
		t = Text{Headline: lineEnds(trim(t.Headline)), Description: lineEnds(trim(t.Description)), Instruction: lineEnds(trim(t.Instruction))}
		if t != (Text{}) {
			texts[tag] = t
		}
	}
	c.Texts = texts
	c.Area.Name = trim(c.Area.Name)
	c.Web, c.Contact = trim(c.Web), trim(c.Contact)
	c.ResponseTypes = slices.Clone(c.ResponseTypes)
	if !c.Onset.IsZero() {
		c.Onset = c.Onset.UTC().Truncate(time.Second)
	}
	if !c.Expires.IsZero() {
		c.Expires = c.Expires.UTC().Truncate(time.Second)
	}
	return c
}

// lineEnds makes every line end one line feed: browsers send carriage returns,
// which canonical XML would have to escape.
func lineEnds(s string) string {
	return strings.ReplaceAll(strings.ReplaceAll(s, "\r\n", "\n"), "\r", "\n")
}
