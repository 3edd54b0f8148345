// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package pages serves the operators' pages under /console/: HTML that works
// without scripts wherever nothing has to be signed, in German and English. Live
// parts of a page are the same templates, asked for by themselves.
package pages

import (
	"bytes"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// Prefix is the path under which the pages are served.
const Prefix = "/console/"

// SignInReturn is the path to which a sign-in service sends people back.
const SignInReturn = "/console/sign-in/service/return"

// Options are what the pages need.
type Options struct {
	Service *console.Service
	Logger  *slog.Logger
	// Now is the node's clock; nil takes the machine's.
	Now func() time.Time
}

// policy is the content security policy of every page. Nothing inline, nothing
// foreign; blob: and data: are for images that the map draws and the styles carry.
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"connect-src 'self'; worker-src 'self'; font-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

type server struct {
	Options
	// templates holds one set per page: the layout, the shared pieces, the page.
	templates map[string]*template.Template
	uploads   uploads
	// drawing holds a place for each tile that is being drawn.
	drawing chan struct{}
}

// New gives the handler of everything under Prefix.
func New(o Options) (http.Handler, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	templates, err := parse(files)
	if err != nil {
		return nil, fmt.Errorf("read page templates: %w", err)
	}
	s := &server{Options: o, templates: templates, drawing: make(chan struct{}, tilesAtOnce)}
	mux := http.NewServeMux()
	s.route(mux)
	guarded := http.NewCrossOriginProtection().Handler(mux)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", policy)
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Referrer-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		guarded.ServeHTTP(w, r)
	}), nil
}

func (s *server) route(mux *http.ServeMux) {
	open := func(pattern string, h handler) { mux.Handle(pattern, s.serve(h, false)) }
	page := func(pattern string, h handler) { mux.Handle(pattern, s.serve(h, true)) }

	open("GET /console/sign-in", s.signInPage)
	open("POST /console/sign-in", s.signIn)
	open("GET /console/break-glass", s.breakGlass)
	open("GET /console/sign-in/service", s.serviceSignIn)
	open("GET "+SignInReturn, s.serviceReturn)
	open("POST /console/preferences", s.preferences)
	open("/console/", func(c *call) error {
		return problem.New(problem.NotFound, c.T("console.not-found"), c.T("console.not-found.remedy"))
	})
	page("POST /console/sign-out", s.signOut)
	page("GET /console/key", s.keyPage)
	page("POST /console/key/{id}/revoke", s.revokeKey)
	page("GET /console/help", s.help)

	page("GET /console/{$}", s.board)
	page("GET /console/map/areas.json", s.areasInForce)
	page("GET /console/sirens", s.sirens)
	page("GET /console/sirens/{id}", s.siren)
	page("POST /console/sirens/{id}/enrolment", s.sirenAdmin)
	page("POST /console/sirens/{id}/revoke", s.sirenAdmin)
	page("POST /console/sirens/{id}/remove", s.sirenAdmin)
	page("GET "+testsPath, s.sirenTests)
	page("POST "+testsPath, s.startTest)
	page("GET "+testsPath+"/{id}", s.sirenTest)
	page("POST "+testsPath+"/schedules", s.setSchedule)
	page("POST "+testsPath+"/schedules/{id}/remove", s.removeSchedule)
	page("GET "+importPath, s.importPage)
	page("POST "+importPath, s.importSirens)
	page("GET "+stopsPath, s.stops)
	page("POST "+stopsPath, s.stopSirens)
	page("GET "+roguesPath, s.rogues)
	page("POST "+roguesPath+"/{id}", s.settleRogue)

	page("GET /console/warnings", s.warnings)
	page("GET /console/warnings/new", s.composeAlert)
	page("GET /console/warnings/{id}", s.warning)
	page("GET /console/warnings/{id}/update", s.composeUpdate)
	page("GET /console/warnings/{id}/all-clear", s.composeAllClear)
	page("GET /console/warnings/{id}/revise", s.composeRevision)
	page("GET /console/warnings/{id}/release", s.release)
	page("GET /console/warnings/{id}/read-back", s.readBack)
	page("GET /console/warnings/{id}/area.json", s.warningArea)
	page("GET /console/warnings/{id}/sirens.json", s.warningSirens)
	page("GET /console/warnings/{id}/sirens", s.warningEach)
	page("GET /console/warnings/{id}/field-order", s.fieldOrder)
	page("GET /console/warnings/{id}/unheard.json", s.unheard)
	page("GET /console/warnings/{id}/rounds", s.loudspeakerRounds)
	page("GET /console/warnings/{id}/rounds.json", s.roundsMap)
	page("GET /console/warnings/{id}/rounds.csv", s.roundsTable)
	page("GET /console/warnings/{id}/rounds.gpx", s.roundsRoute)
	page("GET /console/warnings/{id}/field-order.csv", s.fieldOrderTable)
	page("POST /console/warnings/{id}/refuse", s.drop)
	page("POST /console/warnings/{id}/withdraw", s.drop)
	page("POST /console/warnings/{id}/stop", s.drop)
	page("POST /console/compose", s.effect)

	page("GET /console/proposals", s.proposals)
	page("GET /console/proposals/{id}", s.proposal)
	page("GET /console/proposals/{id}/original", s.proposalOriginal)
	page("GET /console/proposals/{id}/adopt", s.composeProposal)
	page("POST /console/proposals/{id}/dismiss", s.dismiss)

	page("GET "+planPath, s.plan)
	page("POST "+planPath+"/files", s.importDataset)
	page("POST "+planPath+"/files/{digest}/remove", s.removeDataset)
	page("GET "+planPath+"/new", s.newPlan)
	page("POST "+planPath+"/new", s.askPlan)
	page("GET "+planPath+"/compare", s.comparePlans)
	page("GET "+planPath+"/{id}", s.study)
	page("GET "+planPath+"/{id}/marks.json", s.studyMarks)
	page("GET "+planPath+"/{id}/tiles/{z}/{x}/{y}", s.studyTile)
	page("POST "+planPath+"/{id}/cancel", s.cancelStudy)
	page("POST "+planPath+"/{id}/delete", s.deleteStudy)

	page("GET /console/operators", s.operators)
	page("POST /console/operators", s.createOperator)
	page("POST /console/operators/{name}", s.changeOperator)
	page("POST /console/operators/{name}/keys/{id}/revoke", s.revokeKeyOf)
	page("POST /console/operators/{name}/tokens", s.issueToken)
	page("POST /console/operators/{name}/tokens/{id}/revoke", s.revokeToken)
}

