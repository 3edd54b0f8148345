// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package journal

// ShareUpTo is Share that keeps so many bytes.
func ShareUpTo(j Journal, bytes int) *Shared { return &Shared{Journal: j, most: bytes} }
