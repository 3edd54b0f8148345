// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package controller speaks to sirens' controllers over HTTP
// (docs/formats/siren-http.md): signed frames are posted to a controller, and its
// signed answer is the response. The frames and answers are those of MQTT, so that
// nothing on the way has to be trusted, and a frame that comes on both ways sounds once.
package controller

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Options are what the bearer needs.
type Options struct {
	// Fleet is the registry: where controllers are, and whose answers are believed.
	Fleet *siren.Fleet
	// Observe takes what is known of a siren after each answer.
	Observe func(siren.State)
	Log     *slog.Logger
	// Issuer signs the beacons that controllers ask for, in its Epoch.
	Issuer siren.Signer
	Epoch  uint16
	// Poll is how often every controller is asked for its state; two minutes when
	// zero, so that none is ever without a fresh beacon.
	Poll time.Duration

	firstRepeat time.Duration // for tests
}

const (
	// requestTime is how long a controller may take beyond the reply window.
	requestTime = 5 * time.Second
	// firstRepeat and longestRepeat bound the time between two attempts.
	firstRepeat   = 3 * time.Second
	longestRepeat = 30 * time.Second
	pollInterval  = 2 * time.Minute
	beaconTTL     = time.Minute
	// atOnce is how many controllers are spoken to at a time.
	atOnce = 128
	// mediaType is that of frames and answers.
	mediaType = "application/octet-stream"
	// mostAnswer is how much of a response is read: more than any answer has.
	mostAnswer = 1000
	// keyController: nothing came back from the address.
	keyController = "siren.reason.controller"
)

// Bearer implements route.Bearer.
type Bearer struct {
	o      Options
	client *http.Client
	turns  chan struct{}
}

// New is a bearer with the options.
func New(o Options) *Bearer {
	if o.Poll <= 0 {
		o.Poll = pollInterval
	}
	if o.firstRepeat == 0 {
		o.firstRepeat = firstRepeat
	}
	return &Bearer{
		o: o, turns: make(chan struct{}, atOnce),
		client: &http.Client{
			// A controller is where the registry says, and nowhere else.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
			Transport: &http.Transport{
				DialContext:         (&net.Dialer{Timeout: requestTime}).DialContext,
				TLSHandshakeTimeout: requestTime, MaxIdleConnsPerHost: 1, MaxIdleConns: atOnce, IdleConnTimeout: time.Minute,
				MaxResponseHeaderBytes: 8 << 10, DisableCompression: true,
			},
		},
	}
}

// address is the URL of a siren's controller.
func address(s siren.Siren) (url string, ok bool) {
	i := slices.IndexFunc(s.Paths, func(p siren.Path) bool { return p.Kind == siren.PathHTTP })
	if i < 0 {
		return "", false
	}
	return s.Paths[i].Address, true
}

// Deliver implements route.Bearer.
func (b *Bearer) Deliver(ctx context.Context, order siren.Order, report func(siren.Progress)) error {
	frames := make([]siren.Frame, len(order.Frames))
	for i, raw := range order.Frames {
		var err error
		if frames[i], err = siren.ParseFrame(raw); err != nil {
			return fmt.Errorf("deliver frame %d: %w", i, err)
		}
	}
	until, cancel := context.WithDeadlineCause(ctx, order.Until, errOver)
	defer cancel()
	var working sync.WaitGroup
	for _, id := range order.Sirens {
		t := &target{bearer: b, id: id, settled: order.Settled, report: report}
		s, registered := b.o.Fleet.Siren(id)
		url, reachable := address(s)
		held := slices.IndexFunc(frames, func(f siren.Frame) bool { return f.Target.Holds(s.Number, s.ARS) })
		switch {
		case !registered:
			t.tell(siren.StatusNotReached, siren.KeyUnknown)
			continue
		case !reachable:
			t.tell(siren.StatusNotReached, keyController)
			continue
		case held < 0:
			t.tell(siren.StatusNotReached, siren.KeyNotHeld)
			continue
		}
		t.siren, t.url, t.frame, t.raw = s, url, frames[held], order.Frames[held]
		working.Go(func() { t.deliver(until) })
	}
	working.Wait()
	return ctx.Err()
}

// errOver: the order's time is over.
var errOver = errors.New("the order is over")

// target is one siren of an order.
type target struct {
	bearer   *Bearer
	id       string
	siren    siren.Siren
	url      string
	frame    siren.Frame
	raw      []byte
	settled  func(string) bool
	report   func(siren.Progress)
	attempts int
	sounding bool
	state    siren.State
}

func (t *target) tell(status siren.Status, reason string) {
	t.report(siren.Progress{
		Siren: t.id, Status: status, Reason: reason, Path: siren.PathHTTP, State: t.state, At: time.Now().UTC(), Attempt: t.attempts,
	})
}

// deliver posts the frame until the controller has said how it ended.
func (t *target) deliver(ctx context.Context) {
	wait := t.bearer.o.firstRepeat
	for {
		pause, over := t.post(ctx, wait)
		if over {
			return
		}
		select {
		case <-ctx.Done():
			if context.Cause(ctx) == errOver {
				t.giveUp()
			}
			return
		case <-time.After(pause):
		}
		wait = min(2*wait, longestRepeat)
	}
}

func (t *target) giveUp() {
	if t.sounding {
		t.tell(siren.StatusEndUnknown, siren.KeyEndUnknown)
		return
	}
	t.tell(siren.StatusNotReached, siren.KeyNoAnswer)
}

