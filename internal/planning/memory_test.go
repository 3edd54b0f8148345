// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// A grid of all Germany on a machine with little memory is refused with what it
// needs, before it is reckoned.
func TestGridsThatDoNotFit(t *testing.T) {
	err := Fits(200<<20, 3_100_000)
	if p, ok := errors.AsType[*problem.Error](err); !ok || p.Message != "3100000 cells need about 444 MiB of memory; 200 MiB are free." || p.Remedy == "" {
		t.Errorf("%v", err)
	}
	if err := Fits(450<<20, 3_100_000); err != nil {
		t.Errorf("enough memory: %v", err)
	}
	people := filepath.Join(t.TempDir(), "people.csv")
	if err := os.WriteFile(people, []byte("GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\nCRS3035RES100mN3260000E4530000;4530050;3260050;300\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 20))
	if Memory() != 1 {
		t.Errorf("%d bytes are left of 1 MiB", Memory())
	}
	_, _, err = Open(context.Background(), Paths{Population: people})
	if err == nil || !strings.Contains(err.Error(), "which need about 25 MiB of memory; 0 MiB are allowed") {
		t.Errorf("a table: %v", err)
	}
}

// Candidates that reach more cells than there is memory for are refused as soon as
// that shows, with what all of them would need.
func TestCandidatesThatDoNotFit(t *testing.T) {
	in := hamlet(t)
	in.Memory = 1000 // bytes
	candidates, err := sites.Inhabited(in.Grid, 200, 100)
	if err != nil {
		t.Fatal(err)
	}
	_, err = Choose(context.Background(), in, SitesQuestion{Candidates: candidates, Kinds: sites.DefaultKinds(), Budget: 12_000, Steps: 1})
	if p, ok := errors.AsType[*problem.Error](err); !ok || p.Kind != problem.TooLarge || !strings.Contains(p.Message, "10 candidates reach") || p.Remedy == "" {
		t.Errorf("%v", err)
	}
}
