// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package study

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/machine"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// usualMemory is how many bytes a study may take where the machine does not say
// how many it has.
const usualMemory = 1 << 30

// memory is how many bytes this process may take.
func memory() int64 {
	if left, known := machine.Memory(); known {
		return left
	}
	return usualMemory
}

// What a study needs beside reading the population, in bytes for each cell: three
// maps of levels, the join with regions, the pictures' and the search's own lists.
const bytesPerCell = 3*14 + 4 + 40

// needs is about how many bytes a study of so many cells takes.
func needs(cells int) int64 { return population.Memory(cells) + int64(cells)*bytesPerCell }

// fits refuses a study that would not fit into memory.
func fits(cells int) error {
	if need, left := needs(cells), memory(); need > left {
		return refusal.New(problem.TooLarge, "study.memory", fmt.Sprint(cells), fmt.Sprint(need>>20+1), fmt.Sprint(left>>20))
	}
	return nil
}
