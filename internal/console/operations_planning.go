// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"encoding/json"
	"log/slog"
	"mime"
	"net/http"
	"path"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// registerPlanning adds the planner's files and studies.
func (s *Service) registerPlanning(api huma.API) {
	register(s, api, operation{
		method: http.MethodGet, path: "/planning/datasets", id: "list-datasets", summary: "List the files that a study can be about",
		note: "First what the node knows itself, under names that begin with node:, then the files that were imported.",
	}, func(context.Context, asked, *noIn) (*body[Datasets], error) { return answer(s.Datasets()) })
	register(s, api, operation{
		method: http.MethodDelete, path: "/planning/datasets/{sha256}", id: "remove-dataset", summary: "Forget an imported file (author, releaser, administrator)", status: http.StatusNoContent,
		note: "One that studies use is refused unless used=true: then they can be read, but not be made again.",
	}, func(_ context.Context, a asked, in *struct {
		SHA256 string `path:"sha256" maxLength:"64"`
		Used   bool   `query:"used" doc:"Remove it although studies use it"`
	}) (*struct{}, error) {
		return nil, s.RemoveDataset(a.who, in.SHA256, in.Used)
	})
	register(s, api, operation{method: http.MethodGet, path: "/planning/studies", id: "list-studies", summary: "List studies, the newest first"},
		func(_ context.Context, a asked, _ *noIn) (*body[[]study.Study], error) {
			return answer(s.Studies(a.who))
		})
	register(s, api, operation{
		method: http.MethodPost, path: "/planning/studies", id: "ask-study", summary: "Ask who hears which siren, or where the next should stand (author, releaser, administrator)", status: http.StatusCreated,
		note: "It is reckoned when its turn comes. docs/formats/study.md describes questions and what comes out.",
	}, func(ctx context.Context, a asked, in *in[study.Question]) (*body[study.Study], error) {
		return answer(s.AskStudy(ctx, a.who, in.Body))
	})
	register(s, api, operation{method: http.MethodGet, path: "/planning/studies/{id}", id: "get-study", summary: "Get one study with its progress, or with the files that came out"},
		func(_ context.Context, a asked, in *idIn) (*body[study.Study], error) {
			return answer(s.Study(a.who, in.ID))
		})
	register(s, api, operation{method: http.MethodPost, path: "/planning/studies/{id}/cancel", id: "cancel-study", summary: "End a study that waits or runs (author, releaser, administrator)", status: http.StatusNoContent},
		func(_ context.Context, a asked, in *idIn) (*struct{}, error) {
			return nil, s.CancelStudy(a.who, in.ID)
		})
	register(s, api, operation{method: http.MethodDelete, path: "/planning/studies/{id}", id: "delete-study", summary: "Forget a study that is over (author, releaser, administrator)", status: http.StatusNoContent},
		func(_ context.Context, a asked, in *idIn) (*struct{}, error) {
			return nil, s.DeleteStudy(a.who, in.ID)
		})
}

// registerPlanningFiles adds what is too large to be held in memory. It stands in
// the description by hand.
func (s *Service) registerPlanningFiles(mux *http.ServeMux, api huma.API, served func(func(http.ResponseWriter, *http.Request) error) http.HandlerFunc) {
	mux.HandleFunc("POST "+Prefix+"/planning/datasets", served(s.takeDataset))
	mux.HandleFunc("GET "+Prefix+"/planning/studies/{id}/files/{name}", served(func(w http.ResponseWriter, r *http.Request) error {
		return s.ServeStudyFile(w, r, r.PathValue("id"), r.PathValue("name"))
	}))
	text := &huma.Schema{Type: "string"}
	roles := make([]any, len(study.Roles))
	for i, role := range study.Roles {
		roles[i] = string(role)
	}
	problems := &huma.Response{Description: "Error", Content: map[string]*huma.MediaType{
		problemType: {Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "")},
	}}
	api.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodPost, Path: Prefix + "/planning/datasets", OperationID: "import-dataset", Tags: []string{"planning"},
		Summary: "Keep a file for studies (author, releaser, administrator)",
		Description: "The body is the file as it is, at most 1 GiB. It is looked into before it is kept: what cannot be taken of it is in the notes, " +
			"and a file that cannot be used at all is refused. The same file twice is the same dataset. GET shows meanwhile how far it is.",
		Parameters: []*huma.Param{
			{Name: "role", In: "query", Required: true, Schema: &huma.Schema{Type: "string", Enum: roles}},
			{Name: "name", In: "query", Description: "Name of the file", Schema: text},
		},
		RequestBody: &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
			"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}},
		}},
		Responses: map[string]*huma.Response{
			"201": {Description: "Created", Content: map[string]*huma.MediaType{
				"application/json": {Schema: api.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[study.Dataset](), true, "")},
			}},
			"default": problems,
		},
	})
	api.OpenAPI().AddOperation(&huma.Operation{
		Method: http.MethodGet, Path: Prefix + "/planning/studies/{id}/files/{name}", OperationID: "get-study-file", Tags: []string{"planning"},
		Summary:     "Get a file that came out of a study",
		Description: "study.zip has all of them, the question and the files that it is about: tocsin plan study makes it again from these.",
		Parameters: []*huma.Param{
			{Name: "id", In: "path", Required: true, Schema: text}, {Name: "name", In: "path", Required: true, Schema: text},
		},
		Responses: map[string]*huma.Response{
			"200":     {Description: "The file.", Content: map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: "string", Format: "binary"}}}},
			"default": problems,
		},
	})
}

