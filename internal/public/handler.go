// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
	"github.com/tocsin-alert/tocsin/web"
)

// pagePolicy is the Content-Security-Policy of everything but maps.
const pagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// routes builds the handler. Data may be read from any origin; pages may not be framed.
func (role *Role) routes() http.Handler {
	mux := http.NewServeMux()
	page := func(pattern string, serve pageHandler) {
		mux.HandleFunc("GET "+pattern, role.localised(serve, ""))
		for _, tag := range languages {
			mux.HandleFunc("GET /"+tag+pattern, role.localised(serve, tag))
		}
	}
	data := func(pattern string, serve func(http.ResponseWriter, *http.Request, *edition)) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			shared(w.Header())
			if e := role.current(w); e != nil {
				serve(w, r, e)
			}
		})
	}
	index := func(path string) {
		data(path, func(w http.ResponseWriter, r *http.Request, e *edition) { e.index[path].serve(w, r) })
	}
	page("/{$}", role.serveFront)
	page("/warnings/{id}", role.serveWarning)
	page("/list", role.serveList)
	page(logPath, role.serveLogList)
	page(logEntriesPath+"{index}", role.serveLogEntry)
	page(logComparePath, role.serveLogCompare)
	data(logLinesPath, role.serveLogLines)
	data(logTablePath, role.serveLogTable)
	page(verifyPath, role.serveVerify)
	page(savedVerifyPath, role.serveSavedVerify)
	index("/feed.atom")
	index("/warnings.json")
	index("/warnings.geojson")
	data("/feed/{file}", role.serveFeed)
	data("/cap/{file}", role.serveCAP)
	data(federalPath+"{file}", role.serveFederal)
	data("/map.svg", func(w http.ResponseWriter, r *http.Request, e *edition) {
		w.Header().Set("Content-Security-Policy", mapPolicy)
		e.asked.get("/map.svg", func() *body { return role.overviewMap(e) }).serve(w, r)
	})
	data("/warnings/{id}/map.svg", role.serveWarningMap)
	data("/events", func(w http.ResponseWriter, r *http.Request, _ *edition) { role.events(w, r) })
	signed := func(pattern string, serve func(http.ResponseWriter, *http.Request, *standing)) {
		mux.HandleFunc("GET "+pattern, func(w http.ResponseWriter, r *http.Request) {
			shared(w.Header())
			if s := role.stands(w); s != nil {
				serve(w, r, s)
			}
		})
	}
	signed(logPrefix+tlog.CheckpointPath, func(w http.ResponseWriter, r *http.Request, s *standing) { s.checkpoint.serve(w, r) })
	signed(logPrefix+"tile/{path...}", role.serveTile)
	signed(logProofPath+"{index}", role.serveLogProof)
	signed(trustPath, func(w http.ResponseWriter, r *http.Request, s *standing) { s.trustFile.serve(w, r) })
	mux.HandleFunc("GET /healthz", role.serveHealth)
	mux.Handle("GET "+web.Prefix, web.Handler())
	mux.HandleFunc("GET /", role.localised(func(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
		role.serveMissing(w, r, e, tag)
	}, ""))
	return role.guard(mux)
}

// guard sets what every answer carries, answers the questions that browsers ask
// before they fetch across origins, and lets only readers pass.
func (role *Role) guard(next http.Handler) http.Handler {
	secure := strings.HasPrefix(role.base, "https://")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		header := w.Header()
		header.Set("Content-Security-Policy", pagePolicy)
		header.Set("X-Content-Type-Options", "nosniff")
		header.Set("Referrer-Policy", "no-referrer")
		header.Set("Permissions-Policy", "geolocation=(self), camera=(), microphone=()")
		header.Set("Cross-Origin-Opener-Policy", "same-origin")
		header.Set("Cross-Origin-Resource-Policy", "same-origin")
		if secure {
			header.Set("Strict-Transport-Security", "max-age=63072000")
		}
		switch r.Method {
		case http.MethodGet, http.MethodHead:
			next.ServeHTTP(w, r)
		case http.MethodOptions:
			shared(header)
			header.Set("Access-Control-Allow-Methods", "GET, HEAD")
			header.Set("Access-Control-Allow-Headers", "If-None-Match, Last-Event-ID, Cache-Control")
			header.Set("Access-Control-Max-Age", "86400")
			header.Set("Allow", "GET, HEAD, OPTIONS")
			w.WriteHeader(http.StatusNoContent)
		default:
			header.Set("Allow", "GET, HEAD, OPTIONS")
			http.Error(w, "This address can only be read: use GET or HEAD.", http.StatusMethodNotAllowed)
		}
	})
}

// shared lets pages of every origin read the answer.
func shared(header http.Header) {
	header.Set("Access-Control-Allow-Origin", "*")
	header.Set("Access-Control-Expose-Headers", "ETag, Last-Modified")
	header.Set("Cross-Origin-Resource-Policy", "cross-origin")
}

// current gives the edition, or answers that the role is still starting.
func (role *Role) current(w http.ResponseWriter) *edition {
	e := role.edition.Load()
	if e == nil {
		w.Header().Set("Retry-After", "2")
		w.Header().Set("Cache-Control", cacheNever)
		http.Error(w, "The warning service is starting. Try again in a moment.", http.StatusServiceUnavailable)
	}
	return e
}

// pageHandler serves a page in the language of the tag.
type pageHandler func(w http.ResponseWriter, r *http.Request, e *edition, tag string)

// localised fixes the page's language: that of the address, or what the browser asks for.
func (role *Role) localised(serve pageHandler, tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		tag := tag
		if tag == "" {
			w.Header().Add("Vary", "Accept-Language")
			tag = catalogue.Match(r.Header.Get("Accept-Language"))
		}
		w.Header().Set("Content-Language", tag)
		if e := role.current(w); e != nil {
			serve(w, r, e, tag)
		}
	}
}

