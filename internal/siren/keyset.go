// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/ed25519"
	"encoding/binary"
	"fmt"
	"slices"
	"time"

	"github.com/tocsin-alert/tocsin/geo"
)

// Issuer is a key that may command sirens, and how far it may.
type Issuer struct {
	PublicKey ed25519.PublicKey `json:"publicKey"`
	// Epoch is the only one in which frames of this key are taken. Counters begin
	// again in a higher one.
	Epoch uint16 `json:"epoch"`
	// Territory lists the regions whose sirens the key may command.
	Territory []geo.ARS `json:"territory"`
	// Actions lists what it may command.
	Actions []Action `json:"actions"`
	// Seconds allows the key to sign as the second what another key commands.
	Seconds bool `json:"seconds,omitempty"`
}

// May reports whether the issuer may command the action at a siren in the region.
func (i Issuer) May(action Action, region geo.ARS) bool {
	return slices.Contains(i.Actions, action) && i.Reaches(region)
}

// Reaches reports whether the region lies in the issuer's territory.
func (i Issuer) Reaches(region geo.ARS) bool {
	return slices.ContainsFunc(i.Territory, func(whole geo.ARS) bool { return whole.Contains(region) })
}

// Limit is how wide a target may be that one signature alone lets sound an
// alarm. The zero limit asks for no second signature.
type Limit struct {
	// Digits is the level of the region that the target must lie in, by the length
	// of its Regionalschlüssel: 5 for one Kreis, 2 for one Land; 0 for no limit.
	Digits int `json:"digits"`
	// Sirens is how many sirens a target may name by number; 0 for no limit.
	Sirens uint32 `json:"sirens"`
}

// exceeded reports whether a target goes beyond the limit. All sirens are as
// many as the territory of the key holds.
func (l Limit) exceeded(t Target, territory []geo.ARS) bool {
	if t.Type == TargetRanges {
		total := uint64(0)
		for _, r := range t.Ranges {
			total += uint64(r.Last) - uint64(r.First) + 1
		}
		return l.Sirens > 0 && total > uint64(l.Sirens)
	}
	regions := t.Regions
	if t.Type == TargetAll {
		regions = territory
	}
	for _, region := range regions {
		if len(region) < l.Digits || region[:l.Digits] != regions[0][:l.Digits] {
			return true
		}
	}
	return false
}

// Keyset is the keys that sirens obey. The first one is part of a device's
// set-up; newer ones are signed by the root and travel as frames do.
type Keyset struct {
	// Version grows with every keyset; a device takes no lower one.
	Version uint32 `json:"version"`
	// Root is the version of the root that signs it.
	Root uint32 `json:"root"`
	// NotBefore is when a device may take it, in whole seconds. After NotAfter a
	// device that holds nothing newer goes on with it and says so: to be silent in
	// a catastrophe would be worse than to obey a key that should be renewed.
	NotBefore time.Time `json:"notBefore"`
	NotAfter  time.Time `json:"notAfter"`
	// Limit says which alarms need a second signature.
	Limit Limit `json:"limit"`
	// Issuers are in ascending order of their key ids.
	Issuers []Issuer `json:"issuers"`
}

// MaxIssuers is how many keys a keyset can hold.
const MaxIssuers = 32

// Find returns the issuer with the key id.
func (k Keyset) Find(id KeyID) (Issuer, bool) {
	i := slices.IndexFunc(k.Issuers, func(issuer Issuer) bool { return KeyIDOf(issuer.PublicKey) == id })
	if i < 0 {
		return Issuer{}, false
	}
	return k.Issuers[i], true
}

// NeedsSecond reports whether sirens take the frame only with a second
// signature. Stops, tests and beacons never need one: whoever wants silence is
// not to look for a second person first.
func (k Keyset) NeedsSecond(f Frame) bool {
	issuer, _ := k.Find(f.Key)
	return f.Action == ActionSound && k.Limit.exceeded(f.Target, issuer.Territory)
}

