// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"context"
	"math"
)

// dual works on the linear relaxation of an instance,
//
//	max sum_i d_i min(1, sum_{j covers i} x_j)  with 0 <= x <= 1, cost x <= budget,
//
// as the saddle point of sum_i (d_i - l_i) + sum_i l_i (A x)_i over such x and
// prices 0 <= l <= d of cells. For any prices the greatest value over x is a
// bound on what any choice covers. The method is that of Chambolle and Pock with
// steps by the size of rows and columns, averages and restarts (as PDLP does it).
type dual struct {
	in      *instance
	x, l    []float64
	ax, atl []float64 // A x and A^T l
	step    []float64 // of sites, before the balance
	balance float64   // how far prices step against how far sites do
	price   float64   // of money, of the last projection

	// Sums since the last restart, and where that was.
	sumX, sumL, sumAx, sumAtl []float64
	averaged                  int
	fromX, fromL              []float64
	fromGap, lastGap          float64
	sinceRestart, total       int

	next, over []float64
	knapsack   knapsack

	bound float64   // the best so far, without the instance's base
	best  []float64 // prices of the bound
	worth []float64 // A^T best
	value float64   // the best relaxed value so far
	point []float64 // and where
	money float64   // the price of money at the bound
}

func newDual(in *instance) *dual {
	n, m := len(in.cost), len(in.demand)
	d := &dual{in: in, balance: 1, bound: math.Inf(1), value: math.Inf(-1)}
	for _, v := range []*[]float64{&d.x, &d.atl, &d.step, &d.sumX, &d.sumAtl, &d.fromX, &d.next, &d.point, &d.worth} {
		*v = make([]float64, n)
	}
	for _, v := range []*[]float64{&d.l, &d.ax, &d.sumL, &d.sumAx, &d.fromL, &d.over, &d.best} {
		*v = make([]float64, m)
	}
	for j := range n {
		for _, i := range in.cells.of(j) {
			d.step[j] += in.demand[i]
		}
		d.step[j] = 1 / d.step[j]
	}
	return d
}

// start begins from a choice or a relaxed one, and from prices.
func (d *dual) start(x, l []float64) {
	copy(d.x, x)
	copy(d.l, l)
	gather(d.in.sites, d.x, d.ax)
	gather(d.in.cells, d.l, d.atl)
	d.restart()
	d.fromGap = d.look(d.x, d.l, d.ax, d.atl)
	d.lastGap = d.fromGap
}

// leave takes the bound at which nothing that a choice covers has a price: what it
// covers and the most that as much money could add to it (Nemhauser, Wolsey and
// Fisher 1978, with costs).
func (d *dual) leave(c *cover) {
	l, atl := make([]float64, len(d.l)), make([]float64, len(d.atl))
	for i, demand := range d.in.demand {
		if c.count[i] == 0 {
			l[i] = demand
		}
	}
	gather(d.in.cells, l, atl)
	d.look(d.x, l, d.ax, atl)
}

// gather sums from into each row of to. Nearly all time goes here, so that four
// sums run side by side: one alone would wait for itself at each addition.
func gather(rows lists, from, to []float64) {
	for r := range to {
		row := rows.of(r)
		var a, b, c, d float64
		for len(row) >= 4 {
			a += from[row[0]]
			b += from[row[1]]
			c += from[row[2]]
			d += from[row[3]]
			row = row[4:]
		}
		for _, k := range row {
			a += from[k]
		}
		to[r] = (a + b) + (c + d)
	}
}

