// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/germany"
	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/geo/terrain"
	"github.com/tocsin-alert/tocsin/internal/coverage"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// RegionsFolder is the folder in a node's directory where imported boundaries lie.
const RegionsFolder = "regions"

// PopulationFile is the file in a node's directory that holds the imported grid
// of people, as population.Grid writes it.
const PopulationFile = "population.cells"

// gazetteer is what the node knows of the country: what is built in, with the
// authority's own boundaries, imported by tocsin region import, over it.
func gazetteer(dir string) (*geo.Gazetteer, error) {
	regions, places, err := germany.Load()
	if err != nil {
		return nil, fmt.Errorf("load built-in regions: %w", err)
	}
	files, err := filepath.Glob(filepath.Join(dir, RegionsFolder, "*.geojson*"))
	if err != nil {
		return nil, fmt.Errorf("look for imported regions: %w", err)
	}
	for _, path := range files {
		own, err := readRegions(path)
		if err != nil {
			return nil, err
		}
		if regions, err = regions.With(own); err != nil {
			return nil, fmt.Errorf("join regions of %s: %w", path, err)
		}
	}
	return geo.NewGazetteer(regions, places), nil
}

func readRegions(path string) (*geo.Regions, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("read imported regions: %w", err)
	}
	defer file.Close()
	own, _, err := geo.ImportGeoJSON(file, geo.ImportOptions{})
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The imported regions %s cannot be read.", path), "Import the file again with tocsin region import.")
	}
	return own, nil
}

// audience is who lives where, by the census that was imported; nil where none was.
func audience(config Config, gazetteer *geo.Gazetteer) (*coverage.Audience, error) {
	path := filepath.Join(config.Dir, PopulationFile)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	grid, _, err := population.ReadFile(context.Background(), path, population.Options{})
	if err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The imported census %s cannot be read.", path), "Import the file again with tocsin population import.")
	}
	options := coverage.AudienceOptions{Grid: grid, Gazetteer: gazetteer, Assumptions: config.Hearing.assumptions(), Level: config.Hearing.Level}
	if len(config.Hearing.Terrain) > 0 {
		model, err := terrain.Open(terrain.Options{}, config.Hearing.Terrain...)
		if err != nil {
			return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The elevations %s cannot be read.", strings.Join(config.Hearing.Terrain, ", ")), "Give files or folders of .hgt, .asc with .prj, or .tif, unpacked, as hearing.terrain.")
		}
		options.Terrain = earshot.NewTerrain(model)
	}
	people, err := coverage.NewAudience(options)
	if err != nil {
		return nil, problem.InvalidFaults("The configuration of who hears a siren is not right.", config.Hearing.validate())
	}
	return people, nil
}
