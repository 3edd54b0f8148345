// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siting_test

import (
	"context"
	"fmt"

	"github.com/tocsin-alert/tocsin/siting"
)

// Three villages, three places for a siren, money for two of them.
func ExampleSolve() {
	problem := siting.Problem{
		Demand: []float64{900, 400, 250},
		Sites: []siting.Site{
			{Cells: []int32{0, 1}, Cost: 17_350},
			{Cells: []int32{1, 2}, Cost: 10_850},
			{Cells: []int32{2}, Cost: 10_850},
		},
		Budget: 30_000,
	}
	best, err := siting.Solve(context.Background(), problem, siting.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f people for %.0f euros, at most %.0f are possible\n", best.Covered, best.Cost, best.Bound)

	problem.Share = 0.8
	cheapest, err := siting.Solve(context.Background(), problem, siting.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f people for %.0f euros, at least %.0f are needed\n", cheapest.Covered, cheapest.Cost, cheapest.Bound)
	// Output:
	// 1550 people for 28200 euros, at most 1550 are possible
	// 1300 people for 17350 euros, at least 17350 are needed
}
