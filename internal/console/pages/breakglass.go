// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package pages

// breakGlass is the page on which a break-glass key is opened. The script on it
// does so: the node learns neither code nor key.
func (s *server) breakGlass(c *call) error {
	return c.show(view{Template: "break-glass", Title: c.T("console.break-glass.title")})
}
