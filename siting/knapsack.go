// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting

import (
	"cmp"
	"math"
	"slices"
)

// knapsack is the greatest worth of sites for a budget where a site may be taken
// in part, with the price of money: what one more unit of it would be worth.
type knapsack struct {
	order []int32
}

// solve gives the value, the price and, through take, the parts taken (take may
// be nil). All sites with positive worth are in the running.
func (k *knapsack) solve(worth, cost []float64, budget float64, take []float64) (value, price float64) {
	k.order = k.order[:0]
	for j, w := range worth {
		if take != nil {
			take[j] = 0
		}
		if w > 0 {
			k.order = append(k.order, int32(j))
		}
	}
	slices.SortFunc(k.order, func(a, b int32) int {
		return cmp.Or(cmp.Compare(worth[b]*cost[a], worth[a]*cost[b]), cmp.Compare(a, b))
	})
	left := budget
	for _, j := range k.order {
		part := 1.0
		if cost[j] > left*(1+slack) {
			part = left / cost[j]
			price = worth[j] / cost[j]
		}
		value += part * worth[j]
		if take != nil {
			take[j] = part
		}
		left -= part * cost[j]
		if price > 0 {
			return value, price
		}
	}
	return value, 0
}

// project is the point of {0 <= x <= 1, cost x <= budget} nearest to x, where a
// step of site j is weighed by 1/step[j]. It changes x, and gives the price that
// it ended with, which is a good one to begin with the next time.
func project(x, step, cost []float64, budget, guess float64) (price float64) {
	spend := func(price float64) (spent, slope float64) {
		for j, v := range x {
			v -= price * cost[j] * step[j]
			switch {
			case v >= 1:
				spent += cost[j]
			case v > 0:
				spent += v * cost[j]
				slope += cost[j] * cost[j] * step[j]
			}
		}
		return spent, slope
	}
	if spent, _ := spend(0); spent > budget {
		low, high := 0.0, math.Inf(1)
		price = guess
		for range 60 {
			spent, slope := spend(price)
			over := spent - budget
			if math.Abs(over) <= 1e-12*budget {
				break
			}
			if over > 0 {
				low = price
			} else {
				high = price
			}
			next := price + over/slope
			if !(next > low && next < high) {
				next = (low + high) / 2
				if math.IsInf(high, 1) {
					next = 2*low + 1e-9
				}
			}
			price = next
		}
	}
	for j := range x {
		x[j] = max(0, min(1, x[j]-price*cost[j]*step[j]))
	}
	return price
}