// handler answers one request, or gives the problem to show.
type handler func(c *call) error

// call is one request and what is needed to answer it.
type call struct {
	catalogue.Language
	s   *server
	w   http.ResponseWriter
	r   *http.Request
	who console.Identity
}

// serve turns a handler into an http.Handler. Pages need a session; whoever has
// none is sent to sign in, and comes back afterwards.
func (s *server) serve(h handler, needsSession bool) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &call{Language: catalogue.For(console.Language(r)), s: s, w: w, r: r}
		who, err := s.Service.Identify(r)
		switch {
		case err == nil:
			c.who = who
		case needsSession && r.Method == http.MethodGet && r.URL.Query().Get("part") == "" && !strings.HasSuffix(r.URL.Path, ".json"):
			http.Redirect(w, r, "/console/sign-in?next="+url.QueryEscape(r.URL.RequestURI()), http.StatusSeeOther)
			return
		case needsSession:
			c.fail(err)
			return
		}
		if err := h(c); err != nil {
			c.fail(err)
		}
	})
}

// fail shows a problem as a page: what is wrong, and what to do.
func (c *call) fail(err error) {
	p, ok := errors.AsType[*problem.Error](err)
	if !ok {
		c.s.Logger.LogAttrs(c.r.Context(), slog.LevelError, "page failed", slog.String("path", c.r.URL.Path), slog.Any("error", err))
		p = problem.New(problem.Internal, c.T("console.internal"), c.T("console.internal.remedy"))
	}
	if err := c.show(view{Template: "problem", Title: c.T("console.problem." + string(p.Kind)), Status: p.Kind.Status(), Problem: p}); err != nil {
		c.s.Logger.LogAttrs(c.r.Context(), slog.LevelError, "problem page failed", slog.Any("error", err))
		http.Error(c.w, p.Message, p.Kind.Status())
	}
}

// view is what a handler wants shown.
type view struct {
	// Template is the file's name in templates, without its ending.
	Template string
	Title    string
	// Status is 200 when zero.
	Status int
	// Problem is shown at the top of the page.
	Problem *problem.Error
	Data    any
}

// show writes a page, or the one part of it that the query asks for.
func (c *call) show(v view) error {
	name := "layout"
	if part := c.r.URL.Query().Get("part"); part != "" && v.Template != "problem" {
		name = "part-" + part
		if c.s.templates[v.Template].Lookup(name) == nil {
			return problem.New(problem.NotFound, c.T("console.not-found"), c.T("console.not-found.remedy"))
		}
	}
	return c.showPart(name, v)
}

// showPart writes one template of a page's set.
func (c *call) showPart(name string, v view) error {
	var out bytes.Buffer
	if err := c.s.templates[v.Template].ExecuteTemplate(&out, name, c.page(v)); err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if v.Status != 0 {
		c.w.WriteHeader(v.Status)
	}
	// A reader who left is no fault of ours.
	_, _ = c.w.Write(out.Bytes())
	return nil
}

// redirect sends the browser to a page after something was done.
func (c *call) redirect(path string) error {
	http.Redirect(c.w, c.r, path, http.StatusSeeOther)
	return nil
}
