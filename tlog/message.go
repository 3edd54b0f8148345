// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// GeocodeARS is the valueName of geocodes that are regional keys.
const GeocodeARS = "ARS"

// federation is the regional key of Germany as a whole.
const federation = "00"

// arsLengths are the digits of a Land, Regierungsbezirk, Kreis, Gemeindeverband
// and Gemeinde.
var arsLengths = [...]int{2, 3, 5, 9, 12}

// shortestARS cuts the trailing levels that are all zeros: they name nothing.
func shortestARS(key string) string {
	for _, n := range arsLengths {
		if len(key) > n && strings.Trim(key[n:], "0") == "" {
			return key[:n]
		}
	}
	return key
}

// within reports whether the region of a key lies in one of the territories.
func within(key string, territories []string) bool {
	key = shortestARS(key)
	return slices.ContainsFunc(territories, func(t string) bool {
		t = shortestARS(t)
		return t == federation || strings.HasPrefix(key, t)
	})
}

// Regions gives regional keys the form in which a leaf holds areas: shortest,
// sorted, none within another, and made coarser, level by level, until at most
// MaxAreas are left. They always hold all the given ones. Codes that are no
// regional keys are an error.
func Regions(keys []string) ([]string, error) {
	areas := make([]string, len(keys))
	for i, key := range keys {
		key = strings.ReplaceAll(key, " ", "")
		if strings.Trim(key, "0123456789") != "" || !slices.Contains(arsLengths[:], len(key)) {
			return nil, fmt.Errorf("%q is no regional key of 2, 3, 5, 9 or 12 digits", key)
		}
		areas[i] = shortestARS(key)
	}
	areas = outermost(areas)
	for level := len(arsLengths) - 2; level >= 0 && len(areas) > MaxAreas; level-- {
		for i, area := range areas {
			areas[i] = area[:min(len(area), arsLengths[level])]
		}
		areas = outermost(areas)
	}
	return areas, nil
}

// outermost sorts keys and drops those that lie within another.
func outermost(keys []string) []string {
	slices.Sort(keys)
	var out []string
	for _, key := range keys {
		if len(out) == 0 || out[0] != federation && !strings.HasPrefix(key, out[len(out)-1]) {
			out = append(out, key)
		}
	}
	return out
}

// MessageLeaf gives a leaf the fields that follow from the exact bytes of a CAP
// message: identifier, sender, type, sent, expires, references, both digests,
// and the areas, as far as the message names regions. Errors are those of
// cap.Read, or say what a leaf cannot hold.
func MessageLeaf(raw []byte) (*Leaf, error) {
	alert, err := cap.Read(raw)
	if err != nil {
		return nil, err
	}
	return messageLeaf(raw, alert)
}

func messageLeaf(raw []byte, alert *cap.Alert) (*Leaf, error) {
	content, err := cap.ContentDigest(alert)
	if err != nil {
		return nil, fmt.Errorf("digest the message's content: %w", err)
	}
	l := &Leaf{
		Identifier: alert.Identifier, Sender: alert.Sender, MsgType: string(alert.MsgType),
		Sent: alert.Sent.String(), CAP: sha256.Sum256(raw), Content: content,
	}
	if len(alert.References) > 0 {
		l.References = Listing{len(alert.References), sha256.Sum256([]byte(alert.References.String()))}
	}
	var latest cap.Time
	var keys []string
	for _, info := range alert.Info {
		if info.Expires.After(latest.Time) {
			latest = info.Expires
		}
		keys = append(keys, regionalKeys(info)...)
	}
	l.Expires = latest.String()
	if l.Areas, err = Regions(keys); err != nil {
		return nil, fmt.Errorf("the message's areas: %w", err)
	}
	return l, nil
}

// regionalKeys are the geocodes of an info block that are regional keys.
func regionalKeys(info cap.Info) []string {
	var keys []string
	for _, area := range info.Area {
		for _, code := range area.Geocode {
			if strings.EqualFold(code.ValueName, GeocodeARS) {
				keys = append(keys, code.Value)
			}
		}
	}
	return keys
}
