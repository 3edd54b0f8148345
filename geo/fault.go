// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

// Fault is one thing wrong with an input: where, what, and what to do about it.
// It is the error type of this package.
type Fault struct {
	// Code names the rule for programs and translations, such as "ring.crosses".
	Code string `json:"code"`
	// Field is the path of the value in Area's JSON form, such as "polygons[0]".
	Field string `json:"field"`
	// Message says what is wrong, Remedy what to do, in English sentences.
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
	// Warning marks a fault that does not forbid the input.
	Warning bool `json:"warning,omitempty"`
}

// Error is the message and the remedy.
func (f *Fault) Error() string {
	return f.Field + ": " + f.Message + " " + f.Remedy
}

// The codes of faults.
const (
	CodeARS            = "ars.invalid"       // not a regional key
	CodeAreaEmpty      = "area.empty"        // names nothing
	CodePosition       = "position.range"    // not a WGS 84 position
	CodeRingShort      = "ring.short"        // fewer than four points, or fewer than three different ones
	CodeRingOpen       = "ring.open"         // last point is not the first
	CodeRingCrosses    = "ring.crosses"      // crosses or touches itself
	CodeRingLarge      = "ring.large"        // more points than are taken
	CodeRingMany       = "ring.many"         // more points than receivers like (a warning)
	CodeRingWide       = "ring.wide"         // spans half the globe or the 180th meridian
	CodeRadius         = "circle.radius"     // not above zero, or too large
	CodeCircleWide     = "circle.wide"       // reaches over a pole or the 180th meridian
	CodeTerritory      = "territory.outside" // reaches beyond the territory
	CodeTerritoryBlind = "territory.unknown" // the territory's outline is not known
	CodeImportFormat   = "import.format"     // not a GeoJSON FeatureCollection
	CodeImportSize     = "import.size"       // larger than is taken
	CodeImportEmpty    = "import.empty"      // no row could be taken
	CodeImportCRS      = "import.crs"        // not in a coordinate system that is known
	CodeImportMissing  = "import.missing"    // a file that belongs to it is not there
	CodeRegionTwice    = "region.duplicate"  // one key, two regions
)
