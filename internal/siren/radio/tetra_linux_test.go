// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package radio

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"golang.org/x/sys/unix"

	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/radio/tetra"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// handset is a radio on a pseudo-terminal, which answers commands as its script says.
type handset struct {
	t    *testing.T
	link string // the path under which computers find it

	mu      sync.Mutex
	master  *os.File
	said    []tetra.Command
	service tetra.Service
	// answer gives what the radio says to a message; as it goes well when nil.
	answer func(tetra.Send) string
	mute   bool
	ended  sync.WaitGroup
}

func newHandset(t *testing.T) *handset {
	h := &handset{t: t, link: filepath.Join(t.TempDir(), "ttyRadio")}
	h.plug()
	t.Cleanup(h.unplug)
	return h
}

// plug opens a new pseudo-terminal and lays the link to it.
func (h *handset) plug() {
	h.t.Helper()
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_NONBLOCK, 0)
	if err != nil {
		h.t.Skipf("no pseudo-terminals here: %v", err)
	}
	number, err := unix.IoctlGetInt(int(fdOf(h.t, master)), unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(int(fdOf(h.t, master)), unix.TIOCSPTLCK, 0)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	path := fmt.Sprintf("/dev/pts/%d", number)
	os.Remove(h.link)
	if err := os.Symlink(path, h.link); err != nil {
		h.t.Fatal(err)
	}
	h.mu.Lock()
	h.master = master
	h.mu.Unlock()
	h.ended.Go(func() { h.serve(master) })
}

// fdOf gives the descriptor without making the file block.
func fdOf(t *testing.T, f *os.File) (fd uintptr) {
	t.Helper()
	raw, err := f.SyscallConn()
	if err == nil {
		err = raw.Control(func(number uintptr) { fd = number })
	}
	if err != nil {
		t.Fatal(err)
	}
	return fd
}

func (h *handset) unplug() {
	os.Remove(h.link)
	h.mu.Lock()
	h.master.Close()
	h.mu.Unlock()
	h.ended.Wait()
}

// serve plays the radio: EN 300 392-5 as package tetra has it.
func (h *handset) serve(master *os.File) {
	reader := tetra.NewCommandReader(waiting{master})
	for {
		c, err := reader.Next()
		if err != nil {
			if _, noise := err.(*tetra.SyntaxError); noise {
				continue
			}
			return
		}
		h.mu.Lock()
		h.said = append(h.said, c)
		reply := string(tetra.OK{}.Encode())
		switch c := c.(type) {
		case tetra.Select:
			h.service = c.Service
		case tetra.Send:
			reply = string(tetra.Sent{Instance: 7, State: tetra.Taken, Reference: -1}.Encode()) + reply +
				string(tetra.Sent{Instance: 7, State: tetra.OnAir, Reference: 3}.Encode())
			if h.answer != nil {
				reply = h.answer(c)
			}
		}
		mute := h.mute
		h.mu.Unlock()
		if !mute {
			h.say(reply)
		}
	}
}

// waiting reads a master whose line may be down between two programs.
type waiting struct{ *os.File }

func (w waiting) Read(b []byte) (int, error) {
	for {
		n, err := w.File.Read(b)
		if err == nil || !strings.Contains(err.Error(), "input/output error") {
			return n, err
		}
		time.Sleep(2 * time.Millisecond)
	}
}

func (h *handset) say(text string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if _, err := h.master.WriteString(text); err != nil {
		h.t.Log(err)
	}
}

func (h *handset) heard() []tetra.Command {
	h.mu.Lock()
	defer h.mu.Unlock()
	return append([]tetra.Command(nil), h.said...)
}

// gateway is a TETRA caller connected to the handset, and what it reports.
type gateway struct {
	*TETRA
	mu     sync.Mutex
	news   []siren.Progress
	states []siren.State
}

