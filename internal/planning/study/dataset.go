// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Datasets lists what the node knows itself, then the kept files, by role and name.
func (l *Library) Datasets() []Dataset {
	var list []Dataset
	for _, own := range l.own {
		d := own.Describe()
		d.SHA256, d.Role, d.Name = OwnPrefix+string(own.Role), own.Role, own.Name
		list = append(list, d)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	first := len(list)
	for _, d := range l.datasets {
		list = append(list, d)
	}
	slices.SortFunc(list[first:], func(a, b Dataset) int {
		return cmp.Or(cmp.Compare(slices.Index(Roles, a.Role), slices.Index(Roles, b.Role)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.SHA256, b.SHA256))
	})
	return list
}

// Imports lists the files that are being taken.
func (l *Library) Imports() []Importing {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Importing, 0, len(l.importing))
	for _, i := range l.importing {
		list = append(list, i)
	}
	slices.SortFunc(list, func(a, b Importing) int { return cmp.Compare(a.Name, b.Name) })
	return list
}

// Upload is a file to be kept.
type Upload struct {
	Role Role
	Name string
	By   string
	// Size is how many bytes come; 0 where that is not known.
	Size    int64
	Content io.Reader
}

// Import keeps a file, after a look into it. The same file twice is the same
// dataset. Its errors are *problem.Error, or the context's.
func (l *Library) Import(ctx context.Context, u Upload) (Dataset, error) {
	u.Name = fileName(u.Name)
	if !slices.Contains(Roles, u.Role) {
		return Dataset{}, refusal.New(problem.Invalid, "study.role", string(u.Role))
	}
	if err := l.room(u.Size); err != nil {
		return Dataset{}, err
	}
	ticket, err := l.begin(u)
	if err != nil {
		return Dataset{}, err
	}
	defer l.end(ticket)
	// Everything is prepared in a folder that the next start sweeps away.
	work, err := os.MkdirTemp(l.filesFolder(), "importing-")
	if err != nil {
		return Dataset{}, notWritten(err)
	}
	defer os.RemoveAll(work)
	path := filepath.Join(work, u.Name)
	digest, size, err := l.receive(ctx, u, path, ticket)
	if err != nil {
		return Dataset{}, err
	}
	if d, ok := l.known(digest); ok {
		return l.again(d, u.Role)
	}
	select {
	case <-ctx.Done():
		return Dataset{}, ctx.Err()
	case l.inspecting <- struct{}{}:
	}
	d, err := l.o.Inspect(ctx, path, u.Role, func(p Progress) {
		l.update(ticket, func(i *Importing) { i.Progress = p })
	})
	<-l.inspecting
	if err != nil {
		return Dataset{}, err
	}
	d.SHA256, d.Size, d.Role, d.Name, d.By, d.At = digest, size, u.Role, u.Name, u.By, l.o.Now().UTC()
	return l.keep(d, path)
}

