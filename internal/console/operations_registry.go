// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"fmt"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
	"github.com/tocsin-alert/tocsin/internal/siren/tone"
)

// file is an answer that is a file.
type file struct {
	ContentType string `header:"Content-Type"`
	Disposition string `header:"Content-Disposition"`
	Body        []byte
}

// registerRegistry adds lists of sirens, in and out, and the signals to see and hear.
func (s *Service) registerRegistry(api huma.API) {
	register(s, api, operation{
		method: http.MethodPost, path: "/fleet/import", id: "import-sirens", summary: "Take a list of sirens into the registry (administrator)", largest: registry.MaxBytes,
		note: "The body is the file as it is: CSV, GeoJSON, or the sirens of OpenStreetMap, at most 64 MiB; docs/formats/siren-registry.md describes them. " +
			"What a row does not say stays as it is registered. Rows that cannot be taken are refused one by one, and the rest is taken.",
	}, func(ctx context.Context, a asked, in *struct {
		SirenImportOptions
		RawBody []byte `contentType:"application/octet-stream"`
	}) (*body[SirenImport], error) {
		return answer(s.ImportSirens(ctx, a.who, slices.Clone(in.RawBody), in.SirenImportOptions))
	})
	register(s, api, operation{
		method: http.MethodGet, path: "/fleet/export", id: "export-sirens", summary: "Get a list of sirens as CSV or GeoJSON",
	}, func(_ context.Context, _ asked, in *SirenExport) (*file, error) {
		content, err := s.ExportSirens(*in)
		if err != nil {
			return nil, err
		}
		mediaType := "text/csv; charset=utf-8; header=present"
		if in.Format == registry.GeoJSON {
			mediaType = "application/geo+json"
		}
		return &file{mediaType, fmt.Sprintf(`attachment; filename="sirens.%s"`, in.Format), content}, nil
	})
	register(s, api, operation{
		method: http.MethodPost, path: "/sirens/{id}/remove", id: "remove-siren", summary: "Take a siren out of the registry, with a reason (administrator)",
	}, func(ctx context.Context, a asked, in *idBodyIn[SirenRemoval]) (*body[Accepted], error) {
		return answer(s.RemoveSiren(ctx, a.who, in.ID, in.Body))
	})
	register(s, api, operation{
		method: http.MethodGet, path: "/signals/{name}/picture", id: "get-signal-picture", summary: "Get a signal as a picture of pitch over time (SVG)",
	}, func(_ context.Context, a asked, in *nameIn) (*file, error) {
		signal, ok := s.o.Signals.Named(in.Name)
		if !ok {
			return nil, notFound("signal.unknown", in.Name)
		}
		words := catalogue.For(Language(a.request))
		return &file{"image/svg+xml", fmt.Sprintf(`inline; filename="%s.svg"`, signal.Name), tone.SVG(signal, words)}, nil
	})
	register(s, api, operation{
		method: http.MethodGet, path: "/signals/{name}/sound", id: "get-signal-sound", summary: "Get a sample of how a signal sounds (WAVE)",
		note: "At most its first minute. It begins quietly; tests and pauses are silent.",
	}, func(_ context.Context, _ asked, in *nameIn) (*file, error) {
		signal, ok := s.o.Signals.Named(in.Name)
		if !ok {
			return nil, notFound("signal.unknown", in.Name)
		}
		content, err := tone.Sample(signal).Bytes()
		if err != nil {
			return nil, err
		}
		return &file{"audio/wav", fmt.Sprintf(`inline; filename="sound-sample-%s.wav"`, signal.Name), content}, nil
	})
}

// nameIn names one thing.
type nameIn struct {
	Name string `path:"name" maxLength:"64"`
}
