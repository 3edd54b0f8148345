// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package projection

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/geo"
)

// UTMREF names a square on the ground in the military grid reference system
// (MGRS, NGA.STND.0037), which German fire services and THW call UTMREF, on WGS
// 84: 32U MB 98765 43210. A position is in the square whose south-west corner
// the digits give, so they are cut off and never rounded. Known are zones 31 to
// 33 in the bands T and U: longitude 0 to 18, latitude 40 to 56.
type UTMREF struct {
	Zone     int    // 31 to 33
	Band     byte   // 'T' from 40° to 48° N, 'U' to 56°
	Square   string // two letters, of 100 km
	Easting  int    // of the south-west corner in Square, in metres, 0 to 99999
	Northing int    // likewise
	Side     int    // in metres: 1, 10, 100, 1000, 10000 or 100000
}

// utmrefArea is where the zones and bands are; its northern and eastern edges
// are not part of it.
var utmrefArea = geo.Box{South: 40, West: 0, North: 56, East: 18}

const (
	squareSide = 100_000 // metres
	// rowLetters repeat every 2000 km; even zones start five letters later.
	rowLetters = "ABCDEFGHJKLMNPQRSTUV"
)

// columnLetters are those of a zone, the first for eastings from 100 km.
func columnLetters(zone int) string {
	return []string{"STUVWXYZ", "ABCDEFGH", "JKLMNPQR"}[zone%3]
}

func rowOffset(zone int) int { return 5 * (1 - zone%2) }

// utmOf is the system of a zone from 31 to 33.
func utmOf(zone int) System { return UTM31 + System(zone-31) }

// ToUTMREF names the square of the given side that holds the position: side 1
// for ten digits, 10 for eight, to 100000 for none. Outside the zones and bands
// known it fails with an OutsideError.
func ToUTMREF(p geo.Point, side int) (UTMREF, error) {
	if _, ok := digitsOf(side); !ok {
		return UTMREF{}, fmt.Errorf("side of a UTMREF square: %d metres is not possible. Use 1, 10, 100, 1000, 10000 or 100000", side)
	}
	if !utmrefArea.Contains(p) || p.Lat == utmrefArea.North || p.Lon == utmrefArea.East {
		return UTMREF{}, &OutsideError{System: "UTMREF", Area: utmrefArea, Position: fmt.Sprintf("latitude %.8g, longitude %.8g", p.Lat, p.Lon)}
	}
	zone, band := 31+int(p.Lon/6), byte('T')
	if p.Lat >= 48 {
		band = 'U'
	}
	c, err := utmOf(zone).Forward(p)
	if err != nil {
		return UTMREF{}, err
	}
	easting, northing := int(c.Easting), int(c.Northing)
	return UTMREF{
		Zone: zone,
		Band: band,
		Square: string([]byte{
			columnLetters(zone)[easting/squareSide-1],
			rowLetters[(northing/squareSide+rowOffset(zone))%len(rowLetters)],
		}),
		Easting:  easting % squareSide / side * side,
		Northing: northing % squareSide / side * side,
		Side:     side,
	}, nil
}

// digitsOf is the number of digits of each half of a reference.
func digitsOf(side int) (digits int, ok bool) {
	for s := squareSide; s >= 1; s /= 10 {
		if s == side {
			return digits, true
		}
		digits++
	}
	return 0, false
}

// String writes the reference with spaces between its parts, such as
// "32U MB 98765 43210".
func (u UTMREF) String() string {
	text := fmt.Sprintf("%d%c %s", u.Zone, u.Band, u.Square)
	if digits, ok := digitsOf(u.Side); ok && digits > 0 {
		text += fmt.Sprintf(" %0*d %0*d", digits, u.Easting/u.Side, digits, u.Northing/u.Side)
	}
	return text
}

// ParseUTMREF reads a reference of up to ten digits, in capital or small
// letters, with or without spaces between its parts. It fails if the reference
// is malformed or if the square is not in the zone and band that it names.
func ParseUTMREF(text string) (UTMREF, error) {
	u, err := parseUTMREF(text)
	if err == nil {
		_, _, err = u.locate()
	}
	if err != nil {
		return UTMREF{}, fmt.Errorf("UTMREF %.40q: %w", text, err)
	}
	return u, nil
}

// maxUTMREF is enough for every reference with generous spaces, in bytes.
const maxUTMREF = 64

