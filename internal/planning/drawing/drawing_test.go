// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package drawing

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image/color"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

var blue = color.NRGBA{0x10, 0x20, 0xF0, 0xFF}

// sample has one shape of each sort.
func sample() Drawing {
	d := Drawing{Width: 100, Height: 60}
	d.Add(
		Rects{List: []Rect{{0, 0, 20, 20}, {20, 0, 20, 20}}, Fill: White, Hatched: true},
		Rects{List: []Rect{{50, 0, 0.01, 20}}, Fill: blue},
		Area{Corners: []Point{{60, 0}, {80, 0}, {80, 20}, {60, 20}}, Fill: blue},
		Lines{Paths: [][]Point{{{0, 30}, {100, 30}}, {{50, 30}, {50, 60}}}, Color: Ink, Width: 2},
		Circle{Centre: Point{20, 45}, Radius: 8, Fill: blue, Rim: Ink, RimWidth: 2},
		Text{At: Point{75, 50}, Text: "Süd & <Nord>", Size: 8, Align: Middle, Color: Ink, Halo: true},
	)
	return d
}

func TestPNG(t *testing.T) {
	var out bytes.Buffer
	if err := sample().WritePNG(&out); err != nil {
		t.Fatal(err)
	}
	picture, err := png.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	if size := picture.Bounds().Size(); size.X != 300 || size.Y != 180 {
		t.Errorf("a picture of 100 by 60 points has %v pixels", size)
	}
	at := func(x, y float64) color.NRGBA {
		return color.NRGBAModel.Convert(picture.At(int(x*dots), int(y*dots))).(color.NRGBA)
	}
	for _, test := range []struct {
		name string
		x, y float64
		want color.NRGBA
	}{
		{"the thinnest rectangle has a pixel", 50, 10, blue},
		{"a polygon", 70, 10, blue}, {"beside it", 85, 10, White},
		{"a line", 10, 30, Ink}, {"another", 50, 55, Ink},
		{"a circle", 20, 45, blue}, {"its rim", 20, 37, Ink}, {"around it", 20, 35, White},
	} {
		if got := at(test.x, test.y); got != test.want {
			t.Errorf("%s: %v at %g, %g, want %v", test.name, got, test.x, test.y, test.want)
		}
	}
	hatched, written := 0, 0
	for x := range 120 {
		if at(float64(x)/dots, 10) == Hatching {
			hatched++
		}
	}
	if share := float64(hatched) / 120; math.Abs(share-HatchWidth*math.Sqrt2/HatchStep) > 0.1 {
		t.Errorf("%.0f %% of the hatched part is lines", 100*share)
	}
	for x := 50.0; x < 100; x += 1.0 / dots {
		for y := 43.0; y < 52; y += 1.0 / dots {
			if at(x, y) == Ink {
				written++
			}
		}
	}
	if written < 100 {
		t.Errorf("the text has %d pixels", written)
	}
}

func TestSVG(t *testing.T) {
	svg := sample().SVG("map", `Sirenen "hier" & dort`)
	decoder := xml.NewDecoder(strings.NewReader(svg))
	shapes := map[string]int{}
	var texts []string
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			shapes[token.Name.Local]++
		case xml.CharData:
			texts = append(texts, string(token))
		}
	}
	if shapes["circle"] != 1 || shapes["text"] != 1 || shapes["path"] != 6 { // hatched ones twice, and the pattern's own
		t.Errorf("%v", shapes)
	}
	if len(texts) != 2 || texts[0] != `Sirenen "hier" & dort` || texts[1] != "Süd & <Nord>" {
		t.Errorf("%q", texts)
	}
	for _, want := range []string{`viewBox="0 0 100 60"`, `aria-labelledby="map-title"`, `fill="url(#map-hatch)"`, "M0 0h20v20h-20zM20 0h20v20h-20z"} {
		if !strings.Contains(svg, want) {
			t.Errorf("the SVG lacks %s", want)
		}
	}
}

// TestMeasure checks that a text is as wide as its parts, and in proportion to its size.
func TestMeasure(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[a-zA-ZäöüßÄÖÜ0-9 .,-]{0,40}`).Draw(t, "text")
		cut := rapid.IntRange(0, len([]rune(text))).Draw(t, "cut")
		whole, left, right := Measure(text, 8, false), Measure(string([]rune(text)[:cut]), 8, false), Measure(string([]rune(text)[cut:]), 8, false)
		if kerning := 1.5; math.Abs(whole-left-right) > kerning {
			t.Fatalf("%q is %g wide, its parts %g and %g", text, whole, left, right)
		}
		if twice := Measure(text, 16, false); math.Abs(twice-2*whole) > 0.01 {
			t.Fatalf("%q is %g wide, and %g at twice the size", text, whole, twice)
		}
	})
}

func TestLegible(t *testing.T) {
	for _, text := range []string{"Süderbrarup, Straße, Übersee ÄÖÜ", "Chóśebuz, Běła Woda, Žylow", "Łódź – „zum“ 1 €, ≥ 70\u00a0dB(A)", ""} {
		if got := Legible(text); got != text {
			t.Errorf("%q becomes %q", text, got)
		}
	}
	if got := Legible("a\tb\x00🚨警"); got != "a b ??" {
		t.Errorf("%q", got)
	}
}
