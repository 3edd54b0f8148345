// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

import (
	"net/url"
	"slices"
	"strconv"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/console"
	"github.com/tocsin-alert/tocsin/internal/dispatch"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

// warningSirensData is what became of a warning's newest message at each siren.
type warningSirensData struct {
	Warning string
	console.Delivery
	Chosen dispatch.Outcome
	// Rows are those of the page, Matching how many there are of them in all.
	Rows             []console.TargetOutcome
	Matching, Offset int
}

func (d warningSirensData) address(outcome dispatch.Outcome, offset int) string {
	query := url.Values{}
	if outcome != "" {
		query.Set("outcome", string(outcome))
	}
	if offset > 0 {
		query.Set("offset", strconv.Itoa(offset))
	}
	return "/console/warnings/" + url.PathEscape(d.Warning) + "/sirens?" + query.Encode()
}

// Only is the address of the list with one outcome, or with all.
func (d warningSirensData) Only(outcome dispatch.Outcome) string { return d.address(outcome, 0) }

// First and Last are the places of the rows shown, from 1.
func (d warningSirensData) First() int { return min(d.Offset+1, d.Matching) }

// Last is the place of the last row shown.
func (d warningSirensData) Last() int { return d.Offset + len(d.Rows) }

// Previous and Next are the addresses of the pages beside this, empty for none.
func (d warningSirensData) Previous() string {
	if d.Offset == 0 {
		return ""
	}
	return d.address(d.Chosen, max(0, d.Offset-sirensPerPage))
}

// Next is the address of the page after this, empty for none.
func (d warningSirensData) Next() string {
	if d.Last() >= d.Matching {
		return ""
	}
	return d.address(d.Chosen, d.Offset+sirensPerPage)
}

// warningEach lists the sirens of a warning's newest message, those in trouble first.
func (s *server) warningEach(c *call) error {
	w, err := s.Service.Warning(c.who, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	data := warningSirensData{Warning: w.ID, Chosen: dispatch.Outcome(c.r.URL.Query().Get("outcome"))}
	if n := len(w.Messages); n > 0 {
		for _, d := range w.Deliveries {
			if d.Channel == "siren" && d.Message == w.Messages[n-1].Identifier {
				data.Delivery = d
			}
		}
	}
	rows := data.Targets
	if data.Chosen != "" {
		rows = slices.DeleteFunc(slices.Clone(rows), func(t console.TargetOutcome) bool {
			return t.Outcome != data.Chosen && !(t.Outcome == "" && data.Chosen == dispatch.Sent)
		})
	}
	data.Matching = len(rows)
	if offset, err := strconv.Atoi(c.r.URL.Query().Get("offset")); err == nil && offset > 0 {
		data.Offset = min(offset, len(rows))
	}
	data.Rows = rows[data.Offset:min(data.Offset+sirensPerPage, len(rows))]
	title := c.T("console.warning.sirens", c.page(view{}).Pick(w.Summary.EventName), w.Summary.Area)
	return c.show(view{Template: "warning-sirens", Title: title, Data: data})
}

// spoken takes the language that the address asks for: an order is printed in
// that of the crew, whatever the operator reads.
func (c *call) spoken() {
	if tag := c.r.URL.Query().Get("language"); slices.Contains(catalogue.Tags(), tag) {
		c.Language = catalogue.For(tag)
	}
}

// fieldOrder shows the order for the field, made to be printed.
func (s *server) fieldOrder(c *call) error {
	c.spoken()
	order, err := s.Service.FieldOrder(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	return c.show(view{Template: "field-order", Title: c.T("console.field-order.title"), Data: order})
}

func (s *server) fieldOrderTable(c *call) error {
	c.spoken()
	order, err := s.Service.FieldOrder(c.r.PathValue("id"))
	if err != nil {
		return err
	}
	content, err := order.CSV(c.Tag())
	if err != nil {
		return problem.Wrap(err, problem.Internal, c.T("console.internal"), c.T("console.internal.remedy"))
	}
	return c.download("field-order-"+order.Warning+".csv", "text/csv; charset=utf-8", content)
}