func connect(t *testing.T, h *handset) *gateway {
	t.Helper()
	fleet := siren.NewFleet()
	event := journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{
		{ID: "s1", Number: 1, Paths: []siren.Path{{Kind: siren.PathTETRA, Address: "23404/0012", Group: "9000001/0099"}}},
	}})
	if err := fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		t.Fatal(err)
	}
	g := &gateway{}
	var err error
	g.TETRA, err = NewTETRA(TETRAOptions{
		Name: "radio", Device: h.link, Setup: []string{"AT+CTOM=0"}, Fleet: fleet, Log: slog.New(slog.DiscardHandler),
		Signals: map[string]TETRASignal{"warning": {Text: "2{sub}"}, "all-clear": {Status: 33000}},
		Report:  func(p siren.Progress) { g.mu.Lock(); defer g.mu.Unlock(); g.news = append(g.news, p) },
		Observe: func(s siren.State) {
			g.mu.Lock()
			defer g.mu.Unlock()
			g.states = append(g.states, s)
		},
		answerTime: 200 * time.Millisecond, sentTime: 100 * time.Millisecond, reopenTime: 10 * time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); _ = g.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return g
}

func (g *gateway) last() siren.Progress {
	g.mu.Lock()
	defer g.mu.Unlock()
	if len(g.news) == 0 {
		return siren.Progress{}
	}
	return g.news[len(g.news)-1]
}

func (g *gateway) call(t *testing.T, address, signal string) error {
	t.Helper()
	call, ok := g.Prepare(address, signal)
	if !ok {
		t.Fatalf("no call for %s", signal)
	}
	call.Address = address
	sent := g.Transmit(t.Context(), route.PriorityAlarm, func(int) []siren.Call { return []siren.Call{call} })
	if len(sent) != 1 {
		t.Fatalf("%d outcomes", len(sent))
	}
	return sent[0]
}

func TestTETRASendsTextsAndStatuses(t *testing.T) {
	h := newHandset(t)
	g := connect(t, h)
	for _, c := range []struct{ address, signal string }{{"23404/0012", "warning"}, {"9000001/0099", "all-clear"}} {
		if err := g.call(t, c.address, c.signal); err != nil {
			t.Fatal(err)
		}
	}
	text, err := tetra.EncodeText("20012")
	if err != nil {
		t.Fatal(err)
	}
	transfer := tetra.Transfer{Protocol: tetra.Text, Request: tetra.WhenReceived, Data: text}.Encode()
	want := []tetra.Command{
		tetra.Attention("AT"), tetra.Attention("AT+CTOM=0"),
		tetra.Select{Service: tetra.SDS4}, tetra.Send{To: "23404", Bits: 8 * len(transfer), Data: transfer},
		tetra.Select{Service: tetra.Status}, tetra.Send{To: "9000001", Bits: 16, Data: []byte{0x80, 0xE8}},
	}
	if diff := cmp.Diff(want, h.heard()); diff != "" {
		t.Error(diff)
	}
	if _, ok := g.Prepare("23404/0012", "fire"); ok {
		t.Error("a signal without message is called")
	}
	if _, ok := g.Prepare("23404", "warning"); ok {
		t.Error("a text is sent without its sub-address")
	}
}

func TestTETRASaysWhatFailed(t *testing.T) {
	for _, c := range []struct {
		name, answer, want string
	}{
		{"an error code", "\r\n+CME ERROR: 31\r\n", "the network did not acknowledge"},
		{"a bare error", "\r\nERROR\r\n", "refuses the command"},
		{"not sent", "\r\n+CMGS: 7\r\n\r\nOK\r\n\r\n+CMGS: 7,5\r\n", "could not send"},
		{"sent, said before OK", "\r\n+CMGS: 7,4\r\n\r\nOK\r\n", ""},
		{"no word of the sending", "\r\nOK\r\n", ""},
		{"another message's failure", "\r\n+CMGS: 7\r\n\r\nOK\r\n\r\n+CMGS: 6,5\r\n\r\n+CMGS: 7,4\r\n", ""},
		{"noise on the line", "\x00\xff+CMGS: x\r\n+CTSDSR: 99\r\n\r\nOK\r\n+CMGS: 7,4\r\n", ""},
		{"silence", "", "does not answer"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := newHandset(t)
			h.answer = func(tetra.Send) string { return c.answer }
			g := connect(t, h)
			err := g.call(t, "23404/0012", "warning")
			if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v, want %q", err, c.want)
			}
		})
	}
}

