// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package webhook is the channel to other people's systems: it posts every
// released message as JSON to the receivers that the configuration names,
// signed after the Standard Webhooks specification (standardwebhooks.com).
// docs/formats/webhook.md describes it for those who receive.
//
// Addresses come from the configuration alone, never from a message, and answers
// are neither kept nor shown, so that nobody outside can make the node ask around
// in its own network. Redirects are not followed, and link-local addresses, where
// cloud machines keep their credentials, are refused.
package webhook

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// Name is the channel's name.
const Name = "webhook"

// Receiver is one system that wants to hear of every message.
type Receiver struct {
	// ID names the receiver in receipts; unique and lasting.
	ID string
	// Name is what people call it; empty takes the ID.
	Name string
	// URL is where messages are posted, http or https.
	URL string
	// Secret is the key of the signatures, in the form "whsec_" and 24 to 64
	// bytes in base64.
	Secret string
}

// Options sets up the channel.
type Options struct {
	Receivers []Receiver
	// PublicURL is where the public reads warnings; messages link there.
	PublicURL string
	// Patience is how long a receiver may stay unreachable; an hour when zero.
	Patience time.Duration
	// FirstPause is the pause after the first failure; each further one is twice
	// as long, up to LongestPause, and each is cut short at random by up to a
	// half. A second and a minute when zero.
	FirstPause, LongestPause time.Duration
	// Now is the clock; time.Now when nil.
	Now func() time.Time
}

// Channel posts messages to receivers. It implements dispatch.Channel.
type Channel struct {
	receivers []receiver
	publicURL string
	patience  time.Duration
	first     time.Duration
	longest   time.Duration
	client    *http.Client
	now       func() time.Time
}

type receiver struct {
	Receiver
	secret secret
}

// One post, from the connection to the end of the answer, may take as long as the
// plan still runs, within these bounds.
const (
	shortestAttempt = 5 * time.Second
	longestAttempt  = 15 * time.Second
)

// New makes the channel. It returns a problem.Invalid error that names every
// receiver whose settings cannot work.
func New(o Options) (*Channel, error) {
	c := &Channel{
		publicURL: o.PublicURL, now: o.Now,
		patience: cmp.Or(o.Patience, time.Hour),
		first:    cmp.Or(o.FirstPause, time.Second),
		longest:  cmp.Or(o.LongestPause, time.Minute),
		client: &http.Client{
			Transport:     transport(),
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	if c.now == nil {
		c.now = time.Now
	}
	var faults []problem.Fault
	seen := map[string]bool{}
	for i, r := range o.Receivers {
		fault := func(field, message, remedy string) {
			faults = append(faults, problem.Fault{
				Field: fmt.Sprintf("webhooks[%d].%s", i, field), Rule: "webhook." + field, Message: message, Remedy: remedy,
			})
		}
		if r.ID == "" || seen[r.ID] {
			fault("id", fmt.Sprintf("The id %q is empty or used twice.", r.ID), "Give every receiver an id of its own.")
		}
		seen[r.ID] = true
		if err := checkURL(r.URL); err != nil {
			fault("url", err.Error(), "Write an address such as https://radio.example/warnings.")
		}
		key, err := parseSecret(r.Secret)
		if err != nil {
			fault("secret", err.Error(), "Write whsec_ and 24 to 64 random bytes in base64; openssl rand -base64 32 makes some.")
		}
		if r.Name == "" {
			r.Name = r.ID
		}
		c.receivers = append(c.receivers, receiver{Receiver: r, secret: key})
	}
	if err := problem.InvalidFaults("The webhook receivers cannot be used", faults); err != nil {
		return nil, err
	}
	return c, nil
}

func checkURL(text string) error {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return fmt.Errorf("%q is no address", text)
	case u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
		return fmt.Errorf("%q is no http or https address", text)
	case u.User != nil:
		return fmt.Errorf("the address of %s holds a name or password", u.Host)
	}
	return nil
}

func transport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, Control: refuseLinkLocal}
	return &http.Transport{
		Proxy:                  http.ProxyFromEnvironment,
		DialContext:            dialer.DialContext,
		ForceAttemptHTTP2:      true,
		TLSHandshakeTimeout:    5 * time.Second,
		ResponseHeaderTimeout:  10 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		MaxIdleConnsPerHost:    1,
		IdleConnTimeout:        time.Minute,
	}
}

// refuseLinkLocal runs once the name is resolved, so that no name can hide the address.
func refuseLinkLocal(_, address string, _ syscall.RawConn) error {
	to, err := netip.ParseAddrPort(address)
	if err != nil {
		return fmt.Errorf("dial %s: %w", address, err)
	}
	if ip := to.Addr().Unmap(); ip.IsLinkLocalUnicast() || ip.IsMulticast() || ip.IsUnspecified() {
		return fmt.Errorf("dial %s: a webhook may not go to link-local, multicast or unspecified addresses", address)
	}
	return nil
}

// Name implements dispatch.Channel.
func (c *Channel) Name() string { return Name }

// Plan implements dispatch.Channel: every receiver gets every message.
func (c *Channel) Plan(_ context.Context, _ string, _ *warning.Message, _ uint64) (dispatch.Plan, error) {
	plan := dispatch.Plan{Targets: []dispatch.Target{}, Deadline: c.now().Add(c.patience).UTC()}
	for _, r := range c.receivers {
		plan.Targets = append(plan.Targets, dispatch.Target{ID: r.ID, Name: r.Name})
	}
	return plan, nil
}