const (
	keysetHeadBytes = 22
	issuerHeadBytes = ed25519.PublicKeySize + 4
	// secondsBit stands for Issuer.Seconds beside the bits of the actions.
	secondsBit = 1 << 7
	// maxDigits is the length of a Gemeinde's Regionalschlüssel.
	maxDigits = 12
)

// Envelope writes the keyset without signatures; what does not fit is ErrDocumentForm.
func (k Keyset) Envelope() (Envelope, error) {
	if len(k.Issuers) > MaxIssuers {
		return Envelope{}, malformed("%d keys are more than the %d of a keyset", len(k.Issuers), MaxIssuers)
	}
	for _, t := range []time.Time{k.NotBefore, k.NotAfter} {
		if t.Unix() < 0 || t.Unix() > 1<<32-1 || t.Nanosecond() != 0 {
			return Envelope{}, malformed("%v is no whole second of 32 bits", t)
		}
	}
	issuers := slices.SortedFunc(slices.Values(k.Issuers), func(a, b Issuer) int {
		x, y := KeyIDOf(a.PublicKey), KeyIDOf(b.PublicKey)
		return slices.Compare(x[:], y[:])
	})
	b := binary.BigEndian.AppendUint32(nil, k.Version)
	b = binary.BigEndian.AppendUint32(b, k.Root)
	b = binary.BigEndian.AppendUint32(b, uint32(k.NotBefore.Unix()))
	b = binary.BigEndian.AppendUint32(b, uint32(k.NotAfter.Unix()))
	b = append(b, byte(k.Limit.Digits))
	b = binary.BigEndian.AppendUint32(b, k.Limit.Sirens)
	b = append(b, byte(len(issuers)))
	for _, i := range issuers {
		rights := byte(0)
		for _, a := range i.Actions {
			if !slices.Contains(AllActions, a) {
				return Envelope{}, malformed("there is no %s", a)
			}
			rights |= 1 << (a - 1)
		}
		if i.Seconds {
			rights |= secondsBit
		}
		if len(i.PublicKey) != ed25519.PublicKeySize || len(i.Territory) > 255 {
			return Envelope{}, malformed("the key %s has %d bytes and %d regions", KeyIDOf(i.PublicKey), len(i.PublicKey), len(i.Territory))
		}
		b = append(b, i.PublicKey...)
		b = binary.BigEndian.AppendUint16(b, i.Epoch)
		b = append(b, rights, byte(len(i.Territory)))
		for _, region := range Regions(i.Territory...).Regions {
			b = appendRegion(b, region)
		}
	}
	d := newEnvelope(KindKeyset, b)
	_, err := ReadKeyset(d)
	return d, err
}

// ReadKeyset reads a keyset and believes nothing of it.
func ReadKeyset(d Envelope) (Keyset, error) {
	b, err := d.content(KindKeyset)
	if err != nil {
		return Keyset{}, err
	}
	if len(b) < keysetHeadBytes {
		return Keyset{}, malformed("%d bytes are no keyset", len(b))
	}
	moment := func(at int) time.Time { return time.Unix(int64(binary.BigEndian.Uint32(b[at:])), 0).UTC() }
	k := Keyset{
		Version: binary.BigEndian.Uint32(b), Root: binary.BigEndian.Uint32(b[4:]),
		NotBefore: moment(8), NotAfter: moment(12),
		Limit: Limit{Digits: int(b[16]), Sirens: binary.BigEndian.Uint32(b[17:])},
	}
	count := int(b[21])
	switch {
	case k.Version == 0 || k.Root == 0:
		return Keyset{}, malformed("a keyset of version %d under root %d", k.Version, k.Root)
	case !k.NotBefore.Before(k.NotAfter):
		return Keyset{}, malformed("the keyset ends before it begins")
	case k.Limit.Digits > maxDigits:
		return Keyset{}, malformed("no region has %d digits", k.Limit.Digits)
	case count == 0 || count > MaxIssuers:
		return Keyset{}, malformed("a keyset of %d keys", count)
	}
	b = b[keysetHeadBytes:]
	for range count {
		issuer, rest, err := parseIssuer(b)
		if err != nil {
			return Keyset{}, err
		}
		if last := len(k.Issuers) - 1; last >= 0 {
			x, y := KeyIDOf(k.Issuers[last].PublicKey), KeyIDOf(issuer.PublicKey)
			if slices.Compare(x[:], y[:]) >= 0 {
				return Keyset{}, malformed("the keys of the keyset are out of order")
			}
		}
		k.Issuers, b = append(k.Issuers, issuer), rest
	}
	if len(b) > 0 {
		return Keyset{}, malformed("the keyset is followed by something")
	}
	return k, nil
}

