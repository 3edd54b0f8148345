// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"strconv"

	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

const sirensPerPage = 100

type sirensData struct {
	console.SirenPage
	Filter     console.SirenFilter
	Conditions []siren.Condition
	// Previous and Next are offsets, negative for none.
	Previous, Next int
}

var conditions = []siren.Condition{
	siren.ConditionReady, siren.ConditionTriggered, siren.ConditionBusy, siren.ConditionFault,
	siren.ConditionSabotage, siren.ConditionOff, siren.ConditionOffline, siren.ConditionUnknown,
}

func (s *server) sirens(c *call) error {
	query := c.r.URL.Query()
	offset, err := strconv.Atoi(query.Get("offset"))
	if err != nil || offset < 0 {
		offset = 0
	}
	filter := console.SirenFilter{
		Condition: siren.Condition(query.Get("condition")), Query: query.Get("query"), Offset: offset, Limit: sirensPerPage,
	}
	found, err := s.Service.Sirens(filter)
	if err != nil {
		return err
	}
	data := sirensData{SirenPage: found, Filter: filter, Conditions: conditions, Previous: -1, Next: -1}
	if offset > 0 {
		data.Previous = max(0, offset-sirensPerPage)
	}
	if offset+sirensPerPage < found.Matching {
		data.Next = offset + sirensPerPage
	}
	return c.show(view{Template: "sirens", Title: c.T("console.sirens.title"), Data: data})
}

type sirenData struct {
	console.SirenDetail
	Pictures []picture
}

func (s *server) siren(c *call) error {
	detail, err := s.Service.Siren(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	data := sirenData{SirenDetail: detail}
	all := c.pictures()
	for _, name := range detail.Signals {
		if signal, ok := all[name]; ok && !signal.Test {
			data.Pictures = append(data.Pictures, signal)
		}
	}
	return c.show(view{Template: "siren", Title: detail.Name, Data: data})
}
