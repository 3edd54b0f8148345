// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capfile

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/cap/container"
)

const (
	// fetchTimeout bounds one fetch, feedTimeout a feed with all its messages.
	fetchTimeout = 30 * time.Second
	feedTimeout  = 5 * time.Minute
	// maxLinks is how many messages of a feed are fetched.
	maxLinks = 500
	// maxAddress is the longest address that is followed, in bytes.
	maxAddress = 2048
	// maxRedirects is how many redirects a fetch follows.
	maxRedirects = 5
)

// address takes what an address gives, and the messages that it links to on
// the same host. Nothing is fetched from other hosts: a feed must not choose
// what a computer inside a network asks for.
func (o *Opener) address(ctx context.Context, address string, yield func(Message) bool) bool {
	ctx, cancel := context.WithTimeout(ctx, feedTimeout)
	defer cancel()
	given, found, more := o.fetch(ctx, address, yield)
	if !more || found.total == 0 {
		return more
	}
	near := nearby(found.addresses, address)
	found.total -= len(near)
	o.leave(address, found, fmt.Sprintf("name them one by one; of a feed, %d on its own host are fetched", maxLinks))
	if given+len(near) == 0 {
		return yield(failed(address, errors.New("it holds no message, and links to none on its own host")))
	}
	for i, link := range near {
		o.progress(i, len(near))
		given, further, more := o.fetch(ctx, link, yield)
		const remedy = "name them one by one; links are followed once"
		switch {
		case more && given == 0 && further.total > 0:
			more = yield(failed(link, further.only(remedy)))
		default:
			o.leave(link, further, remedy)
		}
		if !more {
			return false
		}
	}
	if len(near) > 0 {
		o.progress(len(near), len(near))
	}
	return true
}

func (o *Opener) progress(done, of int) {
	if o.Progress != nil {
		o.Progress(done, of)
	}
}

// nearby gives those of the links that lead to the address's own host and may
// be fetched, each once.
func nearby(links []string, address string) []string {
	base, err := url.Parse(address)
	if err != nil {
		return nil
	}
	var near []string
	for _, link := range links {
		target, err := base.Parse(link)
		if err != nil || target.Host != base.Host || target.Scheme != base.Scheme && target.Scheme != "https" {
			continue
		}
		target.Fragment = ""
		if len(near) < maxLinks && !slices.Contains(near, target.String()) {
			near = append(near, target.String())
		}
	}
	return near
}

func (o *Opener) fetch(ctx context.Context, address string, yield func(Message) bool) (given int, found links, more bool) {
	kept, err := o.get(ctx, address)
	if err != nil {
		return 1, links{}, yield(failed(address, err))
	}
	defer kept.Close()
	return o.take(container.Source{Name: address, Reader: kept, Size: kept.size, Address: address}, yield)
}

func (o *Opener) get(ctx context.Context, address string) (*kept, error) {
	ctx, cancel := context.WithTimeout(ctx, fetchTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, fmt.Errorf("the address is not right: %w", err)
	}
	request.Header.Set("User-Agent", "Tocsin")
	client := o.Client
	if client == nil {
		client = &http.Client{CheckRedirect: sameHost}
	}
	response, err := client.Do(request)
	if err != nil {
		if fault, ok := errors.AsType[*url.Error](err); ok {
			err = fault.Err // the address is said already
		}
		return nil, fmt.Errorf("fetching it: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the server answers %s", response.Status)
	}
	if response.ContentLength > container.MaxSize {
		return nil, fmt.Errorf("it has %d bytes, more than the %d allowed", response.ContentLength, container.MaxSize)
	}
	kept, err := keep(response.Body)
	if err != nil {
		return nil, fmt.Errorf("fetching it: %w", err)
	}
	return kept, nil
}

// sameHost follows a redirect within the host that was asked, and no other.
func sameHost(request *http.Request, via []*http.Request) error {
	if first := via[0].URL; request.URL.Host != first.Host || len(via) > maxRedirects {
		return fmt.Errorf("it redirects to %s", request.URL.Host)
	}
	return nil
}
