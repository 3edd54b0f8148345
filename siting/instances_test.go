// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-alert/tocsin/siting"
	"github.com/tocsin-alert/tocsin/siting/points"
)

// literature reads a file of points, of which each is a cell and a site.
func literature(t *testing.T, name string, reach float64) siting.Problem {
	t.Helper()
	f, err := os.Open(filepath.Join("../../shared/data/siting", name))
	if err != nil {
		t.Skipf("without the literature's points: %v", err)
	}
	defer f.Close()
	file, err := points.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	p, err := file.Problem(reach, 0)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// demand is that of all cells.
func demand(p *siting.Problem) float64 {
	sum := 0.0
	for _, d := range p.Demand {
		sum += d
	}
	return sum
}
