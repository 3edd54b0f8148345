// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package intake

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// feed is one watched address with what is known of its pages.
type feed struct {
	address string
	seen    map[string]validator
}

// validator is how a page is asked for again (RFC 9110, section 8.8).
type validator struct{ etag, modified string }

// maxLinks is how many messages of a feed are fetched in one look.
const maxLinks = 500

// errUnchanged says that a page is as it was.
var errUnchanged = errors.New("unchanged")

// lookIntoFeed fetches the feed and the messages that it links to. A link leads
// to the feed's own host or is not followed: a feed must not make the node ask
// for addresses in its own network.
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
	links, isFeed, err := linksOf(raw, f.address)
	if err != nil {
		warn("feed cannot be read", err)
		return
	}
	if !isFeed {
		if w.hand(ctx, f.address, raw) {
			f.seen[f.address] = check
		}
		return
	}
	complete := true
	kept := map[string]validator{}
	for _, link := range links {
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
	f.seen = kept
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

// feedPage is an Atom feed (RFC 4287) or an RSS 2.0 channel; only the links count.
type feedPage struct {
	XMLName xml.Name
	Entries []struct {
		Links []struct {
			Href string `xml:"href,attr"`
			Rel  string `xml:"rel,attr"`
			Type string `xml:"type,attr"`
		} `xml:"link"`
	} `xml:"entry"`
	Items []struct {
		Link      string `xml:"link"`
		Enclosure struct {
			URL string `xml:"url,attr"`
		} `xml:"enclosure"`
	} `xml:"channel>item"`
}

// linksOf gives the addresses of the CAP messages that a feed links to, absolute
// and each once. It reports false for what is no feed: a message or a container.
func linksOf(raw []byte, address string) (links []string, isFeed bool, err error) {
	if !bytes.HasPrefix(bytes.TrimLeft(raw, " \t\r\n\ufeff"), []byte("<")) {
		return nil, false, nil
	}
	limits := cap.DefaultLimits()
	limits.Bytes = maxContainer
	if err := cap.Gate(raw, limits); err != nil {
		return nil, false, fmt.Errorf("read feed: %w", err)
	}
	var page feedPage
	if err := xml.Unmarshal(raw, &page); err != nil {
		return nil, false, fmt.Errorf("read feed: %w", err)
	}
	if page.XMLName.Local != "feed" && page.XMLName.Local != "rss" {
		return nil, false, nil
	}
	base, err := url.Parse(address)
	if err != nil {
		return nil, false, fmt.Errorf("read feed: %w", err)
	}
	add := func(link string) {
		target, err := base.Parse(strings.TrimSpace(link))
		if err != nil || link == "" || target.Host != base.Host || target.Scheme != base.Scheme {
			return
		}
		if target.Fragment = ""; len(links) < maxLinks && !slices.Contains(links, target.String()) {
			links = append(links, target.String())
		}
	}
	for _, entry := range page.Entries {
		best := ""
		for _, link := range entry.Links {
			switch {
			case link.Type == cap.MediaType:
				best = link.Href
			case best == "" && (link.Rel == "" || link.Rel == "alternate" || link.Rel == "enclosure"):
				best = link.Href
			}
		}
		add(best)
	}
	for _, item := range page.Items {
		if item.Enclosure.URL != "" {
			add(item.Enclosure.URL)
		} else {
			add(item.Link)
		}
	}
	return links, true, nil
}