// uploadTime is how long a file may take to arrive.
const uploadTime = study.MaxFile / slowest * time.Second

// takeDataset answers POST /planning/datasets.
func (s *Service) takeDataset(w http.ResponseWriter, r *http.Request) error {
	control := http.NewResponseController(w)
	// Large files take longer than other requests. Where the connection has no
	// deadlines, none are needed.
	_ = control.SetReadDeadline(time.Now().Add(uploadTime))
	d, err := s.ImportDataset(r.Context(), askedOf(r.Context()).who, study.Upload{
		Role: study.Role(r.URL.Query().Get("role")), Name: r.URL.Query().Get("name"), Size: max(r.ContentLength, 0),
		Content: http.MaxBytesReader(w, r.Body, study.MaxFile+1),
	})
	if err != nil {
		return refusal.In(catalogue.For(Language(r)), err)
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(http.StatusCreated)
	// The file is kept; a sender that went away is no concern.
	_ = json.NewEncoder(w).Encode(d)
	return nil
}

// mediaTypes are those of the files of studies, besides what the system knows.
var mediaTypes = map[string]string{
	".csv": "text/csv; charset=utf-8; header=present", ".geojson": "application/geo+json", ".cells": "application/octet-stream",
	".html": "text/html; charset=utf-8", ".json": "application/json", ".pdf": "application/pdf", ".png": "image/png", ".zip": "application/zip",
}

// serveArchive answers with a study as a whole.
func (s *Service) serveArchive(w http.ResponseWriter, r *http.Request, id string) error {
	library, err := s.library()
	if err == nil {
		_, err = library.Study(id)
	}
	if err != nil {
		return refusal.In(catalogue.For(Language(r)), err)
	}
	w.Header().Set("Content-Type", mediaTypes[".zip"])
	w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": id + ".zip"}))
	if err := library.WriteArchive(w, id); err != nil {
		// The head is out: a connection that breaks off is how a reader learns of it.
		s.o.Logger.LogAttrs(r.Context(), slog.LevelWarn, "a study was not sent as a whole", slog.String("study", id), slog.Any("error", err))
		panic(http.ErrAbortHandler)
	}
	return nil
}

// ServeStudyFile answers with a file that came out of a study. Reports are pages of
// their own without scripts: they are shown, and everything else is offered as a file.
func (s *Service) ServeStudyFile(w http.ResponseWriter, r *http.Request, id, name string) error {
	if name == study.ArchiveFile {
		return s.serveArchive(w, r, id)
	}
	found, err := s.StudyFile(id, name)
	if err != nil {
		return refusal.In(catalogue.For(Language(r)), err)
	}
	defer found.Close()
	info, err := found.Stat()
	if err != nil {
		return err
	}
	ending := path.Ext(name)
	disposition := "attachment"
	h := w.Header()
	switch ending {
	case ".html":
		disposition = "inline"
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox")
	case ".png", ".pdf":
		disposition = "inline"
	}
	h.Set("Content-Type", mediaTypes[ending])
	h.Set("Content-Disposition", mime.FormatMediaType(disposition, map[string]string{"filename": id + "-" + name}))
	http.ServeContent(w, r, name, info.ModTime(), found)
	return nil
}
