// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package planning

import (
	"image/color"

	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// Band is a range of levels that maps show alike.
type Band struct {
	// From is the least level in dB(A) of the band; it ends where the next begins.
	From  float64
	Color color.NRGBA
}

// Bands are from quiet to loud. Each is darker than the one before, so that they
// can be told apart without seeing colours, and in print; the last, of levels that
// are not bearable at a dwelling, is marked besides.
var Bands = []Band{
	{0, color.NRGBA{0xEE, 0xEE, 0xE6, 0xFF}},
	{55, color.NRGBA{0xFB, 0xE0, 0x7A, 0xFF}},
	{65, color.NRGBA{0xCF, 0xB5, 0x58, 0xFF}},
	{70, color.NRGBA{0x92, 0x8F, 0x72, 0xFF}},
	{75, color.NRGBA{0x5F, 0x69, 0x73, 0xFF}},
	{85, color.NRGBA{0x2C, 0x45, 0x6E, 0xFF}},
	{97, color.NRGBA{0x05, 0x14, 0x30, 0xFF}},
}

// Hatching is the colour of the lines over cells in which no siren is heard.
var Hatching = drawing.Hatching

// BandOf is the index of the band that a level lies in.
func BandOf(level float32) int {
	for b := len(Bands) - 1; b > 0; b-- {
		if float64(level) >= Bands[b].From {
			return b
		}
	}
	return 0
}