func TestTETRAOutlivesItsRadio(t *testing.T) {
	h := newHandset(t)
	g := connect(t, h)
	if err := g.call(t, "23404/0012", "warning"); err != nil {
		t.Fatal(err)
	}
	h.unplug()
	if err := g.call(t, "23404/0012", "warning"); err == nil {
		t.Error("a message was sent without a radio")
	}
	h.plug()
	eventually.Holds(t, "a message is sent by the radio that came back", func() bool { return g.call(t, "23404/0012", "warning") == nil })
	h.mu.Lock()
	h.mute = true
	h.mu.Unlock()
	if err := g.call(t, "23404/0012", "warning"); err == nil {
		t.Error("a message was sent by a radio that does not answer")
	}
	h.mu.Lock()
	h.mute = false
	h.mu.Unlock()
	eventually.Holds(t, "a message is sent once it answers again", func() bool { return g.call(t, "23404/0012", "warning") == nil })
}

func TestTETRAStatusesBecomeStatesAndAnswers(t *testing.T) {
	h := newHandset(t)
	g := connect(t, h)
	eventually.Holds(t, "the radio is connected", func() bool { return len(h.heard()) == 2 })
	report := tetra.Report{Protocol: tetra.Text, Status: tetra.Received, Reference: 3}.Encode()
	h.say(string(tetra.Message{Service: tetra.SDS4, From: "262100100023404", To: "1", Bits: 8 * len(report), Data: report}.Encode()))
	eventually.Holds(t, "the delivery is reported", func() bool { return g.last().Reason == keyDelivered })
	for _, c := range []struct {
		status    tetra.SirenStatus
		condition siren.Condition
		detail    string
		news      siren.Status
	}{
		{tetra.Triggered, siren.ConditionTriggered, "", siren.StatusSounding},
		{tetra.Ready, siren.ConditionReady, "", siren.StatusDone},
		{tetra.NotTriggered, siren.ConditionReady, "", siren.StatusRefused},
		{tetra.BusyRejected, siren.ConditionBusy, "", siren.StatusRefused},
		{tetra.BusyStored, siren.ConditionBusy, "", siren.StatusWaiting},
		{tetra.Fault, siren.ConditionFault, siren.DetailHorn, ""},
		{tetra.Off, siren.ConditionOff, siren.DetailOff, ""},
		{tetra.Sabotage, siren.ConditionSabotage, siren.DetailSabotage, ""},
		{tetra.Overheated, siren.ConditionFault, siren.DetailHot, ""},
		{tetra.CooledDown, siren.ConditionReady, "", ""},
		{tetra.MainsFault, siren.ConditionReady, siren.DetailMains, ""},
		{tetra.BatteryFault, siren.ConditionReady, siren.DetailBattery, ""},
		{tetra.ManualTrigger, siren.ConditionTriggered, siren.DetailLocal, ""},
	} {
		t.Run(c.status.String(), func(t *testing.T) {
			g.mu.Lock()
			g.news, g.states = nil, nil
			g.mu.Unlock()
			send := c.status.Message("1")
			stranger := tetra.Message{Service: tetra.Status, From: "77", To: "1", Bits: send.Bits, Data: send.Data}
			own := stranger
			own.From = "23404"
			h.say("RI\r\nNG" + string(stranger.Encode()) + string(own.Encode()))
			var state siren.State
			eventually.Holds(t, "the state is known", func() bool {
				g.mu.Lock()
				defer g.mu.Unlock()
				if len(g.states) > 0 {
					state = g.states[0]
				}
				return len(g.states) > 0
			})
			if state.Siren != "s1" || state.Condition != c.condition || state.Detail != c.detail || state.Path != siren.PathTETRA {
				t.Errorf("%+v", state)
			}
			eventually.Holds(t, "the answer is reported", func() bool { return g.last().Status == c.news })
		})
	}
}

