// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// ParsePolygon reads the content of a polygon element (section 3.2.4):
// latitude,longitude pairs in degrees with white space between them. It
// requires a closed ring of four points or more, each on the globe.
func ParsePolygon(text string) (Polygon, error) {
	polygon, err := parsePoints(text)
	if err != nil {
		return nil, err
	}
	return polygon, polygon.check()
}

// parsePoints reads the pairs without the rules for a ring.
func parsePoints(text string) (Polygon, error) {
	polygon := make(Polygon, 0, strings.Count(text, ","))
	for i := 0; i < len(text); {
		if lexical.IsSpace(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && !lexical.IsSpace(text[end]) {
			end++
		}
		point, err := parsePoint(text[i:end])
		if err != nil {
			return nil, fmt.Errorf("point %d: %w", len(polygon)+1, err)
		}
		polygon = append(polygon, point)
		i = end
	}
	return polygon, nil
}

func (p Polygon) check() error {
	if len(p) < 4 {
		return fmt.Errorf("a polygon needs four points or more, this has %d", len(p))
	}
	for i, point := range p {
		if err := point.check(); err != nil {
			return fmt.Errorf("point %d: %w", i+1, err)
		}
	}
	if p[0] != p[len(p)-1] {
		return fmt.Errorf("the polygon is not closed: it starts at %v and ends at %v", p[0], p[len(p)-1])
	}
	return nil
}

// ParseCircle reads the content of a circle element (section 3.2.4): a
// latitude,longitude pair in degrees, white space, a radius in kilometres.
func ParseCircle(text string) (Circle, error) {
	words := strings.FieldsFunc(text, isSpaceRune)
	if len(words) != 2 {
		return Circle{}, fmt.Errorf("%q is not latitude,longitude and a radius", lexical.Clip(text))
	}
	center, err := parsePoint(words[0])
	if err != nil {
		return Circle{}, err
	}
	radius, err := parseDecimal(words[1])
	if err != nil {
		return Circle{}, fmt.Errorf("radius: %w", err)
	}
	circle := Circle{Center: center, RadiusKM: radius}
	return circle, circle.check()
}

func (c Circle) check() error {
	if err := c.Center.check(); err != nil {
		return err
	}
	if !(c.RadiusKM >= 0) || math.IsInf(c.RadiusKM, 1) {
		return fmt.Errorf("a radius of %v km is not possible", c.RadiusKM)
	}
	return nil
}

func parsePoint(word string) (Point, error) {
	lat, lon, ok := strings.Cut(word, ",")
	if !ok {
		return Point{}, fmt.Errorf("%q is not latitude,longitude", lexical.Clip(word))
	}
	var point Point
	var err error
	if point.Lat, err = parseDecimal(lat); err != nil {
		return Point{}, fmt.Errorf("latitude: %w", err)
	}
	if point.Lon, err = parseDecimal(lon); err != nil {
		return Point{}, fmt.Errorf("longitude: %w", err)
	}
	return point, nil
}

func (p Point) check() error {
	if !(p.Lat >= -90 && p.Lat <= 90) {
		return fmt.Errorf("latitude %v is not between -90 and 90 (latitude stands first)", p.Lat)
	}
	if !(p.Lon >= -180 && p.Lon <= 180) {
		return fmt.Errorf("longitude %v is not between -180 and 180", p.Lon)
	}
	return nil
}

// parseDecimal reads an xs:decimal: digits, at most one point, no exponent.
func parseDecimal(text string) (float64, error) {
	var mantissa uint64
	digits, behind, point := 0, 0, false
	for i := range len(text) {
		switch c := text[i]; {
		case c >= '0' && c <= '9':
			digits++
			mantissa = mantissa*10 + uint64(c-'0') // of no use, but harmless, when it overflows
			if point {
				behind++
			}
		case c == '.' && !point:
			point = true
		case (c == '-' || c == '+') && i == 0:
		default:
			return 0, fmt.Errorf("%q is not a decimal number", lexical.Clip(text))
		}
	}
	if digits == 0 {
		return 0, fmt.Errorf("%q is not a decimal number", lexical.Clip(text))
	}
	if digits <= exactDigits {
		// Both are exact in 64 bits, so that their quotient is the nearest number.
		value := float64(mantissa) / powersOfTen[behind]
		if text[0] == '-' {
			value = -value
		}
		return value + 0, nil // -0 becomes 0
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is too large", lexical.Clip(text))
	}
	return value + 0, nil
}

// exactDigits is how many decimal digits a 64-bit number always tells apart.
const exactDigits = 15

var powersOfTen = [exactDigits + 1]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15}

