// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"archive/zip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ArchiveFile is the name under which a study is fetched as a whole: a .zip of its
// folder with the kept files, from which it can be reckoned elsewhere.
const ArchiveFile = "study.zip"

// WriteArchive writes a study as a whole. Kept files that were removed are missing.
func (l *Library) WriteArchive(w io.Writer, id string) error {
	s, err := l.Study(id)
	if err != nil {
		return err
	}
	out := zip.NewWriter(w)
	add := func(name, path string) error {
		file, err := os.Open(path)
		if errors.Is(err, os.ErrNotExist) {
			return nil
		}
		if err != nil {
			return err
		}
		defer file.Close()
		// Most of it is packed already: it goes as it is, and costs the node nothing.
		entry, err := out.CreateHeader(&zip.FileHeader{Name: id + "/" + name, Method: zip.Store, Modified: s.At})
		if err == nil {
			_, err = io.Copy(entry, file)
		}
		return err
	}
	for _, name := range resultFiles {
		if s.State == Done || name == questionFile {
			err = errors.Join(err, add(name, filepath.Join(l.Folder(id), name)))
		}
	}
	packed := map[string]bool{}
	for _, f := range s.Files {
		if !packed[f.SHA256] {
			packed[f.SHA256] = true
			err = errors.Join(err, add("files/"+f.SHA256, filepath.Join(l.filesFolder(), f.SHA256)))
		}
	}
	if err := errors.Join(err, out.Close()); err != nil {
		return fmt.Errorf("pack study %s: %w", id, err)
	}
	return nil
}
