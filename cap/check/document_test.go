// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import "github.com/tocsin-alert/tocsin/cap"

type documentCase struct{ name, path string }

var documentCases = map[cap.Rule][]documentCase{}