// maxDigits is how many digits libxml2 takes in a number: those before the
// point without leading zeros, and all behind it. XML Schema asks for 18.
const maxDigits = 24

// digits counts the digits of an xs:decimal without leading zeros.
func digits[T string | []byte](text T) int {
	n, counting := 0, false
	for _, c := range []byte(text) {
		counting = counting || c == '.' || c >= '1' && c <= '9'
		if counting && c != '.' {
			n++
		}
	}
	return n
}

// isInteger reports whether text is an xs:integer.
func isInteger(text string) bool {
	if text != "" && (text[0] == '+' || text[0] == '-') {
		text = text[1:]
	}
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// parseHeight reads an altitude or a ceiling.
func parseHeight(text string) (float64, error) {
	height, err := parseDecimal(text)
	if err != nil {
		return 0, err
	}
	if digits(text) > maxDigits {
		return 0, errDigits
	}
	if checkHeight(height) != nil { // the nearest number has a digit more than the text
		height = math.Nextafter(height, 0)
	}
	return height, nil
}

var errDigits = fmt.Errorf("has more than %d digits", maxDigits)

func checkHeight(height float64) error {
	if math.IsNaN(height) || math.IsInf(height, 0) {
		return errors.New("is not a number")
	}
	var buffer [64]byte
	if digits(appendDecimal(buffer[:0], height)) > maxDigits {
		return errDigits
	}
	return nil
}

// appendDecimal appends the shortest decimal that reads back as value. What is
// exact in six decimals, as most coordinates are, needs no search for it.
func appendDecimal(to []byte, value float64) []byte {
	const decimals = 6
	scaled := math.Round(value * powersOfTen[decimals])
	if !(math.Abs(scaled) < powersOfTen[exactDigits]) || scaled/powersOfTen[decimals] != value {
		return strconv.AppendFloat(to, value+0, 'f', -1, 64)
	}
	whole := uint64(math.Abs(scaled))
	if scaled < 0 {
		to = append(to, '-')
	}
	to = strconv.AppendUint(to, whole/1e6, 10)
	fraction := whole % 1e6
	if fraction == 0 {
		return to
	}
	to = append(to, '.')
	for place := uint64(1e5); fraction > 0; place /= 10 {
		to = append(to, '0'+byte(fraction/place))
		fraction %= place
	}
	return to
}

func (p Point) appendTo(to []byte) []byte {
	to = appendDecimal(to, p.Lat)
	to = append(to, ',')
	return appendDecimal(to, p.Lon)
}

func (p Polygon) appendTo(to []byte) []byte {
	for i, point := range p {
		if i > 0 {
			to = append(to, ' ')
		}
		to = point.appendTo(to)
	}
	return to
}

func (c Circle) appendTo(to []byte) []byte {
	to = c.Center.appendTo(to)
	to = append(to, ' ')
	return appendDecimal(to, c.RadiusKM)
}

// String returns latitude,longitude.
func (p Point) String() string { return string(p.appendTo(nil)) }

// String returns the content of a polygon element.
func (p Polygon) String() string { return string(p.appendTo(nil)) }

// String returns the content of a circle element.
func (c Circle) String() string { return string(c.appendTo(nil)) }

// MarshalText returns String, or an error for a polygon that CAP cannot hold.
func (p Polygon) MarshalText() ([]byte, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	return p.appendTo(nil), nil
}

// UnmarshalText reads what ParsePolygon reads.
func (p *Polygon) UnmarshalText(text []byte) error {
	parsed, err := ParsePolygon(string(text))
	if err != nil {
		return err
	}
	*p = parsed
	return nil
}

// MarshalText returns String, or an error for a circle that CAP cannot hold.
func (c Circle) MarshalText() ([]byte, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	return c.appendTo(nil), nil
}

// UnmarshalText reads what ParseCircle reads.
func (c *Circle) UnmarshalText(text []byte) error {
	parsed, err := ParseCircle(string(text))
	if err != nil {
		return err
	}
	*c = parsed
	return nil
}
