// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package onair

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Orders is the projection of everything that this authority told its sirens: the
// frames of every plan in the journal, whoever made it, and the sirens that a plan
// in force addresses. It is safe for use by several goroutines.
type Orders struct {
	// epoch is that of the frames of now. What was signed in an earlier one may be
	// missing from a journal that was restored, and no siren acts on it any more.
	epoch uint16

	mu      sync.RWMutex
	frames  map[string]time.Time // by id: until when it is in force
	inForce []force
	alarms  map[string]bool      // ids of rogue alarms
	calls   map[string]time.Time // rogue calls, by what was heard: when first
}

// force is a plan in force.
type force struct {
	until  time.Time
	sirens map[string]bool
}

// NewOrders is a projection without any, of an authority whose frames are of the epoch.
func NewOrders(epoch uint16) *Orders {
	return &Orders{epoch: epoch, frames: map[string]time.Time{}, alarms: map[string]bool{}, calls: map[string]time.Time{}}
}

// plan is what plans of any kind have: frames under one of two names, who is
// addressed, and until when.
type plan struct {
	Frames   [][]byte  `json:"frames"`
	Deadline time.Time `json:"deadline"`
	Plan     struct {
		Targets []struct {
			ID string `json:"id"`
		} `json:"targets"`
		Payload  json.RawMessage `json:"payload"`
		Deadline time.Time       `json:"deadline"`
	} `json:"plan"`
}

// ending is how long after a plan's end a siren may still say that it sounds.
const ending = 2 * time.Minute

// Apply implements journal.Projection. Events without frames are passed over.
func (o *Orders) Apply(record journal.Record) error {
	for _, event := range record.Events {
		switch {
		case event.Kind == siren.EventRogue:
			rogue, err := journal.Decode[siren.Rogue](event)
			if err != nil {
				return fmt.Errorf("record %d: %w", record.Seq, err)
			}
			o.mu.Lock()
			o.alarms[rogue.ID] = true
			if rogue.Kind == siren.RogueCall {
				o.calls[string(rogue.Path)+" "+rogue.Call] = rogue.At
			}
			o.mu.Unlock()
		case bytes.Contains(event.Body, []byte(`"frames"`)):
			var p plan
			if json.Unmarshal(event.Body, &p) == nil {
				o.add(p, record.Time)
			}
		}
	}
	return nil
}

func (o *Orders) add(p plan, at time.Time) {
	var payload struct {
		Frames [][]byte `json:"frames"`
	}
	if json.Unmarshal(p.Plan.Payload, &payload) == nil {
		p.Frames = append(p.Frames, payload.Frames...)
	}
	until := p.Deadline
	if p.Plan.Deadline.After(until) {
		until = p.Plan.Deadline
	}
	until = until.Add(ending)
	o.mu.Lock()
	defer o.mu.Unlock()
	sounds := len(p.Frames) == 0
	for _, b := range p.Frames {
		f, err := siren.ParseFrame(b)
		switch {
		case err != nil:
		case f.Action == siren.ActionStop:
			// Ours, but no reason to sound, at any time.
			o.frames[f.ID().String()] = time.Time{}
		default:
			o.frames[f.ID().String()], sounds = until, true
		}
	}
	o.inForce = slices.DeleteFunc(o.inForce, func(f force) bool { return f.until.Before(at) })
	if len(p.Plan.Targets) > 0 && sounds {
		addressed := make(map[string]bool, len(p.Plan.Targets))
		for _, t := range p.Plan.Targets {
			addressed[t.ID] = true
		}
		o.inForce = append(o.inForce, force{until, addressed})
	}
}

// raised reports whether there was a rogue alarm of that id.
func (o *Orders) raised(id string) bool {
	o.mu.RLock()
	defer o.mu.RUnlock()
	return o.alarms[id]
}

// episode names the rogue alarm that a call belongs to: the one that is going on,
// or a new one.
func (o *Orders) episode(h Hearing) string {
	o.mu.RLock()
	defer o.mu.RUnlock()
	what := string(h.Call.Kind) + " " + h.Call.String()
	first := h.At
	if known, ok := o.calls[what]; ok && h.At.Sub(known).Abs() < episode {
		first = known
	}
	return "call-" + hash(what) + "-" + strconv.FormatInt(first.Unix(), 10)
}

// judge reports the rogue alarm in what a siren says, if there is one.
func (o *Orders) judge(s siren.State, now time.Time) (siren.Rogue, bool) {
	o.mu.RLock()
	defer o.mu.RUnlock()
	rogue := siren.Rogue{Siren: s.Siren, Path: s.Path, Frame: s.Frame, At: s.LastContact}
	until, ours := o.frames[s.Frame]
	addressed := slices.ContainsFunc(o.inForce, func(f force) bool { return now.Before(f.until) && f.sirens[s.Siren] })
	triggered := s.Condition == siren.ConditionTriggered
	since := strconv.FormatInt(s.Since.Unix(), 10)
	switch {
	case s.Frame != "" && !ours && !o.past(s.Frame):
		rogue.Kind, rogue.ID = siren.RogueFrame, "frame-"+s.Siren+"-"+s.Frame
	case triggered && s.Detail == siren.DetailLocal:
		rogue.Kind, rogue.ID = siren.RogueLocal, "local-"+s.Siren+"-"+since
	case triggered && s.Detail == siren.DetailRogue:
		rogue.Kind, rogue.ID = siren.RogueSounding, "sounding-"+s.Siren+"-"+since
	case triggered && !addressed && !(ours && now.Before(until)):
		rogue.Kind, rogue.ID = siren.RogueSounding, "sounding-"+s.Siren+"-"+since
	default:
		return siren.Rogue{}, false
	}
	return rogue, true
}

// past reports whether a frame is of an earlier epoch.
func (o *Orders) past(frame string) bool {
	id, err := siren.ParseFrameID(frame)
	return err == nil && id.Epoch < o.epoch
}