// Deliver implements dispatch.Channel. A receiver that recognises webhook-id
// handles a message once, however often it arrives.
func (c *Channel) Deliver(ctx context.Context, job dispatch.Job, report func(dispatch.Receipt)) error {
	body, err := encode(c.publicURL, job)
	if err != nil {
		return fmt.Errorf("deliver %s: %w", job.ID, err)
	}
	var group sync.WaitGroup
	for _, target := range job.Plan.Targets {
		if job.Outcomes[target.ID].Final() {
			continue
		}
		group.Go(func() {
			if receipt, ended := c.deliverTo(ctx, job, target.ID, delivery{body: body, report: report}); ended {
				report(receipt)
			}
		})
	}
	group.Wait()
	return ctx.Err()
}

type delivery struct {
	body   []byte
	report func(dispatch.Receipt)
}

// deliverTo tries until the receiver has the message, refuses it for good, or
// the plan's deadline passes; ended is false when the context ends before. The
// first attempt is made even after the deadline: a job taken up late had none.
func (c *Channel) deliverTo(ctx context.Context, job dispatch.Job, id string, d delivery) (receipt dispatch.Receipt, ended bool) {
	receipt.Target = id
	to, known := c.receiver(id)
	if !known {
		receipt.Outcome, receipt.Reason, receipt.At = dispatch.NotReached, "reason.receiver-removed", c.now().UTC()
		return receipt, true
	}
	pause := c.first
	for attempt := 1; ; attempt++ {
		timeout := min(max(job.Plan.Deadline.Sub(c.now()), shortestAttempt), longestAttempt)
		a := c.post(ctx, to, message{id: webhookID(job.ID, id), body: d.body, timeout: timeout})
		if ctx.Err() != nil {
			return receipt, false
		}
		receipt = dispatch.Receipt{Target: id, Reason: a.reason, Detail: a.detail, At: c.now().UTC(), Attempt: attempt}
		wait := max(a.retryAfter, pause/2+rand.N(pause/2+1))
		switch left := job.Plan.Deadline.Sub(c.now()); {
		case a.reached:
			receipt.Outcome = dispatch.Reached
			return receipt, true
		case a.final || left <= 0:
			receipt.Outcome = dispatch.NotReached
			return receipt, true
		case wait > left:
			wait = left
		}
		if attempt == 1 {
			receipt.Outcome = dispatch.Sent
			d.report(receipt)
		}
		select {
		case <-ctx.Done():
			return receipt, false
		case <-time.After(wait):
		}
		pause = min(2*pause, c.longest)
	}
}

func (c *Channel) receiver(id string) (receiver, bool) {
	for _, r := range c.receivers {
		if r.ID == id {
			return r, true
		}
	}
	return receiver{}, false
}

// webhookID is the same for every attempt of one job at one receiver.
func webhookID(job, receiver string) string {
	sum := sha256.Sum256([]byte(job + "\x00" + receiver))
	return "msg_" + hex.EncodeToString(sum[:16])
}

// answer is what came of one post.
type answer struct {
	reached, final bool
	// retryAfter is how long the receiver asked to be left alone.
	retryAfter     time.Duration
	reason, detail string
}

type message struct {
	id      string
	body    []byte
	timeout time.Duration
}

func (c *Channel) post(ctx context.Context, to receiver, m message) answer {
	ctx, cancel := context.WithTimeout(ctx, m.timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, to.URL, bytes.NewReader(m.body))
	if err != nil {
		return answer{final: true, reason: "reason.connection-failed", detail: err.Error()}
	}
	at := c.now()
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "Tocsin")
	request.Header.Set("webhook-id", m.id)
	request.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
	request.Header.Set("webhook-signature", to.secret.sign(m.id, at, m.body))
	response, err := c.client.Do(request)
	if err != nil {
		reason := "reason.connection-failed"
		if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
			reason = "reason.timeout"
		}
		// The address may hold a token; the cause alone is for the record.
		if failure, ok := errors.AsType[*url.Error](err); ok {
			err = failure.Err
		}
		return answer{reason: reason, detail: err.Error()}
	}
	// What stands in the answer does not matter; a bounded part is read so that
	// the connection can be used again.
	io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10))
	response.Body.Close()
	return c.judge(response)
}

// judge reads the status of an answer (RFC 9110, section 15, and the Standard
// Webhooks specification on 410).
func (c *Channel) judge(response *http.Response) answer {
	a := answer{reason: "reason.http-status", detail: "HTTP " + response.Status}
	switch status := response.StatusCode; {
	case status >= 200 && status < 300:
		return answer{reached: true}
	case status == http.StatusRequestTimeout, status == http.StatusTooEarly, status == http.StatusTooManyRequests, status >= 500:
		a.retryAfter = c.retryAfter(response.Header.Get("Retry-After"))
	case status >= 300 && status < 400:
		a.final, a.reason = true, "reason.redirected"
	case status == http.StatusGone:
		a.final, a.reason = true, "reason.gone"
	case status == http.StatusRequestEntityTooLarge:
		a.final, a.reason = true, "reason.too-large"
	default:
		a.final, a.reason = true, "reason.rejected"
	}
	return a
}

// retryAfter reads a Retry-After header (RFC 9110, section 10.2.3): seconds or a
// date. Zero for none, for one in the past, and for what is neither.
func (c *Channel) retryAfter(header string) time.Duration {
	const longest = 24 * time.Hour
	if seconds, err := strconv.ParseUint(header, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, longest)
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(c.now()), 0), longest)
	}
	return 0
}
