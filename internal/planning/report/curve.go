// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package report

import (
	"image/color"
	"math"

	"github.com/tocsin-alert/tocsin/internal/planning/drawing"
)

// The measures of a curve in points.
const (
	curveHeight = 220.0
	curveLeft   = 64.0
	curveRight  = 38.0
	curveTop    = 26.0
	curveBottom = 36.0
)

var gridColor = color.NRGBA{0xC4, 0xC4, 0xC4, 0xFF}

// spending is how many people are covered once so much money is spent.
type spending struct {
	euros, people float64
	label         string // of the point; most have none
}

// curve draws people against money: from nobody to all of them, so that a small
// gain looks small.
func (w words) curve(all float64, points []spending) drawing.Drawing {
	d := drawing.Drawing{Width: pictureWidth, Height: curveHeight}
	right, bottom := pictureWidth-curveRight, curveHeight-curveBottom
	money := max(points[len(points)-1].euros, 1)
	at := func(p spending) drawing.Point {
		return drawing.Point{X: curveLeft + p.euros/money*(right-curveLeft), Y: bottom - p.people/max(all, 1)*(bottom-curveTop)}
	}
	write := func(x, y float64, align drawing.Align, text string) {
		d.Add(drawing.Text{At: drawing.Point{X: x, Y: y}, Text: text, Size: 8, Align: align, Color: drawing.Ink})
	}
	for quarter := range 5 {
		people := all * float64(quarter) / 4
		y := at(spending{0, people, ""}).Y
		d.Add(drawing.Lines{Paths: [][]drawing.Point{{{X: curveLeft, Y: y}, {X: right, Y: y}}}, Color: gridColor, Width: 0.5})
		write(curveLeft-5, y+3, drawing.End, whole(w, people))
		write(right+5, y+3, drawing.Start, w.decimal(25*float64(quarter), 0)+"\u00a0%")
	}
	unit := step(money, 4)
	digits := max(0, int(math.Ceil(6-math.Log10(unit)-1e-9)))
	for euros := 0.0; euros <= money; euros += unit {
		x := at(spending{euros, 0, ""}).X
		d.Add(drawing.Lines{Paths: [][]drawing.Point{{{X: x, Y: bottom}, {X: x, Y: bottom + 4}}}, Color: drawing.Ink, Width: 0.5})
		write(x, bottom+13, drawing.Middle, w.decimal(euros/1e6, digits))
	}
	write(curveLeft-5, curveTop-12, drawing.Start, w.T("plan.report.curve.people"))
	write(right, curveHeight-6, drawing.End, w.T("plan.report.curve.money"))
	line := make([]drawing.Point, len(points))
	for i, p := range points {
		line[i] = at(p)
	}
	d.Add(drawing.Lines{Paths: [][]drawing.Point{line}, Color: newFill, Width: 1.8})
	for i, p := range points {
		if p.label == "" {
			continue
		}
		d.Add(drawing.Circle{Centre: line[i], Radius: 2.6, Fill: newFill, Rim: drawing.White, RimWidth: 0.6})
		label := drawing.Text{At: drawing.Point{X: line[i].X, Y: line[i].Y - 6}, Text: p.label, Size: 8, Align: drawing.Middle, Color: drawing.Ink, Halo: true}
		if i == len(points)-1 {
			label.Align, label.At.X = drawing.End, line[i].X+3
		} else if i == 0 {
			label.Align = drawing.Start
		}
		d.Add(label)
	}
	return d
}
