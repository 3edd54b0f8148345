// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package acoustics

import (
	"fmt"
	"math"
)

// StandardPressure is the reference pressure of ISO 9613-1 in kPa.
const StandardPressure = 101.325

// Atmosphere is the air that sound goes through.
type Atmosphere struct {
	Temperature float64 // in degrees Celsius
	Humidity    float64 // relative, in per cent
	Pressure    float64 // in kPa; 0 means StandardPressure
}

// ClimateReference is the air that ISO 9613-2 and its table 2 begin with:
// 10 degrees and 70 per cent.
var ClimateReference = Atmosphere{Temperature: 10, Humidity: 70}

// Validate says whether the formulas of ISO 9613-1 hold for the air, and what to
// change if they do not.
func (a Atmosphere) Validate() error {
	switch {
	case !(a.Temperature >= -20 && a.Temperature <= 50):
		return fmt.Errorf("temperature %g °C: give one from -20 to 50, ISO 9613-1 holds for no other", a.Temperature)
	case !(a.Humidity >= 10 && a.Humidity <= 100):
		return fmt.Errorf("humidity %g %%: give one from 10 to 100, ISO 9613-1 holds for no other", a.Humidity)
	case a.Pressure != 0 && !(a.Pressure >= 50 && a.Pressure < 200):
		return fmt.Errorf("pressure %g kPa: give one from 50 to 200, or 0 for %g", a.Pressure, StandardPressure)
	}
	return nil
}

// Absorption is the loss in dB per kilometre of a pure tone (ISO 9613-1, 6.2,
// equations 3 to 5; the vapour by B.2 and B.3).
func (a Atmosphere) Absorption(frequency float64) float64 {
	if a.Validate() != nil || !(frequency > 0) || math.IsInf(frequency, 1) {
		return math.NaN()
	}
	const (
		reference = 293.15 // K
		triple    = 273.16 // K, triple point of water
	)
	pressure := a.Pressure / StandardPressure
	if a.Pressure == 0 {
		pressure = 1
	}
	kelvin := a.Temperature + 273.15
	warmth := kelvin / reference
	saturation := math.Pow(10, -6.8346*math.Pow(triple/kelvin, 1.261)+4.6151)
	vapour := a.Humidity * saturation / pressure // molar, in per cent
	oxygen := pressure * (24 + 4.04e4*vapour*(0.02+vapour)/(0.391+vapour))
	nitrogen := pressure / math.Sqrt(warmth) * (9 + 280*vapour*math.Exp(-4.170*(1/math.Cbrt(warmth)-1)))
	square := frequency * frequency
	perMetre := 8.686 * square * (1.84e-11/pressure*math.Sqrt(warmth) + math.Pow(warmth, -2.5)*
		(0.01275*math.Exp(-2239.1/kelvin)/(oxygen+square/oxygen)+0.1068*math.Exp(-3352/kelvin)/(nitrogen+square/nitrogen)))
	return 1000 * perMetre
}

// Absorptions is the loss in dB per kilometre at the exact midbands of the
// octaves, as ISO 9613-2, 7.2 uses it.
func (a Atmosphere) Absorptions() Spectrum {
	var s Spectrum
	for band := range s {
		s[band] = a.Absorption(Midband(band))
	}
	return s
}
