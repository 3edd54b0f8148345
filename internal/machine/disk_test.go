// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package machine

import (
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
)

func TestDisk(t *testing.T) {
	dir := t.TempDir()
	if free, err := Disk(dir); err != nil || free == 0 {
		t.Errorf("%d bytes, %v", free, err)
	}
	if _, err := Disk(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a directory that is not there: %v", err)
	}
}