// post makes one attempt. It says how long to wait before the next, and whether
// none is needed.
func (t *target) post(ctx context.Context, wait time.Duration) (pause time.Duration, over bool) {
	if t.settled != nil && t.settled(t.id) {
		t.tell(siren.StatusNotReached, siren.KeySuperseded)
		return 0, true
	}
	t.attempts++
	answer, err := t.bearer.exchange(ctx, http.MethodPost, t.siren, t.url, t.raw, t.frame.ReplyWindow)
	if err == nil && answer.Kind == siren.AnswerHello {
		// It acts on nothing before it knows the time from a beacon of this minute.
		t.bearer.tellTime(ctx, t.siren, t.url, answer)
		answer, err = t.bearer.exchange(ctx, http.MethodPost, t.siren, t.url, t.raw, t.frame.ReplyWindow)
	}
	switch {
	case ctx.Err() != nil:
		return 0, false
	case err != nil:
		t.bearer.o.Log.Debug("no answer from a siren's controller", "siren", t.id, "url", t.url, "error", err)
		if !t.sounding {
			t.tell(siren.StatusWaiting, keyController)
		}
		return wait, false
	}
	t.state = t.bearer.o.Fleet.State(t.id)
	if answer.Kind != siren.AnswerAck || answer.Frame != t.frame.ID() {
		return wait, false // it speaks of something else
	}
	switch answer.Outcome {
	case siren.OutcomeAccepted:
		t.sounding = true
		t.tell(siren.StatusSounding, "")
		return answer.Remaining + time.Second, false
	case siren.OutcomeDone:
		t.tell(siren.StatusDone, answer.Reason.Key())
		return 0, true
	default:
		if answer.Reason == siren.ReasonBadSignature {
			t.tell(siren.StatusWaiting, answer.Reason.Key()) // spoilt on the way
			return wait, false
		}
		t.tell(siren.StatusRefused, answer.Reason.Key())
		return 0, true
	}
}

// exchange sends a request and reads the signed answer of the siren.
func (b *Bearer) exchange(ctx context.Context, method string, s siren.Siren, url string, body []byte, window time.Duration) (siren.Answer, error) {
	raw, err := b.request(ctx, method, url, body, window)
	if err != nil {
		return siren.Answer{}, err
	}
	answer, err := siren.OpenAnswer(raw, s.PublicKey)
	if err != nil {
		return siren.Answer{}, err
	}
	if answer.Number != s.Number {
		return siren.Answer{}, fmt.Errorf("the answer is that of siren number %d", answer.Number)
	}
	state := b.o.Fleet.State(s.ID)
	state.Siren = s.ID
	state = state.Hear(answer, siren.AllSignals(), time.Now())
	state.Path = siren.PathHTTP
	b.o.Observe(state)
	return answer, nil
}

// request sends a request and reads what comes back, as far as it can be an answer.
func (b *Bearer) request(ctx context.Context, method, url string, body []byte, window time.Duration) ([]byte, error) {
	select {
	case b.turns <- struct{}{}:
		defer func() { <-b.turns }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	ctx, cancel := context.WithTimeout(ctx, window+requestTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, url, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header.Set("Accept", mediaType)
	if method == http.MethodPost {
		request.Header.Set("Content-Type", mediaType)
	}
	response, err := b.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK && response.StatusCode != http.StatusNoContent {
		return nil, fmt.Errorf("the controller responds with status %d", response.StatusCode)
	}
	return io.ReadAll(io.LimitReader(response.Body, mostAnswer))
}

// tellTime sends the beacon that a controller asked for by its challenge.
func (b *Bearer) tellTime(ctx context.Context, s siren.Siren, url string, hello siren.Answer) {
	if hello.Challenge == (siren.Challenge{}) {
		return
	}
	// The counter 0 gives up no frame.
	beacon, err := siren.Frame{
		Epoch: b.o.Epoch, NotBefore: time.Now().UTC().Truncate(time.Second), TTL: beaconTTL,
		Action: siren.ActionBeacon, Target: siren.Answering(hello.Challenge),
	}.Sign(b.o.Issuer)
	if err == nil {
		_, err = b.request(ctx, http.MethodPost, url, beacon, 0)
	}
	if err != nil && ctx.Err() == nil {
		b.o.Log.Debug("a siren's controller got no beacon", "siren", s.ID, "url", url, "error", err)
	}
}

// Run asks every controller for its state now and then, until the context ends.
func (b *Bearer) Run(ctx context.Context) error {
	for {
		var reachable []siren.Siren
		for _, s := range b.o.Fleet.All() {
			if _, ok := address(s); ok {
				reachable = append(reachable, s)
			}
		}
		var asking sync.WaitGroup
		for _, s := range reachable {
			asking.Go(func() {
				// Spread, so that a fleet never answers at once.
				select {
				case <-ctx.Done():
				case <-time.After(rand.N(b.o.Poll)):
					b.poll(ctx, s)
				}
			})
		}
		select {
		case <-ctx.Done():
		case <-time.After(b.o.Poll):
		}
		asking.Wait()
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

func (b *Bearer) poll(ctx context.Context, s siren.Siren) {
	url, _ := address(s)
	answer, err := b.exchange(ctx, http.MethodGet, s, url, nil, 0)
	if err == nil {
		b.tellTime(ctx, s, url, answer)
	}
	if err == nil || ctx.Err() != nil {
		return
	}
	// Silence on this way says nothing about a siren that speaks on another.
	if state := b.o.Fleet.State(s.ID); state.Path == siren.PathHTTP && time.Since(state.LastContact) > siren.SilenceLimit {
		b.o.Observe(state.Lost(siren.DetailSilent, time.Now()))
	}
}
