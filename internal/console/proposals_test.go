// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/warning"
)

// foreign is a neighbour's message: another one's, and then an update of it.
func foreign(identifier, msgType, references string) string {
	if references != "" {
		references = "<references>" + references + "</references>"
	}
	return `<alert xmlns="urn:oasis:names:tc:emergency:cap:1.2"><identifier>` + identifier + `</identifier><sender>wetter.example</sender>` +
		`<sent>2026-03-04T10:30:00+01:00</sent><status>Actual</status><msgType>` + msgType + `</msgType><scope>Public</scope>` + references +
		`<info><language>de</language><category>Met</category><event>Gewitter</event><urgency>Immediate</urgency><severity>Severe</severity>` +
		`<certainty>Likely</certainty><expires>2026-03-04T14:00:00+01:00</expires><headline>Schweres Gewitter in Potsdam</headline>` +
		`<description>Der Wetterdienst erwartet ein schweres Gewitter.</description><instruction>Gehen Sie ins Haus.</instruction>` +
		`<area><areaDesc>Potsdam</areaDesc><polygon>52.38,13.02 52.38,13.10 52.42,13.10 52.42,13.02 52.38,13.02</polygon></area></info></alert>`
}

func TestProposalIsAdopted(t *testing.T) {
	w := newWorld(t, "")
	first := foreign("w-1", "Alert", "")
	var imported console.Imported
	w.must("anna", http.MethodPost, "/api/v1/proposals/import?name=w.xml", first, &imported)
	if len(imported.Proposals) != 1 {
		t.Fatalf("imported: %+v", imported)
	}
	id := imported.Proposals[0]
	w.must("anna", http.MethodPost, "/api/v1/proposals/import", first, &imported)
	if len(imported.Proposals) != 0 || imported.Known != 1 {
		t.Errorf("the same again: %+v", imported)
	}
	var detail console.ProposalDetail
	w.must("ben", http.MethodGet, "/api/v1/proposals/"+id, nil, &detail)
	if detail.Status != "open" || string(detail.Original) != first || detail.Content.Event != "BBK-EVC-031" || detail.Content.Proposal != "w-1" {
		t.Fatalf("proposal: %+v", detail)
	}
	var board console.Board
	w.must("anna", http.MethodGet, "/api/v1/board", nil, &board)
	if board.Proposals != 1 {
		t.Errorf("%d proposals on the board", board.Proposals)
	}

	content := detail.Content
	content.Texts["en"] = warning.Text{
		Headline: "Severe thunderstorm in Potsdam", Description: "The weather service expects a severe thunderstorm.", Instruction: "Go indoors.",
	}
	adopted := w.publish(console.PrepareRequest{Kind: warning.KindAlert, Content: &content})
	w.must("ben", http.MethodGet, "/api/v1/proposals/"+id, nil, &detail)
	if detail.Status != "adopted" || detail.Warning != adopted.ID {
		t.Errorf("after adopting: %s %s", detail.Status, detail.Warning)
	}
	w.must("anna", http.MethodPost, "/api/v1/proposals/import", foreign("w-2", "Update", "wetter.example,w-1,2026-03-04T10:30:00+01:00"), &imported)
	w.must("ben", http.MethodGet, "/api/v1/proposals/"+imported.Proposals[0], nil, &detail)
	if detail.Follows != adopted.ID {
		t.Errorf("the update of what was adopted follows %q", detail.Follows)
	}
	w.must("ben", http.MethodPost, "/api/v1/proposals/"+imported.Proposals[0]+"/dismiss", console.Dismissal{Reason: "nichts Neues"}, nil)
	var list []console.Proposal
	w.must("ben", http.MethodGet, "/api/v1/proposals?status=dismissed", nil, &list)
	if len(list) != 1 || list[0].Reason != "nichts Neues" {
		t.Errorf("dismissed: %+v", list)
	}
	own := adopted.Messages[0].CAP
	w.refused("anna", http.MethodPost, "/api/v1/proposals/import", own, problem.Conflict)
}

func TestImportOfTheWeatherService(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", "data", "cap", "dwd_Z_CAP_C_EDZW_MUL.zip"))
	if err != nil {
		t.Skipf("the weather service's file is not here: %v", err)
	}
	w := newWorld(t, "")
	var imported console.Imported
	w.must("anna", http.MethodPost, "/api/v1/proposals/import?name=dwd.zip", raw, &imported)
	if len(imported.Proposals) != 3 || len(imported.Failed) != 0 {
		t.Fatalf("imported: %+v", imported)
	}
	for _, id := range imported.Proposals {
		var detail console.ProposalDetail
		w.must("anna", http.MethodGet, "/api/v1/proposals/"+id, nil, &detail)
		if len(detail.Languages) != 8 || !bytes.Contains(detail.Original, []byte(detail.Identifier)) || detail.Content.Texts["en"].Headline == "" {
			t.Errorf("%s: %+v", id, detail.Proposal)
		}
	}
}
