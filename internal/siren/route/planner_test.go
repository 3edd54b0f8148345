// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package route

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

var three = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

func after(seconds int) time.Time { return three.Add(time.Duration(seconds) * time.Second) }

// town is sirens with MQTT and then POCSAG, all in one group; the last has its
// own tones besides.
func town(n int) []siren.Siren {
	sirens := make([]siren.Siren, n)
	for i := range sirens {
		sirens[i] = siren.Siren{ID: fmt.Sprintf("s%d", i+1), Paths: []siren.Path{
			{Kind: siren.PathMQTT}, {Kind: siren.PathPOCSAG, Address: fmt.Sprintf("1000%d", i+1), Group: "0020000"},
		}}
	}
	sirens[n-1].Paths = append(sirens[n-1].Paths, siren.Path{Kind: siren.PathTones, Address: "12345"})
	return sirens
}

func planning(all, meant []siren.Siren) *planner {
	o := Order{Order: siren.Order{Until: after(720)}, Latest: after(600), Ways: Survey(all, meant, "warning", radios)}
	for _, s := range meant {
		o.Sirens = append(o.Sirens, s.ID)
	}
	return newPlanner(o, DefaultWaits(), radios, map[siren.PathKind]Bearer{siren.PathMQTT: nil})
}

// taken lists the calls that are to go out by POCSAG and tones.
func (p *planner) taken(now time.Time) (calls []string) {
	for _, c := range radios {
		for _, i := range p.take(c.Name(), 100, now) {
			calls = append(calls, p.calls[i].String())
			p.transmitted(i, nil, now)
		}
	}
	return calls
}

func says(id string, status siren.Status, reason string) siren.Progress {
	return siren.Progress{Siren: id, Status: status, Reason: reason, Path: siren.PathMQTT}
}

