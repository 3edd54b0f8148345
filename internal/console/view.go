// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"strings"
	"sync/atomic"
	"time"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/intake"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
	"github.com/tocsin-alert/tocsin/internal/siren/testplan"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// view is everything that the console shows, folded from the journal. It is
// read within Ledger.View alone, but for the fleet, which has a lock of its own.
type view struct {
	book      *warning.Book
	directory *operator.Directory
	jobs      *dispatch.Jobs
	proposals *intake.Proposals
	fleet     *fleet
	tests     *testplan.Book
	stops     *siren.Stops
	rogues    *siren.Rogues
	// certificates are those of sirens.
	certificates *enrolment.Book
	// times holds when jobs were planned, last heard of, and finished.
	times map[string]jobTimes
	// bySiren holds the jobs that addressed a siren, oldest first, and warnings
	// the jobs of each warning in order of planning.
	bySiren   map[string][]string
	byWarning map[string][]string
	// adopted holds which warning took up a proposal.
	adopted  map[string]string
	accounts accountEvents
	changes  *changes
	// sirenRecords counts the records about sirens: what they are, and what tests
	// and certificates say of them.
	sirenRecords atomic.Uint64
}

type jobTimes struct{ planned, last, finished time.Time }

// sirenChannel is the name of the channel whose targets are sirens.
const sirenChannel = "siren"

func newView(c *changes) *view {
	return &view{
		book: warning.NewBook(), directory: operator.NewDirectory(), jobs: dispatch.NewJobs(),
		proposals: intake.NewProposals(), fleet: newFleet(), tests: testplan.NewBook(), stops: &siren.Stops{}, rogues: siren.NewRogues(), certificates: enrolment.NewBook(), times: map[string]jobTimes{},
		bySiren: map[string][]string{}, byWarning: map[string][]string{}, adopted: map[string]string{}, changes: c,
	}
}

// Apply implements journal.Projection.
func (v *view) Apply(r journal.Record) error {
	all := journal.Projections{v.book, v.directory, v.jobs, v.proposals, v.fleet, v.tests, v.stops, v.rogues, v.certificates}
	if err := all.Apply(r); err != nil {
		return err
	}
	for _, e := range r.Events {
		if err := v.apply(r, e); err != nil {
			return err
		}
	}
	v.changes.record(r.Seq)
	return nil
}

func (v *view) apply(r journal.Record, e journal.Event) error {
	switch {
	case e.Kind == dispatch.EventPlanned:
		body, err := journal.Decode[dispatch.Planned](e)
		if err != nil {
			return err
		}
		v.times[body.Job] = jobTimes{planned: r.Time}
		v.byWarning[body.Warning] = append(v.byWarning[body.Warning], body.Job)
		if body.Channel == sirenChannel {
			for _, target := range body.Plan.Targets {
				v.bySiren[target.ID] = append(v.bySiren[target.ID], body.Job)
			}
		}
		v.changes.warning(body.Warning, e.Kind)
	case e.Kind == dispatch.EventReceipts:
		body, err := journal.Decode[dispatch.Receipts](e)
		if err != nil {
			return err
		}
		v.heard(r, e, body.Job)
	case e.Kind == dispatch.EventFinished:
		body, err := journal.Decode[dispatch.Finished](e)
		if err != nil {
			return err
		}
		v.heard(r, e, body.Job)
	case e.Kind == warning.EventRequested:
		body, err := journal.Decode[warning.Requested](e)
		if err != nil {
			return err
		}
		if proposal := body.Request.Content.Proposal; proposal != "" {
			v.adopted[proposal] = body.Warning
		}
		v.changes.warning(body.Warning, e.Kind)
	case e.Kind == warning.EventReleased:
		body, err := journal.Decode[warning.Released](e)
		if err != nil {
			return err
		}
		v.changes.warning(body.Warning, e.Kind)
	case strings.HasPrefix(e.Kind, "siren."):
		v.sirenRecords.Add(1)
	case strings.HasPrefix(e.Kind, "operator."):
		return v.accounts.record(r, e)
	case strings.HasPrefix(e.Kind, "warning."):
		body, err := journal.Decode[struct{ Warning string }](e)
		if err != nil {
			return err
		}
		v.changes.warning(body.Warning, e.Kind)
	}
	return nil
}

// heard takes note of when something of a job came back.
func (v *view) heard(r journal.Record, e journal.Event, id string) {
	times := v.times[id]
	times.last = r.Time
	if e.Kind == dispatch.EventFinished {
		times.finished = r.Time
	}
	v.times[id] = times
	if job, ok := v.jobs.Job(id); ok {
		v.changes.warning(job.Warning, e.Kind)
	}
}
