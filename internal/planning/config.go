// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// ProgrammeConfig is a programme as its file says it; docs/formats/plan.md has one
// with every field.
type ProgrammeConfig struct {
	Title string `yaml:"title"`
	// The files, relative to the configuration.
	Population string `yaml:"population"`
	Sirens     string `yaml:"sirens"`
	Regions    string `yaml:"regions"`
	// Candidates is a file, or cells:SPACING.
	Candidates string `yaml:"candidates"`
	// Terrain are files and folders of elevations.
	Terrain []string      `yaml:"terrain"`
	Kinds   []sites.Kind  `yaml:"kinds"`
	Model   earshot.Model `yaml:"model"`
	// The settings of the models; earshot.Assumptions says what they are.
	PerDoubling float64            `yaml:"perDoubling"`
	Temperature *float64           `yaml:"temperature"`
	Humidity    *float64           `yaml:"humidity"`
	Ground      *float64           `yaml:"ground"`
	Edition     int                `yaml:"edition"`
	Level       float64            `yaml:"level"`
	Years       []Year             `yaml:"years"`
	Areas       []string           `yaml:"areas"`
	Split       Key                `yaml:"split"`
	Shares      map[string]float64 `yaml:"shares"`
	// Steps bounds the search for each area; 60 if 0.
	Steps int    `yaml:"steps"`
	Seed  uint64 `yaml:"seed"`
}

// usualSteps is enough for a gap of some tenths of a per cent in a Land.
const usualSteps = 60

// OpenProgramme reads a programme and the files that it names.
func OpenProgramme(ctx context.Context, path string, progress func(what string, done, total int64)) (Inputs, ProgrammeQuestion, []Note, error) {
	fail := func(err error) (Inputs, ProgrammeQuestion, []Note, error) {
		return Inputs{}, ProgrammeQuestion{}, nil, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return fail(unusable(path, err, "Check the disk."))
	}
	config := ProgrammeConfig{Kinds: sites.DefaultKinds(), Split: ByGain, Steps: usualSteps}
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&config); err != nil {
		return fail(problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no programme.", path), "Compare it with docs/formats/plan.md."))
	}
	beside := func(name string) string {
		if name == "" || filepath.IsAbs(name) || strings.HasPrefix(name, "cells:") {
			return name
		}
		return filepath.Join(filepath.Dir(path), name)
	}
	if config.Population == "" || config.Candidates == "" {
		return fail(problem.New(problem.Invalid, fmt.Sprintf("%s names no population or no candidates.", path), "Name both; candidates may be cells:2000."))
	}
	paths := Paths{Sirens: beside(config.Sirens), Population: beside(config.Population), Regions: beside(config.Regions), Progress: progress}
	for _, name := range config.Terrain {
		paths.Terrain = append(paths.Terrain, beside(name))
	}
	in, notes, err := Open(ctx, paths)
	if err != nil {
		return fail(err)
	}
	candidates, more, err := in.Candidates(beside(config.Candidates), config.Kinds)
	if err != nil {
		return fail(err)
	}
	question := ProgrammeQuestion{
		SitesQuestion: SitesQuestion{
			CoverageQuestion: CoverageQuestion{Assumptions: earshot.Assumptions{
				Model: config.Model, PerDoubling: config.PerDoubling, Temperature: config.Temperature, Humidity: config.Humidity, Ground: config.Ground, Edition: config.Edition,
			}, Level: config.Level},
			Candidates: candidates, Kinds: config.Kinds, Steps: config.Steps, Seed: config.Seed,
		},
		Title: config.Title, Years: config.Years, Split: config.Split, Shares: map[geo.ARS]float64{},
	}
	for _, a := range config.Areas {
		question.Areas = append(question.Areas, geo.ARS(a))
	}
	for a, share := range config.Shares {
		question.Shares[geo.ARS(a)] = share
	}
	return in, question, append(notes, more...), nil
}
