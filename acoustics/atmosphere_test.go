// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"fmt"
	"math"
	"strconv"
	"testing"
)

// digits is a number as the standard's tables print it: three digits.
func digits(v float64) string {
	return strconv.FormatFloat(v, 'e', 2, 64)
}

func TestAbsorptionOfOctaves(t *testing.T) {
	for _, row := range []struct {
		temperature, humidity float64
		want                  Spectrum // dB/km, ISO 9613-1 table 1 and ISO 9613-2 table 2
	}{
		{10, 70, Spectrum{0.122, 0.411, 1.04, 1.93, 3.66, 9.66, 32.8, 117}},
		{20, 70, Spectrum{0.090, 0.339, 1.13, 2.80, 4.98, 9.02, 22.9, 76.6}},
		{30, 70, Spectrum{0.065, 0.256, 0.963, 3.14, 7.41, 12.7, 23.1, 59.3}},
		{15, 20, Spectrum{0.272, 0.647, 1.22, 2.70, 8.17, 28.2, 88.8, 202}},
		{15, 50, Spectrum{0.142, 0.479, 1.22, 2.24, 4.16, 10.8, 36.2, 129}},
		{15, 80, Spectrum{0.093, 0.343, 1.07, 2.40, 4.15, 8.31, 23.7, 82.8}},
		{0, 60, Spectrum{0.165, 0.401, 0.779, 1.78, 5.50, 19.3, 63.3, 154}},
		{20, 80, Spectrum{0.079, 0.302, 1.04, 2.77, 5.15, 8.98, 21.3, 68.6}},
		{-20, 70, Spectrum{0.173, 0.514, 1.73, 5.29, 11.5, 16.6, 20.2, 27.8}},
	} {
		t.Run(fmt.Sprintf("%g°C %g%%", row.temperature, row.humidity), func(t *testing.T) {
			got := Atmosphere{Temperature: row.temperature, Humidity: row.humidity}.Absorptions()
			for band := range got {
				unit := math.Pow(10, math.Floor(math.Log10(row.want[band]))-2)
				if row.want[band] < 0.1 {
					unit = 0.001 // printed with two digits
				}
				if printed := math.Round(got[band]/unit) * unit; math.Abs(printed-row.want[band]) > unit/100 {
					t.Errorf("%g Hz: %g dB/km, want %g", nominal[band], got[band], row.want[band])
				}
			}
		})
	}
}

