// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"

	"github.com/tocsin-alert/tocsin/cap/container"
)

// feed is one watched address with what is known of its pages.
type feed struct {
	address string
	seen    map[string]validator
	// carried are the messages that the feed itself held when it was last read.
	carried map[[sha256.Size]byte]bool
}

// validator is how a page is asked for again (RFC 9110, section 8.8).
type validator struct{ etag, modified string }

// maxLinks is how many messages of a feed are fetched in one look.
const maxLinks = 500

// errUnchanged says that a page is as it was.
var errUnchanged = errors.New("unchanged")

// lookIntoFeed fetches a feed, takes the messages in it and fetches those that
// it links to.
func (w *Watcher) lookIntoFeed(ctx context.Context, f *feed) {
	warn := func(message string, err error) {
		if ctx.Err() == nil && !errors.Is(err, errUnchanged) {
			w.o.Logger.LogAttrs(ctx, slog.LevelWarn, message, slog.String("feed", f.address), slog.Any("error", err))
		}
	}
	raw, check, err := w.fetch(ctx, f, f.address)
	if err != nil {
		warn("feed cannot be fetched", err)
		return
	}
	source := container.Bytes(f.address, raw)
	source.Address = f.address
	complete := true
	kept, carried := map[string]validator{}, map[[sha256.Size]byte]bool{}
	for item := range container.Messages(source) {
		if item.Link == "" {
			digest := sha256.Sum256(item.Raw)
			asked := item.Raw != nil && f.carried[digest] || w.offer(ctx, item)
			if asked && item.Raw != nil {
				carried[digest] = true
			}
			complete = complete && asked
			continue
		}
		link, ok := followed(f.address, item.Link)
		if _, again := kept[link]; !ok || again || len(kept) == maxLinks {
			if !again {
				warn("link of a feed is not followed", fmt.Errorf("%s leads to another host, or is one of more than %d", clip(item.Link, 200), maxLinks))
			}
			continue
		}
		kept[link] = f.seen[link]
		page, pageCheck, err := w.fetch(ctx, f, link)
		switch {
		case errors.Is(err, errUnchanged):
		case err != nil:
			complete = false
			warn("message of a feed cannot be fetched", err)
		case w.hand(ctx, link, page):
			kept[link] = pageCheck
		default:
			complete = false
		}
	}
	if complete {
		kept[f.address] = check
	}
	f.seen, f.carried = kept, carried
}

// followed is the address that a link of a feed leads to, without its fragment.
// It reports false for one on another host, which is not followed: a feed must
// not make the node ask for addresses in its own network.
func followed(feed, link string) (string, bool) {
	from, err := url.Parse(feed)
	if err != nil {
		return "", false
	}
	to, err := url.Parse(link)
	if err != nil || to.Host != from.Host || to.Scheme != from.Scheme {
		return "", false
	}
	to.Fragment = ""
	return to.String(), true
}

func (w *Watcher) fetch(ctx context.Context, f *feed, address string) ([]byte, validator, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, validator{}, fmt.Errorf("fetch %s: %w", address, err)
	}
	request.Header.Set("User-Agent", "Tocsin")
	if known := f.seen[address]; known.etag != "" {
		request.Header.Set("If-None-Match", known.etag)
	} else if known.modified != "" {
		request.Header.Set("If-Modified-Since", known.modified)
	}
	response, err := w.o.Client.Do(request)
	if err != nil {
		return nil, validator{}, fmt.Errorf("fetch: %w", err)
	}
	defer response.Body.Close()
	switch response.StatusCode {
	case http.StatusOK:
	case http.StatusNotModified:
		return nil, validator{}, errUnchanged
	default:
		return nil, validator{}, fmt.Errorf("fetch %s: the answer is %s", address, response.Status)
	}
	raw, err := readAll(response.Body)
	if err != nil {
		return nil, validator{}, fmt.Errorf("fetch %s: %w", address, err)
	}
	return raw, validator{etag: response.Header.Get("ETag"), modified: response.Header.Get("Last-Modified")}, nil
}

// sameHost follows a redirect within the host that was asked, and no other.
func sameHost(request *http.Request, via []*http.Request) error {
	if first := via[0].URL; request.URL.Host != first.Host || len(via) > 5 {
		return fmt.Errorf("it redirects to %s", request.URL.Host)
	}
	return nil
}