func TestPlannerTriesTheNextWay(t *testing.T) {
	offline := says("s1", siren.StatusWaiting, siren.KeyOffline)
	for _, c := range []struct {
		name string
		of   int // sirens
		said []siren.Progress
		at   int // seconds
		want []string
	}{
		{"not before the wait is over", 1, nil, 7, nil},
		{"after the wait", 1, nil, 8, []string{"10001 warning"}},
		{"one call for a group of which nobody answered", 3, nil, 8, []string{"0020000 warning"}},
		{"single calls where some of the group sound", 3, []siren.Progress{says("s2", siren.StatusSounding, "")}, 8, []string{"10001 warning", "10003 warning"}},
		{"at once for a siren that is offline", 3, []siren.Progress{offline}, 2, []string{"10001 warning"}},
		{"at once where the frame is refused", 3, []siren.Progress{says("s2", siren.StatusRefused, siren.ReasonExpired.Key())}, 0, []string{"10002 warning"}},
		{"never where the horn is broken", 1, []siren.Progress{says("s1", siren.StatusRefused, siren.ReasonFault.Key())}, 100, nil},
		{"never where it sounds", 1, []siren.Progress{says("s1", siren.StatusSounding, "")}, 100, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			fleet := town(c.of)
			p := planning(fleet, fleet)
			if start := p.step(three); len(start[siren.PathMQTT]) != c.of {
				t.Fatalf("frames go to %v", start)
			}
			for _, news := range c.said {
				p.answer(news, three)
			}
			p.step(after(c.at))
			if diff := cmp.Diff(c.want, p.taken(after(c.at))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A group call that would sound a siren outside of the area is never made.
func TestSurveyLeavesNeighboursAlone(t *testing.T) {
	fleet := town(3)
	p := planning(fleet, fleet[:2])
	p.step(three)
	p.step(after(8))
	if diff := cmp.Diff([]string{"10001 warning", "10002 warning"}, p.taken(after(8))); diff != "" {
		t.Error(diff)
	}
	shared := slices.Clone(fleet)
	shared[0].Paths = []siren.Path{{Kind: siren.PathPOCSAG, Address: "010003"}}
	ways := Survey(shared, shared[:1], "warning", radios)
	if diff := cmp.Diff(Ways{Sirens: []Steps{{"s1", []Step{{Kind: siren.PathPOCSAG, Reason: KeyShared}}}}}, ways); diff != "" {
		t.Error(diff)
	}
	refusing := []Caller{radio{kind: siren.PathPOCSAG, refuses: "warning"}}
	if step := Survey(fleet, fleet, "warning", refusing).Sirens[2].Steps; step[1].Reason != KeyNoCall || step[2].Reason != KeyNoTransmitter {
		t.Errorf("%+v", step)
	}
}

func TestPlannerSaysHonestlyWhatCameOfACall(t *testing.T) {
	fleet := town(1)[:1]
	fleet[0].Paths = fleet[0].Paths[1:2]
	call := siren.Call{Kind: siren.PathPOCSAG, Address: "10001", Command: "warning"}
	for _, c := range []struct {
		name   string
		do     func(p *planner)
		status siren.Status
		reason string
	}{
		{"it went out", func(p *planner) { p.taken(three) }, siren.StatusUnconfirmed, KeyCalled},
		{"it was heard", func(p *planner) { p.taken(three); p.heard(call, "tower", after(3)) }, siren.StatusUnconfirmed, KeyHeard},
		{"it was heard before the transmitter was done", func(p *planner) {
			taken := p.take("radio-pocsag", 1, three)
			p.heard(call, "tower", after(3))
			p.transmitted(taken[0], nil, after(4))
		}, siren.StatusUnconfirmed, KeyHeard},
		{"another was heard", func(p *planner) {
			p.taken(three)
			other := call
			other.Command = "all-clear"
			p.heard(other, "tower", after(3))
		}, siren.StatusUnconfirmed, KeyCalled},
		{"the transmitter failed", func(p *planner) {
			for n := range attempts {
				now := after(10 * n)
				for _, i := range p.take("radio-pocsag", 1, now) {
					p.transmitted(i, errors.New("no carrier"), now)
				}
			}
			if more := p.take("radio-pocsag", 1, after(60)); len(more) > 0 {
				panic("a fourth attempt")
			}
		}, siren.StatusNotReached, KeyTransmitter},
		{"its time was over", func(p *planner) { p.take("radio-pocsag", 1, after(600)) }, siren.StatusNotReached, siren.KeyExpired},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := planning(fleet, fleet)
			p.step(three)
			c.do(p)
			p.step(p.until)
			news := p.fetch()
			last := news[len(news)-1]
			if last.Status != c.status || last.Reason != c.reason || last.Path != siren.PathPOCSAG {
				t.Errorf("%+v, want %s %s", last, c.status, c.reason)
			}
		})
	}
}

// After a restart a call that was sent is not sent again; one of which nobody
// knows whether it was is, but tones not within two minutes.
func TestPlannerRecallsWhatWasSent(t *testing.T) {
	for _, c := range []struct {
		name  string
		kind  siren.PathKind
		stage siren.CallStage
		at    int
		want  bool
	}{
		{"sent", siren.PathPOCSAG, siren.CallSent, 0, false},
		{"perhaps sent", siren.PathPOCSAG, siren.CallBegun, 0, true},
		{"tones, perhaps sent", siren.PathTones, siren.CallBegun, 119, false},
		{"tones, perhaps sent two minutes ago", siren.PathTones, siren.CallBegun, 120, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			fleet := []siren.Siren{{ID: "s1", Paths: []siren.Path{{Kind: c.kind, Address: "12345"}}}}
			p := planning(fleet, fleet)
			p.recall(p.calls[0].Call, c.stage, three)
			p.step(after(c.at))
			if got := len(p.taken(after(c.at))) > 0; got != c.want {
				t.Errorf("called %v, want %v", got, c.want)
			}
			if p.step(p.until); p.fetch()[len(p.news)].Siren != "s1" {
				t.Error("the siren is not reported")
			}
		})
	}
}

// Tones that went out for another order are not sent again within two minutes;
// another double tone, or a page, is.
func TestPlannerLetsTonesRest(t *testing.T) {
	fleet := []siren.Siren{
		{ID: "s1", Paths: []siren.Path{{Kind: siren.PathTones, Address: "12345"}}},
		{ID: "s2", Paths: []siren.Path{{Kind: siren.PathPOCSAG, Address: "12345"}}},
	}
	ways := Survey(fleet, fleet, "warning", radios)
	book := &Book{}
	for _, stage := range []siren.CallStage{siren.CallBegun, siren.CallSent} {
		event := journal.NewEvent(siren.EventCalled, siren.Called{Order: "earlier", Stage: stage, Calls: ways.Calls, At: three})
		if err := book.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
			t.Fatal(err)
		}
	}
	p := planning(fleet, fleet)
	p.rest(book.Last)
	p.step(after(1))
	if diff := cmp.Diff([]string{"12345 warning"}, p.taken(after(119))); diff != "" || p.calls[1].sent.IsZero() == p.calls[0].sent.IsZero() {
		t.Error("within two minutes: ", diff)
	}
	if diff := cmp.Diff([]string{"12345 warning"}, p.taken(after(120))); diff != "" {
		t.Error("after two minutes: ", diff)
	}
	other := ways.Calls[0]
	other.Command = "all-clear"
	if !book.Last(other).IsZero() || book.Last(ways.Calls[0]) != three {
		t.Errorf("%v, %v", book.Last(other), book.Last(ways.Calls[0]))
	}
}

