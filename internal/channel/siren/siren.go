// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package siren is the channel that sounds sirens. It turns a released message
// with a signal into signed frames and the answers of the devices into receipts.
//
// What the person in the situation room gets, and when:
//
//   - At once: the sirens that are known to be offline, and since when. They stay
//     "sent", because a siren that comes back while the alarm is in force sounds.
//   - Within a second: every siren that sounds, and every one that refuses, with
//     the reason in words that say what to repair.
//   - After about ten seconds: the sirens that are connected and do not answer.
//     This is the list for the loudspeaker cars. Where a siren has another way,
//     that is tried now, and the receipt names it; what goes out on a way without
//     answers stays "sent", and ends as "unconfirmed".
//   - As it happens: the end of each signal, or that it was cut short.
//   - When the frames have expired, ten minutes after the release unless
//     configured otherwise: "not reached" for whoever is still missing. A siren
//     that wakes up later than that stays silent; to sound it is a new decision.
package siren

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	sirens "github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/route"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Name is the channel's name.
const Name = "siren"

const (
	// DefaultValidity is how long after its release a message may still start a siren.
	DefaultValidity = 10 * time.Minute
	// slack is by how much a frame is valid before its release, so that a device
	// whose clock is a little behind does not take it for one of the future.
	slack = time.Minute
	// framesPerPlan is how many counters one plan may use: serial 7 has 112 to 127.
	framesPerPlan = 16
	// The reply window grows with the fleet: so many answers in each 100 ms.
	answersPerStep = 1000
	windowStep     = 100 * time.Millisecond
	// grace is for the last answers after the last signal.
	grace = 10 * time.Second
)

// Options is the channel of one authority.
type Options struct {
	Fleet *sirens.Fleet
	// Issuer signs the frames, in its Epoch, and Second beside it where the Keyset
	// of the sirens asks for that; nil for none.
	Issuer sirens.Signer
	Epoch  uint16
	Second sirens.Signer
	Keyset sirens.Keyset
	// Route is all ways to the sirens.
	Route *route.Route
	// Signals is the authority's table; nil stands for Germany's.
	Signals sirens.Signals
	// Validity replaces DefaultValidity; at most 18 hours.
	Validity time.Duration
}

// Channel implements dispatch.Channel.
type Channel struct {
	options Options
}

// New is the channel with the options.
func New(o Options) *Channel {
	if o.Validity <= 0 {
		o.Validity = DefaultValidity
	}
	o.Validity = min(o.Validity, 18*time.Hour).Truncate(time.Second)
	if o.Signals == nil {
		o.Signals = sirens.GermanSignals()
	}
	return &Channel{options: o}
}

// Name implements dispatch.Channel.
func (c *Channel) Name() string { return Name }

// Plan implements dispatch.Channel. The same message, serial and registry make the same plan.
func (c *Channel) Plan(_ context.Context, _ string, m *warning.Message, serial uint64) (dispatch.Plan, error) {
	if m.Content.Signal == "" {
		return dispatch.Plan{Deadline: m.Sent.Add(c.options.Validity)}, nil
	}
	signal, known := c.options.Signals.Named(m.Content.Signal)
	if !known {
		return dispatch.Plan{}, problem.InvalidFaults("the message cannot be brought to sirens", []problem.Fault{{
			Field: "signal", Rule: "siren.signal",
			Message: fmt.Sprintf("there is no signal %q", m.Content.Signal),
			Remedy:  "Use " + strings.Join(c.options.Signals.Names(), ", ") + ".",
		}})
	}
	area := m.Content.Area
	meant := c.options.Fleet.In(func(p geo.Point, ars geo.ARS) bool {
		return area.ContainsARS(ars) || area.ContainsPoint(p)
	})
	plan := dispatch.Plan{Targets: make([]dispatch.Target, len(meant))}
	for i, s := range meant {
		plan.Targets[i] = dispatch.Target{ID: s.ID, Name: s.Name}
	}
	window := replyWindow(len(meant))
	plan.Deadline = m.Sent.Add(c.options.Validity + signal.Duration() + 2*window + grace)
	if len(meant) == 0 {
		return plan, nil
	}
	frame := sirens.Frame{
		Epoch: c.options.Epoch, NotBefore: m.Sent.UTC().Truncate(time.Second).Add(-slack), TTL: slack + c.options.Validity,
		Action: sirens.ActionSound, Signal: signal.Number, ReplyWindow: window,
	}
	if signal.Test {
		frame.Action = sirens.ActionTest
	}
	frames, err := c.sign(frame, target(area, meant).Split(), serial)
	if err != nil {
		return dispatch.Plan{}, err
	}
	plan.Payload, err = c.payload(signal.Name, frames, meant)
	return plan, err
}

// replyWindow is the time over which so many sirens spread their answers.
func replyWindow(count int) time.Duration {
	return min(windowStep*time.Duration(count/answersPerStep), sirens.MaxReplyWindow)
}

