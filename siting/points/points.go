// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package points reads the point files of the literature on covering, so that
// anyone can check the solver of package siting against published results. Of
// two forms:
//
//	324 9999 p S         how many points, and whatever else
//	409154 435528 50     x y demand: a cell, and a site too
//
//	100 1000             how many sites and cells
//	F 0 25.20 11.83 1    id x y cost: a site
//	C 0 29.38 22.31 87   id x y demand: a cell
package points

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/siting"
)

// Point is a place with its people, or with its cost.
type Point struct {
	ID     string
	X, Y   float64
	Weight float64 // demand of a cell, cost of a site
}

// File is what a file holds.
type File struct{ Sites, Cells []Point }

// Limits of what is read and made of it.
const (
	MaxPoints = 5_000_000
	MaxPairs  = 300_000_000 // of a site and a cell that it covers; each takes about 12 bytes
)

// Error says what is wrong in a file, in which line, and what to do.
type Error struct {
	Line            int // from 1; 0 for the whole file
	Message, Remedy string
}

// Error implements error.
func (e *Error) Error() string {
	if e.Line == 0 {
		return e.Message
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Message)
}

// Read reads a file of either form. Its error is an *Error, but for errors of the
// reader.
func Read(r io.Reader) (*File, error) {
	var f reading
	var header []string
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, 64<<10)
	line, begun := 0, false
	for lines.Scan() {
		line++
		fields := strings.Fields(strings.TrimPrefix(lines.Text(), "\ufeff"))
		if len(fields) == 0 {
			continue
		}
		if first := !begun; first && fields[0] != "F" && fields[0] != "C" {
			begun, f.head, header = true, line, fields
			continue
		}
		begun = true
		if err := f.add(fields); err != nil {
			err.Line = line
			return nil, err
		}
		if len(f.Sites)+len(f.Cells) > MaxPoints {
			return nil, &Error{line, fmt.Sprintf("more than %d points", MaxPoints), "merge points that lie together"}
		}
	}
	if errors.Is(lines.Err(), bufio.ErrTooLong) {
		return nil, &Error{line + 1, "the line is longer than 64 KiB", "give one point a line"}
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read points: %w", err)
	}
	if err := f.counted(header); err != nil {
		return nil, err
	}
	if len(f.Cells) == 0 {
		return nil, &Error{0, "there is no point to cover", "give lines x y demand after the first line, or lines C id x y demand"}
	}
	if len(f.Sites) == 0 {
		return nil, &Error{0, "there is no site", "give lines F id x y cost"}
	}
	return &f.File, nil
}

// reading is a file as far as it was read.
type reading struct {
	File
	plain bool // each point is a cell and a site
	head  int  // the line that says how many follow
}

// add takes one line.
func (f *reading) add(fields []string) *Error {
	kind := fields[0]
	if lettered := kind == "F" || kind == "C"; lettered && f.plain || !lettered && !f.plain && len(f.Cells)+len(f.Sites) > 0 {
		return &Error{Message: "lines with F or C and lines without", Remedy: "write all lines in one of the two forms"}
	}
	numbers, id := fields, strconv.Itoa(len(f.Cells))
	if kind == "F" || kind == "C" {
		if len(fields) != 5 {
			return &Error{Message: fmt.Sprintf("%d fields", len(fields)), Remedy: "write F id x y cost for a site, C id x y demand for a cell"}
		}
		numbers, id = fields[2:], fields[1]
	} else if len(fields) != 3 {
		return &Error{Message: fmt.Sprintf("%d fields", len(fields)), Remedy: "write x y demand"}
	} else {
		f.plain = true
	}
	var values [3]float64
	for k, text := range numbers {
		v, err := strconv.ParseFloat(text, 64)
		if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
			remedy := "write a number, with a point for decimals"
			if strings.Contains(text, ",") {
				remedy = "write decimals with a point, not a comma"
			}
			return &Error{Message: fmt.Sprintf("%.40q is no number", text), Remedy: remedy}
		}
		values[k] = v
	}
	p := Point{ID: strings.Clone(id), X: values[0], Y: values[1], Weight: values[2]}
	switch {
	case math.Abs(p.X) > 1e15 || math.Abs(p.Y) > 1e15 || math.Abs(p.Weight) > 1e12:
		return &Error{Message: "a number is out of any range", Remedy: "give coordinates below 1e15 and weights below 1e12"}
	case kind == "F" && !(p.Weight > 0):
		return &Error{Message: fmt.Sprintf("cost %g", p.Weight), Remedy: "give a cost greater than 0"}
	case kind != "F" && p.Weight < 0:
		return &Error{Message: fmt.Sprintf("demand %g", p.Weight), Remedy: "give a demand of 0 or more"}
	}
	if kind == "F" {
		f.Sites = append(f.Sites, p)
		return nil
	}
	f.Cells = append(f.Cells, p)
	if kind != "C" {
		f.Sites = append(f.Sites, p)
	}
	return nil
}

