// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/publiclog"
)

// What is wrong with the public log is on the board, with what to do, for as long
// as it is so.
func TestTroubleOfThePublicLog(t *testing.T) {
	w := newWorld(t, "")
	tell := func(state publiclog.State) {
		t.Helper()
		raw, err := json.Marshal(state)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.bus.PutState(t.Context(), publiclog.Subject, raw); err != nil {
			t.Fatal(err)
		}
	}
	lines := func() []console.Trouble {
		var board console.Board
		w.must("deniz", http.MethodGet, "/api/v1/board", nil, &board)
		return board.Trouble
	}
	for _, trouble := range []publiclog.Trouble{publiclog.TroubleRoot, publiclog.TroubleRefused, publiclog.TroubleStuck, publiclog.TroubleUnwitnessed} {
		tell(publiclog.State{Trouble: trouble, Since: w.clock.Now()})
		eventually.Holds(w, "the board says "+string(trouble), func() bool { found := lines(); return len(found) == 1 && found[0].Code == string(trouble) })
		line := lines()[0]
		for _, words := range []console.Words{line.Text, line.StillWorks, line.ToDo} {
			if words["de"] == "" || words["en"] == "" || words["en"] == "1 faults" {
				t.Errorf("%s is worded %v", trouble, line)
			}
		}
		if !line.Since.Equal(w.clock.Now()) {
			t.Errorf("%s since %v", trouble, line.Since)
		}
	}
	tell(publiclog.State{})
	eventually.Holds(w, "the board is quiet again", func() bool { return len(lines()) == 0 })
}