// fileName is the last part of a name as it was given, without what file systems
// or readers could stumble over.
func fileName(name string) string {
	if i := strings.LastIndexAny(name, `/\`); i >= 0 {
		name = name[i+1:]
	}
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\uFFFD' {
			return -1
		}
		return r
	}, strings.ToValidUTF8(name, ""))
	for len(name) > 100 { // the ending says what a file is: the beginning goes
		name = strings.ToValidUTF8(name[1:], "")
	}
	if name = strings.TrimLeft(strings.TrimSpace(name), "."); name == "" {
		name = "file"
	}
	return name
}

// room refuses a file for which there is none.
func (l *Library) room(size int64) error {
	l.mu.Lock()
	count, kept := len(l.datasets), size
	for _, d := range l.datasets {
		kept += d.Size
	}
	l.mu.Unlock()
	switch {
	case size > MaxFile:
		return refusal.New(problem.TooLarge, "study.file-large", fmt.Sprint(MaxFile>>20))
	case count >= maxDatasets || kept > maxKept:
		return refusal.New(problem.Conflict, "study.files-full", fmt.Sprint(maxDatasets), fmt.Sprint(maxKept>>30))
	}
	return l.free(size)
}

// free refuses to write so many bytes where the disk has to stay free for warnings.
func (l *Library) free(size int64) error {
	if l.o.FreeSpace == nil {
		return nil
	}
	free, err := l.o.FreeSpace()
	if err != nil {
		return notWritten(err)
	}
	if free < leastFree+uint64(size) {
		return refusal.New(problem.Unavailable, "study.disk", fmt.Sprint(free>>20), fmt.Sprint(leastFree>>20))
	}
	return nil
}

// syncEvery is how many bytes of a file are written before they are brought to the
// disk: if all of a large file waited there at once, what warns would wait behind it.
const syncEvery = 8 << 20

// settle brings what was written to the disk.
func settle(w io.Writer) error {
	if file, ok := w.(interface{ Sync() error }); ok {
		return file.Sync()
	}
	return nil
}

// receive writes a file as it comes, and takes its digest.
func (l *Library) receive(ctx context.Context, u Upload, path string, ticket int) (digest string, size int64, err error) {
	sum := sha256.New()
	var told int64
	err = durable.ReplaceWith(path, func(w io.Writer) error {
		buffer := make([]byte, 256<<10)
		for {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			n, err := u.Content.Read(buffer)
			if size += int64(n); size > MaxFile {
				return refusal.New(problem.TooLarge, "study.file-large", fmt.Sprint(MaxFile>>20))
			}
			sum.Write(buffer[:n])
			if _, err := w.Write(buffer[:n]); err != nil {
				return notWritten(err)
			}
			if size-told >= syncEvery {
				told = size
				l.update(ticket, func(i *Importing) { i.Size = size })
				if err := errors.Join(l.free(0), settle(w)); err != nil {
					return err
				}
			}
			if errors.Is(err, io.EOF) {
				return nil
			}
			if err != nil {
				out := refusal.New(problem.Unreadable, "study.upload")
				out.Err = err
				return out
			}
		}
	})
	if ctx.Err() != nil {
		return "", 0, ctx.Err()
	}
	if err != nil {
		return "", 0, notWritten(err)
	}
	if size == 0 {
		return "", 0, refusal.New(problem.Invalid, "study.file-empty")
	}
	return hex.EncodeToString(sum.Sum(nil)), size, nil
}

func (l *Library) known(digest string) (Dataset, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	d, ok := l.datasets[digest]
	return d, ok
}

// again gives the dataset of a file that is kept already.
func (l *Library) again(d Dataset, role Role) (Dataset, error) {
	if d.Role != role {
		return Dataset{}, refusal.New(problem.Conflict, "study.other-role", d.Name, string(d.Role))
	}
	return d, nil
}

// keep moves a file to its place: first the file, then what says that it is there.
func (l *Library) keep(d Dataset, path string) (Dataset, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if known, ok := l.datasets[d.SHA256]; ok { // by someone else meanwhile
		return l.again(known, d.Role)
	}
	place := filepath.Join(l.filesFolder(), d.SHA256)
	err := os.Rename(path, place)
	if err == nil {
		err = os.Chmod(place, 0o400)
	}
	if err == nil {
		err = durable.SyncDirectory(l.filesFolder())
	}
	if err != nil {
		return Dataset{}, notWritten(err)
	}
	if err := write(place+".json", d); err != nil {
		return Dataset{}, err
	}
	l.datasets[d.SHA256] = d
	l.change()
	return d, nil
}

// Remove forgets a kept file. One that studies use is refused, with their titles,
// unless that is meant: then they can be read, but not be made again.
func (l *Library) Remove(digest string, used bool) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.datasets[digest]; !ok {
		return refusal.New(problem.NotFound, "study.no-dataset", digest)
	}
	for _, e := range l.studies {
		for _, f := range e.Files {
			if f.SHA256 == digest && (!used || !e.State.Over()) {
				return refusal.New(problem.Conflict, "study.in-use", cmp.Or(e.Question.Title, e.ID))
			}
		}
	}
	place := filepath.Join(l.filesFolder(), digest)
	if err := os.Remove(place + ".json"); err != nil {
		return notWritten(err)
	}
	delete(l.datasets, digest)
	l.change()
	if err := os.Remove(place); err != nil {
		return notWritten(err)
	}
	return durable.SyncDirectory(l.filesFolder())
}

// begin, update and end keep the list of imports.
func (l *Library) begin(u Upload) (ticket int, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.importing) >= maxImports {
		return 0, refusal.New(problem.Conflict, "study.imports", fmt.Sprint(maxImports))
	}
	l.imports++
	l.importing[l.imports] = Importing{Role: u.Role, Name: u.Name, By: u.By, Total: u.Size}
	l.change()
	return l.imports, nil
}

func (l *Library) update(ticket int, change func(*Importing)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	i := l.importing[ticket]
	change(&i)
	l.importing[ticket] = i
	l.change()
}

func (l *Library) end(ticket int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.importing, ticket)
	l.change()
}