// counted compares what the first line says with what there is, so that a file
// that was cut off, or has no such line, is not taken for a whole one.
func (f *reading) counted(header []string) error {
	said := func(k int, have int, what string) error {
		if k >= len(header) {
			return nil
		}
		if n, err := strconv.Atoi(header[k]); err != nil || n != have {
			return &Error{max(1, f.head), fmt.Sprintf("says %.40q, but %d %s follow", header[k], have, what),
				"begin with a line that says how many follow; check that the file is whole"}
		}
		return nil
	}
	if f.plain {
		return said(0, len(f.Cells), "points")
	}
	if err := said(0, len(f.Sites), "sites"); err != nil {
		return err
	}
	return said(1, len(f.Cells), "cells")
}

// Problem is the problem of choosing count sites that each cover what lies within
// the radius, the edge included. Costs in the file do not count.
func (f *File) Problem(radius float64, count int) (siting.Problem, error) {
	if !(radius > 0) || math.IsInf(radius, 1) {
		return siting.Problem{}, &Error{0, fmt.Sprintf("radius %g", radius), "give one greater than 0, in the unit of the file"}
	}
	if count < 0 {
		return siting.Problem{}, &Error{0, fmt.Sprintf("%d sites", count), "give a number of sites, 0 or more"}
	}
	type square struct{ x, y int64 }
	in := func(p Point) square { return square{int64(math.Floor(p.X / radius)), int64(math.Floor(p.Y / radius))} }
	if scale := 1e15 / radius; scale > 1<<60 {
		return siting.Problem{}, &Error{0, fmt.Sprintf("radius %g", radius), "give one that is not so small"}
	}
	grid := make(map[square][]int32)
	p := siting.Problem{Budget: float64(count), Demand: make([]float64, len(f.Cells)), Sites: make([]siting.Site, len(f.Sites))}
	for i, c := range f.Cells {
		p.Demand[i] = c.Weight
		at := in(c)
		grid[at] = append(grid[at], int32(i))
	}
	pairs := 0
	for j, s := range f.Sites {
		at := in(s)
		var cells []int32
		for dx := int64(-1); dx <= 1; dx++ {
			for dy := int64(-1); dy <= 1; dy++ {
				for _, i := range grid[square{at.x + dx, at.y + dy}] {
					x, y := f.Cells[i].X-s.X, f.Cells[i].Y-s.Y
					if x*x+y*y <= radius*radius {
						cells = append(cells, i)
					}
				}
			}
		}
		if pairs += len(cells); pairs > MaxPairs {
			return siting.Problem{}, &Error{0, fmt.Sprintf("the sites cover more than %d cells in all, which takes more than %d GB of memory", MaxPairs, MaxPairs*12/1_000_000_000),
				"give a smaller radius, fewer sites, or merge points that lie together"}
		}
		p.Sites[j] = siting.Site{Cells: cells, Cost: 1}
	}
	return p, nil
}