// The whole way of a call: the siren's statuses are the acknowledgement, and one
// that does not answer ends as unconfirmed.
func TestTETRAAnswersAreAcknowledgements(t *testing.T) {
	h := newHandset(t)
	g := connect(t, h)
	book := &route.Book{}
	ways := route.New(route.Options{
		Callers:  []route.Caller{g},
		Recorder: route.Recorder{Book: book, Ledger: journal.NewLedger(memory.New(), book, time.Now)}, Log: slog.New(slog.DiscardHandler),
	})
	g.o.Report = ways.Answer
	fleet := g.o.Fleet.All()
	for n, c := range []struct {
		name    string
		answers []tetra.SirenStatus
		want    []siren.Status
	}{
		{"triggered and ready", []tetra.SirenStatus{tetra.Triggered, tetra.Ready}, []siren.Status{siren.StatusWaiting, siren.StatusSounding, siren.StatusDone}},
		{"ready before anything", []tetra.SirenStatus{tetra.Ready, tetra.Triggered}, []siren.Status{siren.StatusWaiting, siren.StatusSounding, siren.StatusEndUnknown}},
		{"busy", []tetra.SirenStatus{tetra.BusyRejected}, []siren.Status{siren.StatusWaiting, siren.StatusRefused}},
		{"silence", nil, []siren.Status{siren.StatusWaiting, siren.StatusUnconfirmed}},
	} {
		t.Run(c.name, func(t *testing.T) {
			until := time.Now().Add(4 * time.Second)
			order := route.Order{
				Order: siren.Order{Sirens: []string{"s1"}, Until: until}, ID: fmt.Sprint("order-", n), Latest: until,
				Ways: route.Survey(fleet, fleet, "warning", ways.Callers()),
			}
			var got []siren.Status
			if err := ways.Deliver(t.Context(), order, func(p siren.Progress) {
				if p.Path != siren.PathTETRA {
					t.Errorf("%+v", p)
				}
				if len(got) == 0 { // it went out
					go func() {
						for _, status := range c.answers {
							send := status.Message("1")
							h.say(string(tetra.Message{Service: tetra.Status, From: "23404", To: "1", Bits: send.Bits, Data: send.Data}.Encode()))
						}
					}()
				}
				got = append(got, p.Status)
			}); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTETRARefusesWhatCannotBeSent(t *testing.T) {
	for name, o := range map[string]TETRAOptions{
		"both":                {Signals: map[string]TETRASignal{"warning": {Status: 33000, Text: "x"}}},
		"neither":             {Signals: map[string]TETRASignal{"warning": {}}},
		"a standard's status": {Signals: map[string]TETRASignal{"warning": {Status: 12}}},
		"foreign letters":     {Signals: map[string]TETRASignal{"warning": {Text: "警報"}}},
		"no command":          {Setup: []string{"reboot"}},
	} {
		if _, err := NewTETRA(o); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// Whatever a radio says, a command ends, and what is read stays bounded.
func FuzzCarry(f *testing.F) {
	for _, said := range []string{
		"\r\nOK\r\n", "\r\n+CME ERROR: 31\r\n", "\r\n+CMGS: 7\r\n\r\nOK\r\n\r\n+CMGS: 7,4\r\n", "\r\n+CMGS: 7,5\r\n",
		"\r\n+CTSDSR: 13,23404,0,1,0,16\r\nE000\r\n\r\nOK\r\n", "\r\n+CTSDSR: 12,23404,0,1,0,32\r\n82100003\r\n", "\x00\xff+CTSDSR: 99",
	} {
		f.Add(said, true)
	}
	fleet := siren.NewFleet()
	event := journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{
		{ID: "s1", Number: 1, Paths: []siren.Path{{Kind: siren.PathTETRA, Address: "23404"}}},
	}})
	if err := fleet.Apply(journal.Record{Seq: 1, Events: []journal.Event{event}}); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, said string, message bool) {
		radio, err := NewTETRA(TETRAOptions{
			Fleet: fleet, Log: slog.New(slog.DiscardHandler), Observe: func(s siren.State) {
				if s.Siren == "" || s.Condition == "" {
					t.Errorf("%q gives the state %+v", said, s)
				}
			},
			Report: func(p siren.Progress) {
				if p.Siren != "s1" || p.Status == "" {
					t.Errorf("%q gives %+v", said, p)
				}
			},
			answerTime: time.Millisecond, sentTime: time.Millisecond,
		})
		if err != nil {
			t.Fatal(err)
		}
		results := make(chan tetra.Result, 1+len(said))
		if err := radio.read(strings.NewReader(said), results); err == nil {
			t.Error("reading ends without the end")
		}
		var command tetra.Command = tetra.Attention("AT")
		if message {
			command = tetra.Send{To: "23404", Bits: 16, Data: []byte{0x80, 0xE8}}
		}
		_ = line{t: radio, port: io.Discard, results: results}.carry(t.Context(), command)
	})
}