func (role *Role) serveFront(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	query := cleanQuery(r.URL.Query().Get("q"))
	if query == "" {
		e.index["/"+tag+"/"].serve(w, r)
		return
	}
	e.asked.get("/"+tag+"/?q="+query, func() *body {
		front := e.fronts[tag]
		front.Search = role.search(e, query, front.InForce)
		return page(e, "front.html", front)
	}).serve(w, r)
}

func (role *Role) serveList(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	e.index["/"+tag+"/list"].serve(w, r)
}

// warning finds a warning of which something was released: the public never
// learns of requests.
func (role *Role) warning(id string) (found *warning.Warning) {
	role.ledger.View(func() {
		if w, ok := role.book.Warning(id); ok && w.Last() != nil {
			found = w
		}
	})
	return found
}

func (role *Role) serveWarning(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	id := r.PathValue("id")
	if chain := role.warning(id); chain != nil {
		e.asked.get("/"+tag+warningPath(id), func() *body { return page(e, "warning.html", role.chainPage(e, chain, tag)) }).serve(w, r)
		return
	}
	plain, asJSON := strings.CutSuffix(id, ".json")
	if chain := role.warning(plain); asJSON && chain != nil {
		shared(w.Header())
		e.asked.get(warningPath(id), func() *body { return role.warningJSON(e, chain) }).serve(w, r)
		return
	}
	role.serveMissing(w, r, e, tag)
}

func (role *Role) serveWarningMap(w http.ResponseWriter, r *http.Request, e *edition) {
	chain := role.warning(r.PathValue("id"))
	if chain == nil {
		role.serveNothing(w, "There is no such warning.", "Take addresses from /warnings.json.")
		return
	}
	w.Header().Set("Content-Security-Policy", mapPolicy)
	e.asked.get(warningPath(chain.ID)+"/map.svg", func() *body { return role.warningMap(e, chain) }).serve(w, r)
}

func (role *Role) serveFeed(w http.ResponseWriter, r *http.Request, e *edition) {
	key, ok := strings.CutSuffix(r.PathValue("file"), ".atom")
	region, err := geo.ParseARS(key)
	if !ok || err != nil {
		role.serveNothing(w, "There is no such feed.", "Feeds are named by the Amtlicher Regionalschlüssel, such as /feed/12054.atom.")
		return
	}
	e.asked.get(feedPath(region), func() *body { return role.feed(e, region) }).serve(w, r)
}

func (role *Role) serveCAP(w http.ResponseWriter, r *http.Request, e *edition) {
	identifier, form := capForm(r.PathValue("file"))
	found := role.released(identifier)
	switch {
	case found == nil || form == "":
		role.serveNothing(w, "There is no such message.", "Its address is /cap/ and the identifier and .xml, .proof, .tocsin or .qr.svg.")
	case form == formCAP:
		// Old messages must show in a browser too; the media type is not one it knows.
		w.Header().Set("Content-Disposition", "inline")
		e.asked.get(capPath(identifier), func() *body { return capBody(found) }).serve(w, r)
	default:
		role.serveProof(w, r, found, form)
	}
}

// serveHealth answers whether what is served follows the journal.
func (role *Role) serveHealth(w http.ResponseWriter, r *http.Request) {
	e, health, status := role.edition.Load(), healthDocument{Status: "starting"}, http.StatusServiceUnavailable
	if e != nil {
		health = healthDocument{Status: "stopped", Seq: role.ledger.Applied(), Since: e.at}
		if _, open, closed := role.streams.next(); !closed {
			health.Status, health.Streams, status = "ok", open, http.StatusOK
		}
	}
	w.Header().Set("Content-Type", contentJSON)
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(status)
	// A reader who left is no fault of ours.
	_ = json.NewEncoder(w).Encode(health)
}

type healthDocument struct {
	// Status is "starting", "ok" or "stopped".
	Status string `json:"status"`
	// Seq is the journal sequence that is taken into account, Since the minute in
	// which the page was rendered.
	Seq     uint64    `json:"seq"`
	Since   time.Time `json:"since,omitzero"`
	Streams int64     `json:"streams"`
}

// serveMissing answers a person who is lost with a way on.
func (role *Role) serveMissing(w http.ResponseWriter, r *http.Request, e *edition, tag string) {
	view := missing{frame: role.frame(e, tag, "/"), Address: cleanQuery(r.URL.Path)}
	view.Title = view.T("public.missing.title")
	content := page(e, "missing.html", view).plain
	w.Header().Set("Content-Type", contentHTML)
	w.Header().Set("Cache-Control", cacheNever)
	w.WriteHeader(http.StatusNotFound)
	if r.Method != http.MethodHead {
		_, _ = w.Write(content) // a reader who left is no fault of ours
	}
}

// serveNothing tells a program that nothing is at its address, and where to look.
func (role *Role) serveNothing(w http.ResponseWriter, message, remedy string) {
	serveProblem(w, problem.New(problem.NotFound, message, remedy))
}

// contentProblem is the media type of problem documents (RFC 9457).
const contentProblem = "application/problem+json"

// serveProblem answers a program with a problem document.
func serveProblem(w http.ResponseWriter, err *problem.Error) {
	w.Header().Set("Cache-Control", cacheNever)
	w.Header().Set("Content-Type", contentProblem)
	w.WriteHeader(err.Kind.Status())
	// A reader who left is no fault of ours.
	_ = json.NewEncoder(w).Encode(problem.DocumentOf(err))
}
