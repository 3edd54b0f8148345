// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console_test

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/command"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/eventually"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/enrolment"
)

// withSiren registers a siren that nobody has enrolled.
func (w *world) withSiren(id string) {
	w.Helper()
	_, err := command.Do(w.Context(), w.bus, siren.CommandRegister, operator.Node, siren.Registered{Sirens: []siren.Siren{{
		ID: id, Number: 1, Name: "Potsdam, Feuerwache", ARS: "12054", Position: geo.Point{Lat: 52.4, Lon: 13.06}, Signals: []string{"warning"},
	}}})
	if err != nil {
		w.Fatal(err)
	}
	eventually.Holds(w, "the siren is registered", func() bool {
		_, err := w.service.Siren(id)
		return err == nil
	})
}

func TestEnrolmentOfASiren(t *testing.T) {
	w := newWorld(t, "")
	w.withSiren("p-1")
	var enrolled console.SirenEnrolment
	if status := w.call("clara", http.MethodPost, "/api/v1/sirens/p-1/enrolment", nil, &enrolled); status != http.StatusConflict {
		t.Errorf("status %d where no gateway enrols", status)
	}
	info := enrolment.Info{URL: "https://sirens.example:8884", Fingerprint: "ab12"}
	stop, err := w.bus.Serve(enrolment.InfoSubject, func(context.Context, []byte) ([]byte, error) { return json.Marshal(info) })
	if err != nil {
		t.Fatal(err)
	}
	defer stop()
	if status := w.call("clara", http.MethodPost, "/api/v1/sirens/p-1/enrolment", nil, &enrolled); status != http.StatusCreated {
		t.Fatalf("status %d", status)
	}
	hash, ok := enrolment.HashCode("p-1", enrolled.Code)
	if !ok || enrolled.Info != info || !enrolled.Expires.Equal(w.clock.Now().Add(24*time.Hour)) {
		t.Errorf("enrolment %+v", enrolled)
	}
	records, err := w.journal.Read(t.Context(), 0, 1000)
	if err != nil {
		t.Fatal(err)
	}
	last := records[len(records)-1]
	raw, err := json.Marshal(last)
	if err != nil {
		t.Fatal(err)
	}
	var opening enrolment.Opening
	if err := json.Unmarshal(last.Events[0].Body, &opening); err != nil || !bytes.Equal(opening.Hash, hash) || last.By != "clara" {
		t.Errorf("recorded %s (%v)", raw, err)
	}
	if bytes.Contains(raw, []byte(enrolled.Code)) {
		t.Error("the code stands in the journal")
	}
	var detail console.SirenDetail
	w.call("anna", http.MethodGet, "/api/v1/sirens/p-1", nil, &detail)
	if !detail.EnrolmentUntil.Equal(enrolled.Expires) || !detail.CertificateUntil.IsZero() {
		t.Errorf("the siren's page has %v, %v", detail.EnrolmentUntil, detail.CertificateUntil)
	}
	if status := w.call("clara", http.MethodDelete, "/api/v1/sirens/p-1/certificates", nil, nil); status != http.StatusOK {
		t.Errorf("revoked with the status %d", status)
	}
}

// What is tried with a siren's own certificate is on the board for an hour; what
// strangers try is not.
func TestRefusedSirensAreTrouble(t *testing.T) {
	w := newWorld(t, "")
	w.withSiren("p-1")
	tell := func(id string) {
		data, err := json.Marshal(siren.Refused{Last: []siren.Refusal{{At: w.clock.Now(), Siren: id, From: "192.0.2.1:1", Reason: "topic"}}})
		if err != nil {
			t.Fatal(err)
		}
		if err := w.bus.PutState(t.Context(), siren.RefusedSubject, data); err != nil {
			t.Fatal(err)
		}
	}
	lines := func() (found []console.Trouble) {
		var board console.Board
		if status := w.call("anna", http.MethodGet, "/api/v1/board", nil, &board); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		for _, line := range board.Trouble {
			if line.Code == "siren-listener.refused" {
				found = append(found, line)
			}
		}
		return found
	}
	tell("p-1")
	eventually.Holds(w, "the board says so", func() bool { return len(lines()) == 1 })
	if line := lines()[0]; line.Count != 1 || len(line.Things) != 1 || line.Things[0] != "Potsdam, Feuerwache" {
		t.Errorf("line %+v", line)
	}
	tell("")
	eventually.Holds(w, "a stranger is no trouble", func() bool { return len(lines()) == 0 })
	tell("p-1")
	eventually.Holds(w, "the board says so again", func() bool { return len(lines()) == 1 })
	w.clock.advance(61 * time.Minute)
	if len(lines()) != 0 {
		t.Error("what was an hour ago is still trouble")
	}
}

// A device that could not renew for months is trouble before it is cut off.
func TestCertificateThatEndsIsTrouble(t *testing.T) {
	w := newWorld(t, "")
	w.withSiren("p-1")
	w.record(
		journal.NewEvent(siren.EventRegistered, siren.Registered{Sirens: []siren.Siren{{
			ID: "p-1", Number: 1, Name: "Potsdam", ARS: "12054", PublicKey: make([]byte, 32), Signals: []string{"warning"},
		}}}),
		journal.NewEvent(enrolment.EventCertified, enrolment.Certification{Siren: "p-1", Serial: "1", NotAfter: w.clock.Now().Add(enrolment.Life)}),
	)
	ends := func() bool {
		var detail console.SirenDetail
		if status := w.call("anna", http.MethodGet, "/api/v1/sirens/p-1", nil, &detail); status != http.StatusOK {
			t.Fatalf("status %d", status)
		}
		return slices.Contains(detail.Troubles, "siren.certificate")
	}
	if ends() {
		t.Error("a new certificate is trouble")
	}
	w.clock.advance(enrolment.Life * 3 / 4)
	if ends() {
		t.Error("a certificate is trouble while there is time")
	}
	w.clock.advance(enrolment.Life / 8)
	if !ends() {
		t.Error("a certificate that ends in six weeks is no trouble")
	}
}
