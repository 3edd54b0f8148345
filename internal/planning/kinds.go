// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"bytes"
	"fmt"
	"os"

	"go.yaml.in/yaml/v3"

	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// ReadKinds reads kinds of sirens from YAML: a list of id, rating, height, mount
// and cost.
func ReadKinds(path string) ([]sites.Kind, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, unusable(path, err, "Check the disk.")
	}
	var kinds []sites.Kind
	decoder := yaml.NewDecoder(bytes.NewReader(raw))
	decoder.KnownFields(true)
	if err := decoder.Decode(&kinds); err != nil {
		return nil, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("%s is no list of kinds of sirens.", path), "Give id, rating, height, mount and cost of each; see docs/formats/plan.md.")
	}
	for _, k := range kinds {
		if err := k.Check(); err != nil {
			return nil, unusable(path, err, "Compare it with docs/formats/plan.md.")
		}
	}
	return kinds, nil
}
