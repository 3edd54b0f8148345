// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
)

const (
	importPath = "/console/siren-import"
	// maxUpload bounds a list that comes through the page, in bytes; the command
	// line takes larger ones.
	maxUpload = 16 << 20
	// keptUploads and uploadLife bound what is kept between the look and the "yes".
	keptUploads = 4
	uploadLife  = 30 * time.Minute
	// shownEntries is how many rows the page lists.
	shownEntries = 500
)

// upload is a list that an operator has looked at and may take.
type upload struct {
	name, digest string
	content      []byte
	at           time.Time
}

// uploads keeps the last list of each operator. It is safe for use by several goroutines.
type uploads struct {
	mu   sync.Mutex
	kept map[string]upload // by operator
}

func (u *uploads) keep(by string, up upload) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.kept == nil {
		u.kept = map[string]upload{}
	}
	delete(u.kept, by)
	for len(u.kept) >= keptUploads {
		oldest := ""
		for name, other := range u.kept {
			if oldest == "" || other.at.Before(u.kept[oldest].at) {
				oldest = name
			}
		}
		delete(u.kept, oldest)
	}
	u.kept[by] = up
}

// take gives the operator's list if it still is the one that they looked at.
func (u *uploads) take(by, digest string, now time.Time) (upload, bool) {
	u.mu.Lock()
	defer u.mu.Unlock()
	up, ok := u.kept[by]
	if !ok || up.digest != digest || now.Sub(up.at) > uploadLife {
		return upload{}, false
	}
	return up, true
}

func (u *uploads) drop(by string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	delete(u.kept, by)
}

// importData is what a list would do, or did.
type importData struct {
	// Result is nil before anything was sent.
	Result *console.SirenImport
	// Name and Digest are those of the list; TakeDuplicates is how it was looked at.
	Name, Digest   string
	TakeDuplicates bool
}

// Verdicts lists the verdicts that the page counts.
func (importData) Verdicts() []registry.Verdict {
	return []registry.Verdict{registry.Added, registry.Changed, registry.Moved, registry.Unchanged, registry.Duplicate, registry.RowIsRefused}
}

// Shown are the first entries, and Rest how many more there are.
func (d importData) Shown() []registry.Entry {
	return d.Result.Entries[:min(shownEntries, len(d.Result.Entries))]
}

// Rest is how many entries the page does not list.
func (d importData) Rest() int { return len(d.Result.Entries) - len(d.Shown()) }

// Takes is how many rows a "yes" would take.
func (d importData) Takes() int {
	return d.Result.Counts[registry.Added] + d.Result.Counts[registry.Changed] + d.Result.Counts[registry.Moved]
}

func (s *server) importPage(c *call) error { return s.showImport(c, importData{}, nil) }

func (s *server) showImport(c *call, data importData, p *problem.Error) error {
	v := view{Template: "siren-import", Title: c.T("console.import.title"), Problem: p, Data: data}
	if p != nil {
		v.Status = p.Kind.Status()
	}
	return c.show(v)
}

// importSirens looks at a list without changing anything, or takes the one that
// was looked at.
func (s *server) importSirens(c *call) error {
	c.r.Body = http.MaxBytesReader(c.w, c.r.Body, maxUpload)
	data, up, err := s.uploaded(c)
	if err == nil {
		var result console.SirenImport
		result, err = s.Service.ImportSirens(c.r.Context(), c.who, up.content, console.SirenImportOptions{DryRun: data.Digest == "", TakeDuplicates: data.TakeDuplicates})
		data.Result = &result
	}
	if p, ok := errors.AsType[*problem.Error](err); ok {
		return s.showImport(c, importData{}, p)
	}
	if err != nil {
		return err
	}
	if data.Digest == "" {
		s.uploads.keep(c.who.Name, up)
		data.Digest = up.digest
	} else {
		s.uploads.drop(c.who.Name)
	}
	return s.showImport(c, data, nil)
}

// uploaded gives the list that the form carries, or the kept one that it names
// by its digest.
func (s *server) uploaded(c *call) (importData, upload, error) {
	unreadable := problem.New(problem.Unreadable, c.T("console.form.unreadable"), c.T("console.import.file"))
	if err := c.r.ParseMultipartForm(maxForm); err != nil {
		if _, ok := errors.AsType[*http.MaxBytesError](err); ok {
			return importData{}, upload{}, problem.Wrap(err, problem.TooLarge, c.T("console.form.too-large"), c.T("console.import.too-large"))
		}
		return importData{}, upload{}, unreadable
	}
	defer c.r.MultipartForm.RemoveAll()
	data := importData{Digest: c.r.PostForm.Get("digest"), TakeDuplicates: c.r.PostForm.Get("take-duplicates") != ""}
	if data.Digest != "" {
		up, ok := s.uploads.take(c.who.Name, data.Digest, s.Now())
		if !ok {
			return importData{}, upload{}, problem.New(problem.Stale, c.T("console.import.gone"), c.T("console.import.file"))
		}
		data.Name = up.name
		return data, up, nil
	}
	file, header, err := c.r.FormFile("file")
	if err != nil {
		return importData{}, upload{}, unreadable
	}
	defer file.Close()
	content, err := io.ReadAll(file)
	if err != nil {
		return importData{}, upload{}, unreadable
	}
	sum := sha256.Sum256(content)
	data.Name = header.Filename
	return data, upload{name: header.Filename, digest: hex.EncodeToString(sum[:]), content: content, at: s.Now()}, nil
}
