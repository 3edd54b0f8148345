// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"fmt"

	"github.com/tocsin-alert/tocsin/geo/population"
	"github.com/tocsin-alert/tocsin/internal/machine"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// usualMemory is how many bytes a question may take where the machine does not say
// how many it has.
const usualMemory = 1 << 30

// Memory is how many bytes a question may take on this machine now.
func Memory() int64 {
	if left, known := machine.Memory(); known {
		return max(left, 1)
	}
	return usualMemory
}

// What a question needs beside reading the population, in bytes for each cell:
// three maps of levels, the join with regions, the gaps, the pictures' and the search's own
// lists.
const bytesPerCell = 3*14 + 4 + 64

// Fits refuses a grid of so many cells that needs more than the memory there is.
func Fits(memory int64, cells int) error {
	need := population.Memory(cells) + int64(cells)*bytesPerCell
	if need <= memory {
		return nil
	}
	return refusal.New(problem.TooLarge, "study.memory", fmt.Sprint(cells), fmt.Sprint(need>>20+1), fmt.Sprint(memory>>20))
}
