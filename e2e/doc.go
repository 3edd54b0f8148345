// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package e2e holds the tests that use a whole demo node as people do: in a real
// browser. They skip where there is no Chromium. Screenshots go to the folder that
// TOCSIN_ARTIFACTS names, or to that of "go test -artifacts".
package e2e