// Rows of ISO 9613-1:1993, table 1; the third is the k of f = 1000*10^(k/10).
func TestAbsorptionOfTable1(t *testing.T) {
	for _, row := range [][4]float64{
		{-20, 10, -13, 0.589}, {-20, 70, -13, 0.125}, {-20, 100, -13, 0.0992},
		{-20, 10, -9, 1.20}, {-20, 15, -9, 1.43}, {-20, 30, -9, 1.28}, {-20, 70, -9, 0.514}, {-20, 100, -9, 0.344},
		{-20, 10, 0, 1.65}, {-20, 15, 0, 2.34}, {-20, 50, 0, 9.14}, {-20, 70, 0, 11.5}, {-20, 100, 0, 11.1},
		{-20, 10, 6, 3.86}, {-20, 50, 6, 13.2}, {-20, 70, 6, 20.2}, {-20, 100, 6, 31.4},
		{-20, 10, 9, 10.9}, {-20, 70, 9, 27.8}, {-20, 100, 9, 41.1},
		{-15, 10, 0, 2.67}, {-15, 50, 0, 13.2}, {-15, 70, 0, 12.1}, {-15, 10, 6, 4.92}, {-15, 70, 6, 37.9},
		{-10, 10, -9, 1.86}, {-10, 70, -9, 0.332}, {-10, 10, 0, 4.65}, {-10, 50, 0, 12.9},
		{-10, 100, 0, 5.91}, {-10, 10, 9, 14.2}, {-10, 70, 9, 86.2},
		{-5, 10, 0, 8.29}, {-5, 50, 0, 9.68}, {-5, 70, 0, 6.38}, {-5, 10, 6, 11.1}, {-5, 70, 6, 65.0},
		{0, 10, -9, 1.30}, {0, 30, -9, 0.469}, {0, 70, -9, 0.390}, {0, 100, -9, 0.354},
		{0, 10, 0, 14.0}, {0, 15, 0, 18.3}, {0, 20, 0, 17.7}, {0, 50, 0, 6.83}, {0, 70, 0, 4.64}, {0, 100, 0, 3.37},
		{0, 10, 6, 19.0}, {0, 10, 9, 26.4},
		{5, 10, 0, 20.0}, {5, 50, 0, 5.08}, {5, 70, 0, 3.80},
		{10, 10, -9, 0.788}, {10, 70, -9, 0.411}, {10, 10, 0, 21.6}, {10, 20, 0, 11.0}, {10, 50, 0, 4.26}, {10, 70, 0, 3.66},
		{10, 100, 0, 3.55}, {10, 10, 6, 57.3}, {10, 70, 6, 32.8}, {10, 100, 6, 23.5}, {10, 10, 9, 69.4},
		{15, 10, 0, 18.4}, {15, 70, 0, 4.08}, {15, 10, 6, 87.3}, {15, 70, 6, 26.4},
		{20, 10, -13, 0.270}, {20, 100, -13, 0.0403}, {20, 10, -10, 0.622}, {20, 50, -10, 0.294},
		{20, 100, -10, 0.158}, {20, 10, -9, 0.776}, {20, 50, -9, 0.445}, {20, 70, -9, 0.339}, {20, 100, -9, 0.247},
		{20, 10, -8, 0.965}, {20, 70, -8, 0.518}, {20, 10, -7, 1.22}, {20, 70, -7, 0.776}, {20, 100, -7, 0.591},
		{20, 10, 0, 14.1}, {20, 70, 0, 4.98}, {20, 100, 0, 5.42}, {20, 10, 6, 109}, {20, 100, 6, 19.4},
		{25, 10, 0, 10.7}, {25, 70, 0, 6.19}, {25, 100, 0, 6.47},
		{30, 10, -9, 0.958}, {30, 70, -9, 0.256}, {30, 10, 0, 8.67}, {30, 50, 0, 7.03}, {30, 70, 0, 7.41}, {30, 100, 0, 7.17},
		{30, 10, 6, 96.0}, {30, 70, 6, 23.1}, {30, 100, 6, 24.0},
		{35, 10, 0, 7.71}, {35, 70, 0, 8.30}, {40, 10, 0, 7.68}, {40, 70, 0, 8.66},
		{50, 10, -10, 0.584}, {50, 70, -10, 0.0913}, {50, 10, 0, 9.95}, {50, 50, 0, 10.0}, {50, 70, 0, 8.03}, {50, 100, 0, 6.05},
		{50, 10, 6, 46.4}, {50, 70, 6, 48.2}, {50, 10, 9, 155}, {50, 70, 9, 80.3},
	} {
		f := 1000 * math.Pow(10, row[2]/10)
		got := Atmosphere{Temperature: row[0], Humidity: row[1]}.Absorption(f)
		if digits(got) != digits(row[3]) {
			t.Errorf("%g °C, %g %%, %.1f Hz: %g dB/km, want %g", row[0], row[1], f, got, row[3])
		}
	}
}

func TestAbsorptionOfTheMotorSirensTone(t *testing.T) {
	for _, row := range [][3]float64{{10, 70, 1.67}, {20, 70, 2.30}, {0, 60, 1.40}} {
		got := Atmosphere{Temperature: row[0], Humidity: row[1]}.Absorption(MotorTone)
		if digits(got) != digits(row[2]) {
			t.Errorf("%g °C, %g %%: %g dB/km, want %g", row[0], row[1], got, row[2])
		}
	}
}

func TestAtmosphereThatCannotBe(t *testing.T) {
	for name, a := range map[string]Atmosphere{
		"cold": {Temperature: -21, Humidity: 70}, "hot": {Temperature: 51, Humidity: 70}, "dry": {Temperature: 10},
		"wet": {Temperature: 10, Humidity: 101}, "vacuum": {Temperature: 10, Humidity: 70, Pressure: 1},
		"no number": {Temperature: math.NaN(), Humidity: 70},
	} {
		if a.Validate() == nil || !math.IsNaN(a.Absorption(500)) {
			t.Errorf("%s: taken", name)
		}
	}
	if low, high := (Atmosphere{10, 70, 90}).Absorption(1000), ClimateReference.Absorption(1000); low == high {
		t.Error("the pressure has no effect")
	}
}
