// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package agent

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Files in the state directory.
const (
	memoryFile = "memory.json"
	lockFile   = "lock"
)

// loadMemory reads what store wrote; the zero memory when there is nothing yet.
// A memory that cannot be read is an error and not a new one: a siren that forgot
// its counters would take recorded frames for new.
func loadMemory(dir string) (siren.Memory, error) {
	path := filepath.Join(dir, memoryFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return siren.Memory{}, nil
	}
	var memory siren.Memory
	if err == nil {
		err = json.Unmarshal(raw, &memory)
	}
	if err != nil {
		return siren.Memory{}, problem.Wrap(err, problem.Unreadable, fmt.Sprintf("The siren's memory %s cannot be read.", path),
			"Replace the disk. Then raise the epoch of the authority's keys for this siren and remove the file: without its counters the siren would take recorded frames of the old epoch for new.")
	}
	return memory, nil
}

// storeMemory makes the memory durable.
func storeMemory(dir string, m siren.Memory) error {
	raw, err := json.Marshal(m)
	if err != nil {
		return fmt.Errorf("write the siren's memory: %w", err)
	}
	return durable.Replace(filepath.Join(dir, memoryFile), raw)
}
