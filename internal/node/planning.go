// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package node

import (
	"log/slog"
	"path/filepath"
	"time"

	"github.com/tocsin-alert/tocsin/internal/machine"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
)

// PlanningFolder is the folder in a node's directory where the studies of planners
// lie with their files.
const PlanningFolder = "planning"

// planner opens the planners' library and has it work until the node ends. A node
// whose library cannot be opened warns without one: nil.
func (n *Node) planner() *study.Library {
	dir := filepath.Join(n.config.Dir, PlanningFolder)
	options := study.Options{
		Dir: dir, FreeSpace: func() (uint64, error) { return machine.Disk(dir) }, Now: time.Now, Logger: n.logger,
	}
	if len(n.config.PlanCommand) > 0 {
		process := study.Process{Command: n.config.PlanCommand}
		options.Reckon, options.Inspect = process.Reckon, process.Inspect
	}
	library, err := study.Open(options)
	if err != nil {
		n.logger.LogAttrs(n.ctx, slog.LevelError, "the planner's library cannot be opened, the node runs without it", slog.Any("error", err))
		return nil
	}
	n.roles.Go(func() { library.Work(n.ctx) })
	return library
}
