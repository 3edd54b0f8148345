// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package mqtt

import "github.com/tocsin-alert/tocsin/internal/siren"

// Restore tells the link what was known of a siren before this process began, so
// that one which has fallen silent meanwhile is missed like any other. What the
// link has heard itself counts more. Call it before Run.
func (l *Link) Restore(s siren.State) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, heard := l.states[s.Siren]; !heard {
		l.states[s.Siren], l.heard[s.Siren] = s, s.LastContact
	}
}
