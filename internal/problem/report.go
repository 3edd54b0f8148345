// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package problem

import (
	"errors"
	"fmt"
	"io"
)

// Report prints an error as commands do, what is wrong and what to do, and gives
// the exit code. Without an error it prints nothing and gives 0.
func Report(w io.Writer, program string, err error) (exit int) {
	if err == nil {
		return 0
	}
	fmt.Fprintln(w, program+": "+err.Error())
	if p, ok := errors.AsType[*Error](err); ok {
		for _, f := range p.Faults {
			if f.Remedy != "" && f.Remedy != p.Remedy {
				fmt.Fprintf(w, "  %s: %s\n", f.Field, f.Remedy)
			}
		}
		if p.Remedy != "" {
			fmt.Fprintln(w, "what to do: "+p.Remedy)
		}
	}
	return KindOf(err).ExitCode()
}
