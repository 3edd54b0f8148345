// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package public is the channel to the citizens' page and the feeds. Both follow
// the journal by themselves, so that there is nothing to send; the channel reads
// the message back from the public address as anyone would, and counts a target
// as reached when what comes back is what was released, byte for byte.
package public

import (
	"bytes"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Name is the channel's name.
const Name = "public"

// The channel's targets.
const (
	TargetPage = "page" // the warning's page
	TargetFeed = "feed" // the feed of all messages
)

// Options sets up the channel.
type Options struct {
	// BaseURL is the address of the public role as the public reaches it, so that
	// what stands between is tried as well.
	BaseURL string
	// Client fetches; one with sensible limits when nil.
	Client *http.Client
	// Patience is how long a message may take to appear; five minutes when zero.
	Patience time.Duration
	// Pause is the time between two looks, doubled each time up to ten seconds;
	// 100 milliseconds when zero.
	Pause time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Channel confirms that messages can be read. It implements dispatch.Channel.
type Channel struct {
	base     string
	client   *http.Client
	patience time.Duration
	pause    time.Duration
	now      func() time.Time
}

const (
	longestPause = 10 * time.Second
	// fetchTimeout bounds one fetch, mostRead what is read of an answer.
	fetchTimeout = 5 * time.Second
	mostRead     = 16 << 20
)

// New makes the channel.
func New(o Options) *Channel {
	c := &Channel{
		base:     strings.TrimSuffix(o.BaseURL, "/"),
		client:   o.Client,
		patience: cmp.Or(o.Patience, 5*time.Minute),
		pause:    cmp.Or(o.Pause, 100*time.Millisecond),
		now:      o.Now,
	}
	if c.client == nil {
		c.client = &http.Client{}
	}
	if c.now == nil {
		c.now = time.Now
	}
	return c
}

// Name implements dispatch.Channel.
func (c *Channel) Name() string { return Name }

// Plan implements dispatch.Channel: every message goes to the page and the feed.
func (c *Channel) Plan(_ context.Context, _ string, _ *warning.Message, _ uint64) (dispatch.Plan, error) {
	return dispatch.Plan{
		Targets: []dispatch.Target{
			{ID: TargetPage, Name: c.base + "/"},
			{ID: TargetFeed, Name: c.base + "/feed.atom"},
		},
		Deadline: c.now().Add(c.patience).UTC(),
	}, nil
}

// Deliver implements dispatch.Channel. It only reads, so that repeats have no effect.
func (c *Channel) Deliver(ctx context.Context, job dispatch.Job, report func(dispatch.Receipt)) error {
	var group sync.WaitGroup
	for _, target := range job.Plan.Targets {
		if job.Outcomes[target.ID].Final() {
			continue
		}
		group.Go(func() {
			if receipt, ended := c.confirm(ctx, job, target.ID); ended {
				report(receipt)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

// confirm looks until the target shows the message or the deadline passes; ended
// is false when the context ends before.
func (c *Channel) confirm(ctx context.Context, job dispatch.Job, target string) (receipt dispatch.Receipt, ended bool) {
	pause := c.pause
	for attempt := 1; ; attempt++ {
		err := c.look(ctx, job, target)
		if ctx.Err() != nil {
			return receipt, false
		}
		receipt = dispatch.Receipt{Target: target, Outcome: dispatch.Reached, At: c.now().UTC(), Attempt: attempt}
		if err == nil {
			return receipt, true
		}
		left := job.Plan.Deadline.Sub(c.now())
		if left <= 0 {
			receipt.Outcome, receipt.Reason, receipt.Detail = dispatch.NotReached, reasonOf(err), err.Error()
			return receipt, true
		}
		select {
		case <-ctx.Done():
			return receipt, false
		case <-time.After(min(pause, left)):
		}
		pause = min(2*pause, longestPause)
	}
}

// finding is why a look did not find the message, with its reason's key.
type finding struct {
	reason string
	err    error
}

func (f *finding) Error() string { return f.err.Error() }
func (f *finding) Unwrap() error { return f.err }

func reasonOf(err error) string {
	if f, ok := errors.AsType[*finding](err); ok {
		return f.reason
	}
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return "reason.timeout"
	}
	return "reason.connection-failed"
}

// look fetches the message and the target, and compares.
func (c *Channel) look(ctx context.Context, job dispatch.Job, target string) error {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	address := c.base + "/cap/" + url.PathEscape(job.Message.Identifier) + ".xml"
	shown, err := c.fetch(ctx, address)
	if err != nil {
		return err
	}
	if !bytes.Equal(shown, job.Message.CAP) {
		return &finding{"reason.shown-differently", fmt.Errorf("%s has %d other bytes than the %d released", address, len(shown), len(job.Message.CAP))}
	}
	switch target {
	case TargetPage:
		return c.lookAtPage(ctx, job)
	case TargetFeed:
		return c.lookAtFeed(ctx, address)
	default:
		return &finding{"reason.not-shown", fmt.Errorf("there is no target %q", target)}
	}
}

// lookAtPage wants the message on the page of its warning.
func (c *Channel) lookAtPage(ctx context.Context, job dispatch.Job) error {
	address := c.base + "/warnings/" + url.PathEscape(job.Warning)
	page, err := c.fetch(ctx, address)
	if err != nil {
		return err
	}
	if !bytes.Contains(page, []byte(`data-message="`+job.Message.Identifier+`"`)) {
		return &finding{"reason.not-shown", fmt.Errorf("%s does not show %s", address, job.Message.Identifier)}
	}
	return nil
}

// lookAtFeed wants an entry that leads to the message.
func (c *Channel) lookAtFeed(ctx context.Context, entry string) error {
	address := c.base + "/feed.atom"
	raw, err := c.fetch(ctx, address)
	if err != nil {
		return err
	}
	var feed struct {
		Entries []struct {
			ID string `xml:"id"`
		} `xml:"entry"`
	}
	if err := xml.Unmarshal(raw, &feed); err != nil {
		return &finding{"reason.shown-differently", fmt.Errorf("%s is no Atom feed: %w", address, err)}
	}
	for _, e := range feed.Entries {
		if e.ID == entry {
			return nil
		}
	}
	return &finding{"reason.not-shown", fmt.Errorf("%s has no entry %s", address, entry)}
}

// fetch gets an address past the caches that allow it.
func (c *Channel) fetch(ctx context.Context, address string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &finding{"reason.connection-failed", err}
	}
	request.Header.Set("Cache-Control", "no-cache")
	request.Header.Set("User-Agent", "Tocsin")
	response, err := c.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		reason := "reason.http-status"
		if response.StatusCode == http.StatusNotFound {
			reason = "reason.not-shown"
		}
		return nil, &finding{reason, fmt.Errorf("%s answers HTTP %s", address, response.Status)}
	}
	content, err := io.ReadAll(io.LimitReader(response.Body, mostRead))
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", address, err)
	}
	return content, nil
}