// run does so many iterations, or fewer if the context ends or the relaxation is solved.
func (d *dual) run(ctx context.Context, iterations int) {
	in := d.in
	scaled := make([]float64, len(d.step))
	for range iterations {
		if ctx.Err() != nil {
			return
		}
		for j, s := range d.step {
			scaled[j] = s / d.balance
			d.next[j] = d.x[j] + scaled[j]*d.atl[j]
		}
		d.price = project(d.next, scaled, in.cost, in.budget, d.price)
		copy(d.x, d.next)
		before := d.ax
		d.ax = d.over
		gather(in.sites, d.x, d.ax)
		for i, demand := range in.demand {
			ahead := 2*d.ax[i] - before[i]
			size := float64(in.sites.start[i+1] - in.sites.start[i])
			d.l[i] = max(0, min(demand, d.l[i]-d.balance*demand/size*(ahead-1)))
		}
		d.over = before
		gather(in.cells, d.l, d.atl)

		for j := range d.x {
			d.sumX[j] += d.x[j]
			d.sumAtl[j] += d.atl[j]
		}
		for i := range d.l {
			d.sumL[i] += d.l[i]
			d.sumAx[i] += d.ax[i]
		}
		d.averaged++
		d.sinceRestart++
		d.total++
		if d.sinceRestart%20 == 0 {
			if d.consider(); d.bound-d.value <= 1e-9*d.bound {
				return
			}
		}
	}
}

// consider looks at the current point and the average, and begins anew from the
// better one when that has come much closer.
func (d *dual) consider() {
	current := d.look(d.x, d.l, d.ax, d.atl)
	scale := 1 / float64(d.averaged)
	for _, v := range [][]float64{d.sumX, d.sumL, d.sumAx, d.sumAtl} {
		for k := range v {
			v[k] *= scale
		}
	}
	d.averaged = 1
	average := d.look(d.sumX, d.sumL, d.sumAx, d.sumAtl)
	steps := d.sinceRestart
	gap := min(current, average)
	if gap <= 0.2*d.fromGap || gap <= 0.8*d.fromGap && gap > d.lastGap || float64(steps) >= 0.36*float64(d.total) {
		if average < current {
			copy(d.x, d.sumX)
			copy(d.l, d.sumL)
			copy(d.ax, d.sumAx)
			copy(d.atl, d.sumAtl)
		}
		d.rebalance()
		d.restart()
		d.fromGap, d.lastGap = gap, gap
		return
	}
	d.lastGap = gap
	for _, v := range [][]float64{d.sumX, d.sumL, d.sumAx, d.sumAtl} {
		for k := range v {
			v[k] *= float64(steps)
		}
	}
	d.averaged = steps
}

func (d *dual) restart() {
	copy(d.fromX, d.x)
	copy(d.fromL, d.l)
	for _, v := range [][]float64{d.sumX, d.sumL, d.sumAx, d.sumAtl} {
		clear(v)
	}
	d.averaged, d.sinceRestart = 0, 0
}

// rebalance moves the balance towards that at which sites and prices went as far
// since the last restart, each measured by its steps.
func (d *dual) rebalance() {
	var sites, prices float64
	for j := range d.x {
		by := d.x[j] - d.fromX[j]
		sites += by * by / d.step[j]
	}
	for i, demand := range d.in.demand {
		by := d.l[i] - d.fromL[i]
		size := float64(d.in.sites.start[i+1] - d.in.sites.start[i])
		prices += by * by * size / demand
	}
	if sites > 0 && prices > 0 {
		d.balance = max(1e-3, min(1e3, math.Sqrt(d.balance*math.Sqrt(prices/sites))))
	}
}

// look takes the bound and the relaxed value of a point, keeps the best of each,
// and gives the gap between the point's own two.
func (d *dual) look(x, l, ax, atl []float64) float64 {
	in := d.in
	var free, value float64
	for i, demand := range in.demand {
		free += demand - l[i]
		value += demand * min(1, ax[i])
	}
	taken, money := d.knapsack.solve(atl, in.cost, in.budget, nil)
	bound := free + taken
	if bound < d.bound {
		d.bound, d.money = bound, money
		copy(d.best, l)
		copy(d.worth, atl)
	}
	if value > d.value {
		d.value = value
		copy(d.point, x)
	}
	return bound - value
}