func parseIssuer(b []byte) (Issuer, []byte, error) {
	if len(b) < issuerHeadBytes {
		return Issuer{}, nil, malformed("a key is cut off")
	}
	i := Issuer{PublicKey: slices.Clone(b[:ed25519.PublicKeySize]), Epoch: binary.BigEndian.Uint16(b[ed25519.PublicKeySize:])}
	rights, regions := b[issuerHeadBytes-2], int(b[issuerHeadBytes-1])
	for _, a := range AllActions {
		if bit := byte(1) << (a - 1); rights&bit != 0 {
			i.Actions, rights = append(i.Actions, a), rights&^bit
		}
	}
	i.Seconds = rights&secondsBit != 0
	if rights&^secondsBit != 0 {
		return Issuer{}, nil, malformed("a key with unknown rights")
	}
	b = b[issuerHeadBytes:]
	for range regions {
		if len(b) == 0 {
			return Issuer{}, nil, malformed("a region is cut off")
		}
		region, rest, err := parseRegion(b)
		if err != nil {
			return Issuer{}, nil, malformed("%v", err)
		}
		if last := len(i.Territory) - 1; last >= 0 && (i.Territory[last] >= region || i.Territory[last].Contains(region)) {
			return Issuer{}, nil, malformed("the regions of a key are out of order")
		}
		i.Territory, b = append(i.Territory, region), rest
	}
	return i, b, nil
}

// Trust is what a device believes: the root, and the keyset that it signed.
type Trust struct {
	Root   Root
	Keyset Keyset
}

// OpenTrust verifies roots and the keyset behind them, as they stand in one
// file, from a root that is held already. The keyset may be absent.
func OpenTrust(b []byte, held Root) (Trust, error) {
	envelopes, err := ParseEnvelopes(b)
	if err != nil {
		return Trust{}, err
	}
	t := Trust{Root: held}
	for _, d := range envelopes {
		if t, err = t.take(d); err != nil {
			return Trust{}, err
		}
	}
	return t, nil
}

// take goes on with one document. A root or keyset that is held already changes nothing.
func (t Trust) take(d Envelope) (Trust, error) {
	if d.Kind() == KindRoot {
		next, err := ReadRoot(d)
		if err != nil || next.Version <= t.Root.Version {
			return t, err // roots that are over stand in front of the newest one
		}
		t.Root, err = t.Root.Next(d)
		return t, err
	}
	k, err := ReadKeyset(d)
	switch {
	case err != nil:
		return t, err
	case k.Root != t.Root.Version:
		return t, fmt.Errorf("%w: the keyset is for root %d, held %d", ErrDocumentRoot, k.Root, t.Root.Version)
	case k.Version == t.Keyset.Version:
		return t, nil // brokers give the same one at every connection
	}
	if err := t.Root.Verify(d); err != nil {
		return t, err
	}
	if k.Version < t.Keyset.Version {
		return t, fmt.Errorf("%w: keyset %d, held %d", ErrDocumentOlder, k.Version, t.Keyset.Version)
	}
	t.Keyset = k
	return t, nil
}
