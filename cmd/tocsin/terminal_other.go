// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

//go:build !unix

package main

import "os"

// columns is the width of a terminal, 0 where it is not known.
func columns(*os.File) int { return 0 }

func isTerminal(*os.File) bool { return false }
