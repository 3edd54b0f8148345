// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package geo

import "fmt"

// Limits of what an area may hold.
const (
	// MaxRadius is the largest radius of a circle in metres.
	MaxRadius = 500_000
	// MaxRingPoints is the largest number of points of a ring, the closing one
	// included; above it the ring is refused.
	MaxRingPoints = 1000
	// ManyRingPoints is the number above which a ring earns a warning: cell
	// broadcast networks and siren controllers simplify longer rings on their own.
	ManyRingPoints = 100
)

// ValidateArea lists everything wrong with the area's form, in the order of its
// fields; nil if nothing is. It does not ask whether the area lies in a
// territory (see Regions.Outside) or whether its regions exist. Faults with
// Warning set do not forbid the area.
func ValidateArea(a Area) []*Fault {
	var faults []*Fault
	if a.Empty() {
		faults = append(faults, &Fault{
			Code: CodeAreaEmpty, Field: "area", Message: "The area is empty.",
			Remedy: "Choose at least one region, circle or polygon.",
		})
	}
	for i, key := range a.ARS {
		if _, err := ParseARS(string(key)); err != nil {
			fault := *err.(*Fault)
			fault.Field = fmt.Sprintf("ars[%d]", i)
			faults = append(faults, &fault)
		}
	}
	for i, c := range a.Circles {
		if fault := c.fault(); fault != nil {
			fault.Field = fmt.Sprintf("circles[%d].%s", i, fault.Field)
			faults = append(faults, fault)
		}
	}
	for i, r := range a.Polygons {
		field := fmt.Sprintf("polygons[%d]", i)
		if fault := r.fault(); fault != nil {
			fault.Field = field + fault.Field
			faults = append(faults, fault)
		} else if len(r) > ManyRingPoints {
			faults = append(faults, &Fault{
				Code: CodeRingMany, Field: field, Warning: true,
				Message: fmt.Sprintf("The polygon has %d points; beyond %d some receivers simplify it on their own.", len(r), ManyRingPoints),
				Remedy:  "Draw it with fewer points.",
			})
		}
	}
	return faults
}

func (c Circle) fault() *Fault {
	if !c.Center.Valid() {
		return &Fault{
			Code: CodePosition, Field: "center", Message: fmt.Sprintf("The centre %v, %v is not a position.", c.Center.Lat, c.Center.Lon),
			Remedy: "Give the latitude from -90 to 90 and the longitude from -180 to 180, in degrees.",
		}
	}
	// Not "<= 0": a radius that is not a number is refused too.
	if !(c.Radius > 0 && c.Radius <= MaxRadius) {
		return &Fault{
			Code: CodeRadius, Field: "radius", Message: fmt.Sprintf("The radius of %g m is out of range.", c.Radius),
			Remedy: fmt.Sprintf("Give a radius above 0 and up to %d km.", MaxRadius/1000),
		}
	}
	if !c.Box().inside(Box{-90, -180, 90, 180}) {
		return &Fault{
			Code: CodeCircleWide, Field: "radius", Message: "The circle reaches over a pole or the 180th meridian.",
			Remedy: "Choose a smaller radius.",
		}
	}
	return nil
}

func (r Ring) fault() *Fault {
	if len(r) > MaxRingPoints {
		return &Fault{
			Code: CodeRingLarge, Message: fmt.Sprintf("The polygon has %d points; at most %d are taken.", len(r), MaxRingPoints),
			Remedy: "Draw it with fewer points, or choose regions by name.",
		}
	}
	different := make(map[Point]bool, len(r))
	for i, p := range r {
		if !p.Valid() {
			return &Fault{
				Code: CodePosition, Field: fmt.Sprintf("[%d]", i), Message: fmt.Sprintf("Point %d (%v, %v) is not a position.", i+1, p.Lat, p.Lon),
				Remedy: "Give the latitude from -90 to 90 and the longitude from -180 to 180, in degrees.",
			}
		}
		different[p] = true
	}
	if len(r) < 4 || len(different) < 3 {
		return &Fault{
			Code: CodeRingShort, Message: fmt.Sprintf("The polygon has %d different points; it needs at least three, and the first again at its end.", len(different)),
			Remedy: "Set at least three points.",
		}
	}
	if r[0] != r[len(r)-1] {
		return &Fault{
			Code: CodeRingOpen, Message: "The polygon is open: its last point is not its first.",
			Remedy: "End it with its first point.",
		}
	}
	if box := r.Box(); box.East-box.West > 180 {
		return &Fault{
			Code: CodeRingWide, Message: "The polygon spans more than half the globe or the 180th meridian.",
			Remedy: "Split it into smaller polygons.",
		}
	}
	if i, j, crosses := r.crossing(); crosses {
		return &Fault{
			Code: CodeRingCrosses, Field: fmt.Sprintf("[%d]", j),
			Message: fmt.Sprintf("The polygon crosses or touches itself: the line from point %d meets the line from point %d.", i+1, j+1),
			Remedy:  "Move or remove one of these points.",
		}
	}
	return nil
}