// target names whole regions where the area consists of nothing else: such a
// frame is short, and reaches sirens that the registry does not know yet.
func target(area geo.Area, meant []sirens.Siren) sirens.Target {
	if len(area.Circles) == 0 && len(area.Polygons) == 0 {
		regions := make([]geo.ARS, 0, len(area.ARS))
		for _, key := range area.ARS {
			if region, err := geo.ParseARS(string(key)); err == nil {
				regions = append(regions, region)
			}
		}
		if len(regions) == len(area.ARS) {
			return sirens.Regions(regions...)
		}
	}
	numbers := make([]uint32, len(meant))
	for i, s := range meant {
		numbers[i] = s.Number
	}
	return sirens.Numbers(numbers...)
}

func (c *Channel) sign(frame sirens.Frame, parts []sirens.Target, serial uint64) ([][]byte, error) {
	if len(parts) > framesPerPlan {
		return nil, problem.New(problem.TooLarge,
			fmt.Sprintf("the sirens in this area need %d frames, more than the %d of one message", len(parts), framesPerPlan),
			"Name whole regions, or number the sirens by region.")
	}
	if serial > sirens.MaxCounter/framesPerPlan-1 {
		return nil, fmt.Errorf("sign frames: serial %d is beyond the counters of a key", serial)
	}
	var frames [][]byte
	for i, part := range parts {
		frame.Counter, frame.Target = serial*framesPerPlan+uint64(i), part
		signed, err := c.signed(frame)
		if err != nil {
			return nil, fmt.Errorf("sign frame %d of %d: %w", i+1, len(parts), err)
		}
		frames = append(frames, signed)
	}
	return frames, nil
}

// signed signs a frame as often as its target needs.
func (c *Channel) signed(frame sirens.Frame) ([]byte, error) {
	frame.Key = c.options.Issuer.KeyID()
	switch {
	case !c.options.Keyset.NeedsSecond(frame):
		return frame.Sign(c.options.Issuer)
	case c.options.Second == nil:
		return nil, problem.New(problem.Forbidden, "the sirens in this area sound together only by two signatures, and the node has one key",
			"Name a second key in the configuration (sirens.second_signing_key), or warn a smaller area.")
	default:
		return frame.Sign(c.options.Issuer, c.options.Second)
	}
}

// Deliver implements dispatch.Channel.
func (c *Channel) Deliver(ctx context.Context, job dispatch.Job, report func(dispatch.Receipt)) error {
	order := route.Order{Order: sirens.Order{Until: job.Plan.Deadline}, ID: job.ID, Sounding: map[string]bool{}, Priority: route.PriorityAlarm}
	for _, t := range job.Plan.Targets {
		order.Sounding[t.ID] = job.Outcomes[t.ID] == dispatch.Sounding
		if !job.Outcomes[t.ID].Final() {
			order.Sirens = append(order.Sirens, t.ID)
		}
	}
	if len(order.Sirens) == 0 {
		return nil
	}
	var p payload
	if err := json.Unmarshal(job.Plan.Payload, &p); err != nil {
		return fmt.Errorf("read the frames of job %s: %w", job.ID, err)
	}
	var err error
	if order.Ways, err = unpack(p.Ways); err != nil {
		return fmt.Errorf("read the ways of job %s: %w", job.ID, err)
	}
	order.Frames, order.Latest = p.Frames, job.Plan.Deadline
	for _, b := range p.Frames {
		frame, err := sirens.ParseFrame(b)
		if err != nil {
			return fmt.Errorf("read the frames of job %s: %w", job.ID, err)
		}
		// A call on the air is in force for as long as the frames are.
		order.Latest = frame.Expires()
		if frame.Action == sirens.ActionTest {
			order.Priority = route.PriorityTest
		}
	}
	return c.options.Route.Deliver(ctx, order, func(p sirens.Progress) { report(receipt(p)) })
}

var outcomes = map[sirens.Status]dispatch.Outcome{
	sirens.StatusWaiting:     dispatch.Sent,
	sirens.StatusSounding:    dispatch.Sounding,
	sirens.StatusDone:        dispatch.Done,
	sirens.StatusEndUnknown:  dispatch.Reached,
	sirens.StatusRefused:     dispatch.Refused,
	sirens.StatusNotReached:  dispatch.NotReached,
	sirens.StatusUnconfirmed: dispatch.Unconfirmed,
}

func receipt(p sirens.Progress) dispatch.Receipt {
	r := dispatch.Receipt{
		Target: p.Siren, Outcome: outcomes[p.Status], Reason: p.Reason, Detail: p.Detail, At: p.At, Attempt: p.Attempt,
		Path: string(p.Path), Unauthenticated: p.Path != "" && !p.Path.Authenticated(),
	}
	clock := p.State.ClockOffset
	untimely := []string{sirens.ReasonExpired.Key(), sirens.ReasonEarly.Key()}
	switch {
	case r.Outcome == dispatch.Refused && clock.Abs() > sirens.ClockTolerance && slices.Contains(untimely, p.Reason):
		// What is to be repaired is the clock; the frame was in time.
		r.Reason = "siren.reason.wrong-clock"
		r.Detail = "clock " + clock.Round(time.Second).String()
	case p.Reason == sirens.KeyOffline && !p.State.Since.IsZero():
		r.Detail = "since " + p.State.Since.UTC().Format(time.RFC3339)
	case r.Detail == "" && r.Outcome == dispatch.Refused && p.State.Detail != "":
		r.Detail = p.State.Detail
	}
	return r
}
