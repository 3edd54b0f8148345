// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

func TestFromDraftToAllClear(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1", "p-2", "cb-1")
	w.hear(siren.State{Siren: "p-1", Condition: siren.ConditionReady, Mains: true, Battery: true})
	eventually.Holds(w, "the siren is heard", func() bool { return w.service.Board(console.Identity{}).Sirens.Ready == 1 })

	content := w.flood()
	content.Signal = "warning"
	draft := w.prepare("anna", console.PrepareRequest{Kind: warning.KindAlert, Content: &content})
	sum := sha256.Sum256([]byte(draft.CAP))
	if hex.EncodeToString(sum[:]) != draft.Digest || draft.Code != cap.ContentCode(sum) {
		t.Errorf("digest %s and code %s are not those of the CAP bytes", draft.Digest, draft.Code)
	}
	if draft.Reach.People < 150_000 || draft.Reach.People > 220_000 {
		t.Errorf("%d people in Potsdam", draft.Reach.People)
	}
	if r := draft.Reach.Sirens; r.Total != 2 || r.WillSound != 1 || len(r.NotReady) != 1 || r.NotReady[0].ID != "p-2" {
		t.Errorf("sirens: %+v", r)
	}
	if draft.Confirmation != "Potsdam 2" || len(draft.Touches) != 1 || !draft.Touches[0].Own {
		t.Errorf("confirmation %q, touches %+v", draft.Confirmation, draft.Touches)
	}
	w.must("anna", http.MethodPost, "/api/v1/requests", w.requestOf("anna", draft), nil)

	var board console.Board
	w.must("ben", http.MethodGet, "/api/v1/board", nil, &board)
	if len(board.Waiting) != 1 || !board.Waiting[0].NeedsYou || board.Waiting[0].Author.FullName != "Anna Lindow" {
		t.Fatalf("board of the releaser: %+v", board.Waiting)
	}
	w.must("anna", http.MethodGet, "/api/v1/board", nil, &board)
	if board.Waiting[0].NeedsYou {
		t.Error("the author is asked to release her own request")
	}

	waiting := w.warning("ben", draft.Warning)
	p := waiting.Pending
	if p.Code != draft.Code || p.CAP != draft.CAP || p.Confirmation != draft.Confirmation {
		t.Errorf("the releaser sees something else than the author: %+v", p)
	}
	if !waiting.May.Release || !waiting.May.Refuse || !waiting.May.Stop || waiting.May.Withdraw {
		t.Errorf("what the releaser may: %+v", waiting.May)
	}
	w.must("ben", http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/release", w.releaseOf("ben", waiting), nil)

	released := w.warning("anna", waiting.ID)
	if released.Status != warning.StatusInForce || len(released.Messages) != 1 || released.Pending != nil {
		t.Fatalf("after the release: %+v", released)
	}
	message := released.Messages[0]
	if alert, err := cap.Read([]byte(message.CAP)); err != nil || alert.Identifier != message.Identifier {
		t.Errorf("the released CAP message: %v", err)
	}
	if len(message.Assertions) != 2 || message.Assertions[1].FullName != "Ben Okafor" || message.Assertions[1].Marking != operator.SoftwareKey {
		t.Errorf("signatures: %+v", message.Assertions)
	}

	w.clock.advance(time.Hour)
	update := w.prefilled(waiting.ID, warning.KindUpdate)
	update.Level = warning.LevelExtreme
	text := update.Texts["de"]
	text.Headline = "Schweres Hochwasser der Havel in Potsdam"
	update.Texts["de"] = text
	w.ask("anna", console.PrepareRequest{Warning: waiting.ID, Kind: warning.KindUpdate, Content: &update})
	var difference console.Difference
	w.must("ben", http.MethodGet, "/api/v1/warnings/"+waiting.ID+"/diff", nil, &difference)
	var fields []string
	for _, c := range difference.Changes {
		fields = append(fields, c.Field)
	}
	if strings.Join(fields, " ") != "level texts.de.headline" {
		t.Errorf("changes: %v", fields)
	}
	pending := w.warning("ben", waiting.ID)
	w.must("ben", http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/release", w.releaseOf("ben", pending), nil)

	w.clock.advance(time.Hour)
	allClear := w.prefilled(waiting.ID, warning.KindAllClear)
	if allClear.Signal != "all-clear" {
		t.Errorf("signal of the all-clear: %q", allClear.Signal)
	}
	ended := w.publish(console.PrepareRequest{Warning: waiting.ID, Kind: warning.KindAllClear, Content: &allClear})
	if ended.Status != warning.StatusEnded {
		t.Errorf("status %s", ended.Status)
	}
	last, err := cap.Read([]byte(ended.Messages[2].CAP))
	if err != nil || last.MsgType != cap.MsgTypeCancel || len(last.References) != 2 {
		t.Errorf("the all-clear does not name what it ends: %v %+v", err, last)
	}
	if ended.May.Update || ended.May.AllClear || ended.May.Refusals["update"] == "" {
		t.Errorf("what may be done after the end: %+v", ended.May)
	}
	var rows []console.WarningRow
	w.must("deniz", http.MethodGet, "/api/v1/warnings?status=ended", nil, &rows)
	if len(rows) != 1 || rows[0].Messages != 3 {
		t.Errorf("list: %+v", rows)
	}
}

func (w *world) prefilled(id string, kind warning.Kind) warning.Content {
	w.Helper()
	var out console.Prefilled
	w.must("anna", http.MethodGet, "/api/v1/warnings/"+id+"/"+string(kind), nil, &out)
	if out.CannotUndo["de"] == "" || out.CannotUndo["en"] == "" {
		w.Errorf("it is not said what the message does not undo: %+v", out.CannotUndo)
	}
	return out.Content
}

// An all-clear must never wait for somebody to find words: whatever template a
// warning was made from, the prefilled one breaks no rule.
func TestAllClearOfEveryTemplateCanBeSentAtOnce(t *testing.T) {
	w := newWorld(t, "")
	var templates []console.TemplateInfo
	w.must("anna", http.MethodGet, "/api/v1/templates", nil, &templates)
	if len(templates) < 10 {
		t.Fatalf("%d templates", len(templates))
	}
	for _, template := range templates {
		t.Run(template.ID, func(t *testing.T) {
			content := w.flood()
			content.Template = template.ID
			warned := w.publish(console.PrepareRequest{Kind: warning.KindAlert, Content: &content})
			allClear := w.prefilled(warned.ID, warning.KindAllClear)
			w.prepare("anna", console.PrepareRequest{Warning: warned.ID, Kind: warning.KindAllClear, Content: &allClear})
		})
	}
}

func TestNobodyReleasesTheirOwn(t *testing.T) {
	w := newWorld(t, "")
	w.addPerson("eva", "Eva Both", operator.Author, operator.Releaser)
	waiting := w.ask("eva", w.alert())
	if waiting.May.Release || !strings.Contains(waiting.May.Refusals["release"], "Ben Okafor") {
		t.Errorf("the refusal names nobody who could: %+v", waiting.May)
	}
	refused := w.refused("eva", http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/release", w.releaseOf("eva", waiting), problem.Forbidden)
	if !strings.Contains(refused.Remedy, "Ben Okafor") || refused.Errors[0].Rule != "warning.two-persons" {
		t.Errorf("refusal: %+v", refused)
	}
	w.signIn("ben")
	again := w.refused("eva", http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/release", w.releaseOf("eva", waiting), problem.Forbidden)
	if !strings.Contains(again.Remedy, "angemeldet") {
		t.Errorf("who is on shift is not said in the language of the house: %q", again.Remedy)
	}
}

func TestReleaseRefusesWhatWasNotRead(t *testing.T) {
	w := newWorld(t, "")
	waiting := w.ask("anna", w.alert())
	path := "/api/v1/warnings/" + waiting.ID + "/release"
	good := w.releaseOf("ben", waiting)

	t.Run("another digest", func(t *testing.T) {
		other := good
		other.Digest[0] ^= 1
		w.refused("ben", http.MethodPost, path, other, problem.Stale)
	})
	t.Run("a signature of someone else", func(t *testing.T) {
		other := good
		other.Assertion = w.sign("deniz", operator.ActionRelease, operator.Releaser, waiting.ID, good.Identifier, good.Digest)
		w.refused("ben", http.MethodPost, path, other, problem.Forbidden)
	})
	t.Run("a signature for asking", func(t *testing.T) {
		other := good
		other.Assertion = w.sign("ben", operator.ActionRequest, operator.Releaser, waiting.ID, good.Identifier, good.Digest)
		w.refused("ben", http.MethodPost, path, other, problem.Forbidden)
	})
	t.Run("a wrong confirmation, even with a token", func(t *testing.T) {
		other := good
		other.Confirmation = "Potsdam 1"
		w.refused("ben", http.MethodPost, path, other, problem.Invalid)
	})
	t.Run("a session without confirmation", func(t *testing.T) {
		cookie := w.signIn("ben")
		request := w.request(http.MethodPost, path, good)
		request.AddCookie(cookie)
		var document problem.Document
		if status := w.send(request, &document); status != http.StatusUnprocessableEntity || document.Errors[0].Field != "confirmation" {
			t.Fatalf("%d %+v", status, document)
		}
		confirmed := good
		confirmed.Confirmation = "  potsdam   2 "
		request = w.request(http.MethodPost, path, confirmed)
		request.AddCookie(cookie)
		if status := w.send(request, nil); status != http.StatusOK {
			t.Fatalf("with the confirmation: %d", status)
		}
	})
	t.Run("a second release", func(t *testing.T) {
		w.refused("ben", http.MethodPost, path, good, problem.Conflict)
	})
}

func TestStaleForm(t *testing.T) {
	w := newWorld(t, "")
	w.addPerson("eva", "Eva Zweite", operator.Author)
	first := w.ask("anna", w.alert())
	revise := func(as, headline string) warning.RequestCommand {
		content := w.flood()
		text := content.Texts["de"]
		text.Headline = headline
		content.Texts["de"] = text
		return w.requestOf(as, w.prepare(as, console.PrepareRequest{Warning: first.ID, Kind: warning.KindAlert, Content: &content}))
	}
	annas, evas := revise("anna", "Hochwasser der Havel in Potsdam West"), revise("eva", "Hochwasser der Havel in Potsdam Ost")
	w.must("eva", http.MethodPost, "/api/v1/requests", evas, nil)
	w.refused("anna", http.MethodPost, "/api/v1/requests", annas, problem.Stale)
	if now := w.warning("ben", first.ID); now.Pending.Revision != 2 || now.Pending.Author.Name != "eva" {
		t.Errorf("the request was changed by the stale form: %+v", now.Pending)
	}
	w.refused("ben", http.MethodPost, "/api/v1/warnings/"+first.ID+"/release", w.releaseOf("ben", first), problem.Stale)
}

func TestDropping(t *testing.T) {
	w := newWorld(t, "")
	for verb, allowed := range map[string][]string{
		"refuse": {"ben"}, "withdraw": {"anna"}, "stop": {"anna", "ben", "clara", "deniz"},
	} {
		for name := range w.people {
			t.Run(verb+" as "+name, func(t *testing.T) {
				waiting := w.ask("anna", w.alert())
				path := "/api/v1/warnings/" + waiting.ID + "/" + verb
				drop := console.Drop{Identifier: waiting.Pending.Identifier, Reason: "falsches Gebiet"}
				if !strings.Contains(strings.Join(allowed, " "), name) {
					w.refused(name, http.MethodPost, path, drop, problem.Forbidden)
					return
				}
				w.must(name, http.MethodPost, path, drop, nil)
				if w.warning(name, waiting.ID).Status != warning.StatusDropped {
					t.Error("the request still waits")
				}
			})
		}
	}
	t.Run("refuse without a reason", func(t *testing.T) {
		waiting := w.ask("anna", w.alert())
		w.refused("ben", http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/refuse", console.Drop{Identifier: waiting.Pending.Identifier}, problem.Invalid)
	})
}

func TestPrepareListsAllFaults(t *testing.T) {
	w := newWorld(t, "")
	var draft console.Draft
	w.must("anna", http.MethodPost, "/api/v1/prepare", `{"kind":"alert","content":{"event":"BBK-EVC-000","level":9,"area":{"name":"Berlin","ars":["11"]}}}`, &draft)
	rules := map[string]bool{}
	for _, f := range draft.Faults {
		rules[f.Rule] = true
	}
	for _, rule := range []string{"event.unknown", "level.unknown", "expires.missing", "territory.region"} {
		if !rules[rule] {
			t.Errorf("the fault %s is missing in %v", rule, rules)
		}
	}
	if draft.Digest != "" || draft.Statement != "" {
		t.Error("there is something to sign although nothing could be composed")
	}
}

// The command line reads CAP files through the same door.
func TestPrepareFromCAP(t *testing.T) {
	w := newWorld(t, "")
	released := w.publish(w.alert())
	draft := w.prepare("anna", console.PrepareRequest{Kind: warning.KindAlert, CAP: released.Messages[0].CAP})
	if draft.Content.Event != "BBK-EVC-038" || draft.Content.Level != warning.LevelDanger || len(draft.Content.Area.ARS) != 1 {
		t.Errorf("content: %+v", draft.Content)
	}
	w.refused("anna", http.MethodPost, "/api/v1/prepare", console.PrepareRequest{Kind: warning.KindAlert, CAP: "<html/>"}, problem.Unreadable)
	w.refused("anna", http.MethodPost, "/api/v1/prepare", console.PrepareRequest{Kind: warning.KindAlert}, problem.Invalid)
}

func TestDeliveries(t *testing.T) {
	w := newWorld(t, "")
	w.fleetOf("p-1", "p-2", "p-3")
	released := w.publish(w.alert())
	message := released.Messages[0].Identifier
	job := dispatch.JobID(message, "siren")
	w.record(journal.NewEvent(dispatch.EventPlanned, dispatch.Planned{
		Job: job, Warning: released.ID, Message: message, Channel: "siren",
		Plan: dispatch.Plan{Targets: []dispatch.Target{{ID: "p-1"}, {ID: "p-2"}, {ID: "p-3"}}, Deadline: w.clock.Now().Add(time.Minute)},
	}))
	w.record(journal.NewEvent(dispatch.EventReceipts, dispatch.Receipts{Job: job, Receipts: []dispatch.Receipt{
		{Target: "p-1", Outcome: dispatch.Sounding, At: w.clock.Now()},
		{Target: "p-3", Outcome: dispatch.NotReached, Reason: dispatch.ReasonNoAnswer, At: w.clock.Now()},
	}}))
	d := w.warning("deniz", released.ID).Deliveries
	if len(d) != 1 || d[0].Total != 3 || d[0].Good != 1 || d[0].Bad != 1 || d[0].Open != 1 || d[0].Targets[0].ID != "p-3" {
		t.Fatalf("deliveries: %+v", d)
	}
	var board console.Board
	w.must("deniz", http.MethodGet, "/api/v1/board", nil, &board)
	if len(board.Channels) != 1 || board.Channels[0].Bad != 1 {
		t.Errorf("channels: %+v", board.Channels)
	}
	if len(board.Trouble) != 2 || board.Trouble[0].Code != "dispatch.not-reached" || board.Trouble[0].Text["de"] != "1 Empfänger nicht erreicht" ||
		board.Trouble[1].Code != "siren.unknown" || board.Trouble[1].Count != 3 {
		t.Errorf("trouble: %+v", board.Trouble)
	}
	var detail console.SirenDetail
	w.must("deniz", http.MethodGet, "/api/v1/sirens/p-3", nil, &detail)
	if len(detail.Outcomes) != 1 || detail.Outcomes[0].Reason != dispatch.ReasonNoAnswer || detail.Outcomes[0].Warning != released.ID {
		t.Errorf("siren: %+v", detail.Outcomes)
	}
}

func TestReadBack(t *testing.T) {
	pages := map[string]string{}
	public := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		page, ok := pages[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(public.Close)
	w := newWorld(t, public.URL)
	waiting := w.ask("anna", w.alert())
	w.refused("ben", http.MethodGet, "/api/v1/warnings/"+waiting.ID+"/read-back", nil, problem.Conflict)
	w.must("ben", http.MethodPost, "/api/v1/warnings/"+waiting.ID+"/release", w.releaseOf("ben", waiting), nil)
	released := w.warning("ben", waiting.ID).Messages[0]
	pages["/cap/"+released.Identifier+".xml"] = released.CAP
	pages["/feed.atom"] = "<feed><id>" + released.Identifier + "</id></feed>"
	results := func() map[string]string {
		var out console.ReadBack
		w.must("ben", http.MethodGet, "/api/v1/warnings/"+waiting.ID+"/read-back", nil, &out)
		found := map[string]string{}
		for _, p := range out.Pages {
			found[p.Name] = p.Result
		}
		return found
	}
	if got := results(); got["cap"] != "same" || got["feed"] != "same" || got["page"] != "missing" {
		t.Errorf("read back: %v", got)
	}
	pages["/cap/"+released.Identifier+".xml"] = strings.Replace(released.CAP, "Hochwasser", "Niedrigwasser", 1)
	if got := results(); got["cap"] != "different" {
		t.Errorf("a changed message is not noticed: %v", got)
	}
	public.Close()
	if got := results(); got["cap"] != "unreachable" {
		t.Errorf("a dead public side is not noticed: %v", got)
	}
}
