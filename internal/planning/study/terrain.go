// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/geo/terrain"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// The limits of an archive of elevations.
const (
	maxElevations     = 4 << 30
	maxElevationFiles = 2000
)

// elevationEndings are those of files that are taken from an archive.
var elevationEndings = []string{".hgt", ".asc", ".prj", ".tif", ".tiff"}

// elevations gives the path at which a file of elevations can be read: of a .zip a
// folder beside it, into which it is unpacked.
func elevations(ctx context.Context, file string) (string, error) {
	if !strings.EqualFold(filepath.Ext(file), ".zip") {
		return file, nil
	}
	archive, err := zip.OpenReader(file)
	if err != nil {
		return "", refusal.New(problem.Unreadable, "study.file", err.Error())
	}
	defer archive.Close()
	folder := filepath.Join(filepath.Dir(file), "unpacked")
	if err := os.Mkdir(folder, 0o700); err != nil {
		return "", notWritten(err)
	}
	left, files := int64(maxElevations), 0
	for _, entry := range archive.File {
		// The names of folders count for nothing: files of a tile have its name.
		name := fileName(path.Base(entry.Name))
		if !slices.Contains(elevationEndings, strings.ToLower(path.Ext(name))) || entry.Mode()&os.ModeType != 0 {
			continue
		}
		if files++; files > maxElevationFiles || ctx.Err() != nil {
			break
		}
		n, err := unpack(entry, filepath.Join(folder, name), left)
		if err != nil {
			return "", err
		}
		left -= n
	}
	if files > maxElevationFiles || left < 0 {
		return "", refusal.New(problem.TooLarge, "study.elevations", fmt.Sprint(maxElevationFiles), fmt.Sprint(maxElevations>>30))
	}
	return folder, ctx.Err()
}

// unpack writes one file of an archive, and gives its size: more than most where
// it is larger.
func unpack(entry *zip.File, target string, most int64) (int64, error) {
	in, err := entry.Open()
	if err != nil {
		return 0, refusal.New(problem.Unreadable, "study.file", err.Error())
	}
	defer in.Close()
	out, err := os.OpenFile(target, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if errors.Is(err, os.ErrExist) {
		return 0, refusal.New(problem.Unreadable, "study.twice", entry.Name)
	}
	if err != nil {
		return 0, notWritten(err)
	}
	n, err := io.Copy(out, io.LimitReader(in, most+1))
	if err := errors.Join(err, out.Close()); err != nil {
		return 0, refusal.New(problem.Unreadable, "study.file", err.Error())
	}
	return n, nil
}

// inspectTerrain says what elevations are in a file.
func (d *Dataset) inspectTerrain(ctx context.Context, file string) error {
	place, err := elevations(ctx, file)
	if err != nil {
		return err
	}
	if place != file {
		defer os.RemoveAll(place)
	}
	model, err := terrain.Open(terrain.Options{}, place)
	if err != nil {
		return err
	}
	d.Counts["elevations"], d.Counts["spacing"] = int64(len(model.Files(model.Box()))), int64(model.Spacing())
	return nil
}
