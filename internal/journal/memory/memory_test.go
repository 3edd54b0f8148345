// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package memory_test

import (
	"testing"

	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/journal/journaltest"
	"github.com/tocsin-alert/tocsin/internal/journal/memory"
)

type store struct {
	journal *memory.Journal
	stored  [][]byte
}

func (s *store) Open() (journal.Journal, error) {
	var err error
	s.journal, err = memory.Open(s.stored)
	return s.journal, err
}

func (s *store) Close() { s.stored = s.journal.Stored() }

func (s *store) Put(stored []byte) { s.stored = append(s.stored, stored) }

func (s *store) SetFull(full bool) { s.journal.SetFull(full) }

func TestConformance(t *testing.T) {
	journaltest.Run(t, func(*testing.T) journaltest.Store { return &store{} })
}