func parseUTMREF(text string) (UTMREF, error) {
	if len(text) > maxUTMREF {
		return UTMREF{}, fmt.Errorf("more than %d characters. Give one reference, such as 32U MB 98765 43210", maxUTMREF)
	}
	fields := strings.Fields(strings.Map(capital, text))
	if n := len(fields); n >= 3 && isDigits(fields[n-1]) && isDigits(fields[n-2]) && len(fields[n-1]) != len(fields[n-2]) {
		return UTMREF{}, fmt.Errorf("easting %s and northing %s have different numbers of digits. Write both with as many", fields[n-2], fields[n-1])
	}
	joined := strings.Join(fields, "")
	if len(joined) < 5 {
		return UTMREF{}, fmt.Errorf("too short. Write zone, band, square and digits, such as 32U MB 98765 43210")
	}
	u := UTMREF{Band: joined[2], Square: joined[3:5]}
	switch joined[:2] {
	case "31", "32", "33":
		u.Zone, _ = strconv.Atoi(joined[:2])
	default:
		return UTMREF{}, fmt.Errorf("zone %q is not known. Germany lies in zones 31, 32 and 33", joined[:2])
	}
	if u.Band != 'T' && u.Band != 'U' {
		return UTMREF{}, fmt.Errorf("band %q is not known. Germany lies in bands T and U", joined[2:3])
	}
	digits := joined[5:]
	if !isDigits(digits) || len(digits)%2 != 0 || len(digits) > 10 {
		return UTMREF{}, fmt.Errorf("%q after the square is not an even number of up to ten digits. Write as many for easting as for northing", digits)
	}
	half := len(digits) / 2
	u.Side = squareSide
	for range half {
		u.Side /= 10
	}
	if half > 0 {
		easting, _ := strconv.Atoi(digits[:half])
		northing, _ := strconv.Atoi(digits[half:])
		u.Easting, u.Northing = easting*u.Side, northing*u.Side
	}
	return u, nil
}

// capital makes a capital of a letter a to z and leaves all else alone.
func capital(r rune) rune {
	if 'a' <= r && r <= 'z' {
		return r - 'a' + 'A'
	}
	return r
}

func isDigits(s string) bool { return strings.Trim(s, "0123456789") == "" }

// Corner is the square's south-west corner and the UTM zone it is given in. It
// fails if the square is not in the zone and band that the reference names.
func (u UTMREF) Corner() (System, Coordinate, error) {
	corner, _, err := u.locate()
	if err != nil {
		return 0, Coordinate{}, fmt.Errorf("UTMREF %s: %w", u, err)
	}
	return utmOf(u.Zone), corner, nil
}

// Point is the centre of the square. It fails as Corner does.
func (u UTMREF) Point() (geo.Point, error) {
	_, centre, err := u.locate()
	if err != nil {
		return geo.Point{}, fmt.Errorf("UTMREF %s: %w", u, err)
	}
	return centre, nil
}

// locate finds the square's corner and centre. The centre may lie half a
// diagonal outside zone and band, as squares at the edge are cut by it.
func (u UTMREF) locate() (corner Coordinate, centre geo.Point, err error) {
	if u.Zone < 31 || u.Zone > 33 || u.Band != 'T' && u.Band != 'U' || len(u.Square) != 2 {
		return corner, centre, fmt.Errorf("zone, band or square is not known. Use zones 31 to 33, bands T and U and two letters")
	}
	if _, ok := digitsOf(u.Side); !ok || u.Easting < 0 || u.Easting >= squareSide || u.Northing < 0 || u.Northing >= squareSide {
		return corner, centre, fmt.Errorf("easting and northing must be 0 to 99999 metres and the side a power of ten up to 100000")
	}
	column := strings.IndexByte(columnLetters(u.Zone), u.Square[0])
	row := strings.IndexByte(rowLetters, u.Square[1])
	if column < 0 || row < 0 {
		return corner, centre, fmt.Errorf("square %q is not in zone %d. Its first letter is one of %s, its second one of %s", u.Square, u.Zone, columnLetters(u.Zone), rowLetters)
	}
	// Bands T and U reach from 4400 to 6300 km north of the equator, less than the
	// 2000 km after which row letters repeat: each stands for one row only.
	const first = 43
	row = first + ((row-rowOffset(u.Zone)-first)%20+20)%20
	corner = Coordinate{
		Easting:  float64((column+1)*squareSide + u.Easting),
		Northing: float64(row*squareSide + u.Northing),
	}
	half := float64(u.Side) / 2
	centre, err = utmOf(u.Zone).Inverse(Coordinate{corner.Easting + half, corner.Northing + half})
	if err != nil {
		return corner, centre, err
	}
	south, west := 40.0, float64(6*u.Zone-186)
	if u.Band == 'U' {
		south = 48
	}
	slack := half * math.Sqrt2 / 111_000 // degrees of latitude, a little more than half a diagonal
	slackEast := slack / math.Cos(radians(centre.Lat+slack))
	if centre.Lat < south-slack || centre.Lat > south+8+slack || centre.Lon < west-slackEast || centre.Lon > west+6+slackEast {
		return corner, centre, fmt.Errorf("square %s is at latitude %.2f, longitude %.2f, outside zone %d, band %c. Check zone, band and the square's letters", u.Square, centre.Lat, centre.Lon, u.Zone, u.Band)
	}
	return corner, centre, nil
}
