// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tiles

import (
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"math"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/projection"
	"github.com/tocsin-alert/tocsin/internal/planning"
)

// Side is the side of a tile in pixels.
const Side = 256

// The zooms of tiles that are drawn: from a continent to single cells. Maps
// enlarge the last.
const (
	LeastZoom = 4
	MostZoom  = 15
)

// ErrNoTile is given for a tile that is not on the map.
var ErrNoTile = errors.New("there is no such tile")

// mesh is how many pixels lie between those that are projected; between these the
// way is nearly straight, by far less than a pixel.
const mesh = 16

// The hatching of gaps has a line of so many pixels: wide apart where squares are
// large, and narrow where a square is smaller than smallSquare pixels, since it
// would lie between two lines.
const (
	wideHatch   = 8
	narrowHatch = 4
	smallSquare = 5
)

// leastSquare is how many pixels wide a square is at least: smaller ones are put
// together, since single hamlets would be specks that nobody sees.
const leastSquare = 3

// equator is the length of the equator in the projection of web maps, in metres.
const equator = 2 * math.Pi * 6_378_137

// The colours of tiles by number: none, the bands, the hatching of gaps.
var palette = func() color.Palette {
	p := color.Palette{color.NRGBA{}}
	for _, b := range planning.Bands {
		p = append(p, b.Color)
	}
	return append(p, planning.Hatching)
}()

// Draw writes the tile of zoom z, column x from the west and row y from the north,
// in the tiling of web maps (EPSG:3857), as a PNG. Where no siren is heard the cells
// are hatched; where nobody lives the tile lets the map through.
func (l *Levels) Draw(w io.Writer, z, x, y int) error {
	if z < LeastZoom || z > MostZoom || x < 0 || y < 0 || x >= 1<<z || y >= 1<<z {
		return ErrNoTile
	}
	img := image.NewPaletted(image.Rect(0, 0, Side, Side), palette)
	if err := l.paint(img, z, x, y); err != nil {
		return fmt.Errorf("draw the tile %d/%d/%d: %w", z, x, y, err)
	}
	if err := png.Encode(w, img); err != nil {
		return fmt.Errorf("draw the tile %d/%d/%d: %w", z, x, y, err)
	}
	return nil
}

func (l *Levels) paint(img *image.Paletted, z, x, y int) error {
	step := l.step(z, y)
	if step >= l.steps {
		return nil // an empty file
	}
	side := float64(int(l.side) << step)
	period := wideHatch
	if side < smallSquare*pixelAt(z, y) {
		period = narrowHatch
	}
	known := map[place]*block{}
	var corners [Side/mesh + 1][Side/mesh + 1]corner
	for row := range corners {
		for column := range corners[row] {
			corners[row][column] = project(z, x*Side+column*mesh, y*Side+row*mesh)
		}
	}
	for row := range Side {
		for column := range Side {
			at, ok := between(&corners, column, row)
			if !ok {
				continue
			}
			value, err := l.at(known, uint8(step), int(at.Easting/side), int(at.Northing/side))
			if err != nil {
				return err
			}
			img.Pix[row*img.Stride+column] = shade(value, (x*Side+column+y*Side+row)%period < 1+period/8)
		}
	}
	return nil
}

// step is that of the squares which are at least as wide as leastSquare in the
// middle of the tile's row.
func (l *Levels) step(z, y int) int {
	least := leastSquare * pixelAt(z, y)
	step := 0
	for step+1 < l.steps && float64(int(l.side)<<step) < least {
		step++
	}
	return step
}

// pixelAt is the side of a pixel in metres in the middle of a row of tiles.
func pixelAt(z, y int) float64 {
	return equator / float64(int(Side)<<z) * math.Cos(latitude(z, y*Side+Side/2)*math.Pi/180)
}

// at is the byte of a square. Blocks that were read are kept in known.
func (l *Levels) at(known map[place]*block, step uint8, column, row int) (byte, error) {
	where := place{step, int32(column / blockSide), int32(row / blockSide)}
	b, read := known[where]
	if !read {
		var err error
		if b, err = l.read(where); err != nil {
			return 0, err
		}
		known[where] = b
	}
	return b[row%blockSide*blockSide+column%blockSide], nil
}

// shade is the number of a colour; lined is whether a line of the hatching of gaps
// goes through the pixel.
func shade(value byte, lined bool) uint8 {
	switch {
	case value == 0:
		return 0
	case value&unheard != 0 && lined:
		return uint8(len(palette) - 1)
	}
	return uint8(1 + planning.BandOf(float32(value&^unheard-1)))
}

// corner is a point of the mesh in EPSG:3035; not ok outside of Europe.
type corner struct {
	projection.Coordinate
	ok bool
}

func latitude(z, y int) float64 {
	return math.Atan(math.Sinh(math.Pi*(1-2*float64(y)/float64(int(Side)<<z)))) * 180 / math.Pi
}

// project gives the place of a pixel's left upper corner, counted over all tiles.
func project(z, x, y int) corner {
	p := geo.Point{Lat: latitude(z, y), Lon: 360*float64(x)/float64(int(Side)<<z) - 180}
	at, err := projection.LAEAEurope.Forward(p)
	return corner{at, err == nil && at.Easting >= 0 && at.Northing >= 0}
}

// between is the place of the middle of a pixel.
func between(corners *[Side/mesh + 1][Side/mesh + 1]corner, column, row int) (projection.Coordinate, bool) {
	c, r := column/mesh, row/mesh
	a, b, d, e := &corners[r][c], &corners[r][c+1], &corners[r+1][c], &corners[r+1][c+1]
	if !a.ok || !b.ok || !d.ok || !e.ok {
		return projection.Coordinate{}, false
	}
	u, v := (float64(column%mesh)+0.5)/mesh, (float64(row%mesh)+0.5)/mesh
	mix := func(a, b, d, e float64) float64 { return (a*(1-u)+b*u)*(1-v) + (d*(1-u)+e*u)*v }
	return projection.Coordinate{Easting: mix(a.Easting, b.Easting, d.Easting, e.Easting), Northing: mix(a.Northing, b.Northing, d.Northing, e.Northing)}, true
}