func TestAirtimeCountsGroupsInPlaceOfTheirMembers(t *testing.T) {
	fleet := town(4)
	want := map[string]time.Duration{"radio-pocsag": 2 * time.Second, "radio-tones": 8 * time.Second}
	if diff := cmp.Diff(want, Survey(fleet, fleet, "warning", radios).Airtime()); diff != "" {
		t.Error(diff)
	}
}

// Where a newer order is under way, such as that to be silent, no call of the
// older one goes out any more, not even one to a group.
func TestASupersededOrderCallsNobody(t *testing.T) {
	fleet := town(3)
	p := planning(fleet, fleet)
	p.step(three)
	p.answer(says("s1", siren.StatusNotReached, siren.KeySuperseded), after(1))
	p.step(after(8))
	if diff := cmp.Diff([]string{"10002 warning", "10003 warning"}, p.taken(after(8))); diff != "" {
		t.Error(diff)
	}
	p.supersede([]string{"s2", "s3"}, after(9))
	p.step(after(300))
	if calls := p.taken(after(300)); len(calls) > 0 || p.open > 0 {
		t.Errorf("still calls %v, %d open", calls, p.open)
	}
	last := map[string]siren.Status{}
	for _, news := range p.fetch() {
		last[news.Siren] = news.Status
	}
	want := map[string]siren.Status{"s1": siren.StatusNotReached, "s2": siren.StatusUnconfirmed, "s3": siren.StatusUnconfirmed}
	if diff := cmp.Diff(want, last); diff != "" {
		t.Error(diff)
	}
}

// What the siren itself refused stands in the report, and not that its other
// ways cannot be used: that was known before.
func TestARefusalOutlivesWaysThatCannotBeUsed(t *testing.T) {
	fleet := town(1)
	fleet[0].Paths = []siren.Path{{Kind: siren.PathMQTT}, {Kind: siren.PathHTTP, Address: "https://siren.example/"}}
	p := planning(fleet, fleet)
	p.step(three)
	refused := says("s1", siren.StatusRefused, siren.ReasonExpired.Key())
	p.answer(refused, three)
	p.step(three)
	if j := p.journeys["s1"]; j.status != siren.StatusRefused || j.reason != refused.Reason || j.path != siren.PathMQTT {
		t.Errorf("it ends as %s on %s: %s", j.status, j.path, j.reason)
	}
}
