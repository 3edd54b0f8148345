// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	merkle "golang.org/x/mod/sumdb/tlog"

	"github.com/tocsin-alert/tocsin/cap"
)

// slot is a place for a field in a kind of leaf.
type slot struct {
	name        string
	least, most int
}

// shapes gives each kind's fields in their order: "?" is at most once, "+" once
// or more, "*" any number, and nothing exactly once.
var shapes = map[Kind][]slot{
	KindRelease:   shape("time authority realm warning identifier sender type sent expires? references? area+ cap content assertion+"),
	KindUpdate:    shape("time authority realm warning identifier sender type sent expires? references? area+ cap content assertion+"),
	KindEnd:       shape("time authority realm warning identifier sender type sent expires? references? area+ cap content assertion+"),
	KindRefusal:   shape("time authority realm warning identifier content reason assertion*"),
	KindSiren:     shape("time authority realm warning? identifier? area* signal frames"),
	KindEnrolment: shape("time authority realm key guard holder role+"),
	KindRevoke:    shape("time authority realm key holder reason?"),
	KindRoles:     shape("time authority realm holder role*"),
	KindTerritory: shape("time authority realm grantee area*"),
	KindFirst:     shape("time authority realm origin previous?"),
	KindLast:      shape("time authority realm origin next?"),
}

func shape(text string) []slot {
	var slots []slot
	for _, word := range strings.Fields(text) {
		s := slot{strings.TrimRight(word, "?+*"), 1, 1}
		switch word[len(s.name):] {
		case "?":
			s.least = 0
		case "+":
			s.most = math.MaxInt
		case "*":
			s.least, s.most = 0, math.MaxInt
		}
		slots = append(slots, s)
	}
	return slots
}

// field is one kind of line: how a leaf's values of it are written and read.
// set completes a sentence that begins with the field's name.
type field struct {
	get func(*Leaf) []string
	set func(*Leaf, string) error
}

// fields are all there are, by the name with which their lines begin.
var fields = map[string]field{
	"time":       {func(l *Leaf) []string { return stampText(l.Time) }, func(l *Leaf, v string) (err error) { l.Time, err = stamp(v); return err }},
	"authority":  one(func(l *Leaf) *string { return &l.Authority }, checkCode),
	"realm":      one(func(l *Leaf) *Realm { return &l.Realm }, oneOf(string(Live), string(Exercise))),
	"warning":    one(func(l *Leaf) *string { return &l.Warning }, checkName),
	"identifier": one(func(l *Leaf) *string { return &l.Identifier }, checkName),
	"sender":     one(func(l *Leaf) *string { return &l.Sender }, checkName),
	"type":       one(func(l *Leaf) *string { return &l.MsgType }, oneOf("Alert", "Update", "Cancel")),
	"sent":       one(func(l *Leaf) *string { return &l.Sent }, checkTime),
	"expires":    one(func(l *Leaf) *string { return &l.Expires }, checkTime),
	"references": listing(func(l *Leaf) *Listing { return &l.References }),
	"area":       list(func(l *Leaf) *[]string { return &l.Areas }, checkArea),
	"cap":        digest(func(l *Leaf) *Digest { return &l.CAP }),
	"content":    digest(func(l *Leaf) *Digest { return &l.Content }),
	"key":        {func(l *Leaf) []string { return keyText(l.Key) }, func(l *Leaf, v string) error { return keyInto(&l.Key, v) }},
	"guard":      one(func(l *Leaf) *Guard { return &l.Guard }, oneOf(string(SoftwareKey), string(Passkey), string(BreakGlass))),
	"holder":     one(func(l *Leaf) *string { return &l.Holder }, checkHolder),
	"role":       list(func(l *Leaf) *[]string { return &l.Roles }, checkRole),
	"reason":     one(func(l *Leaf) *string { return &l.Reason }, checkCode),
	"signal":     one(func(l *Leaf) *string { return &l.Signal }, checkCode),
	"frames":     listing(func(l *Leaf) *Listing { return &l.Frames }),
	"grantee":    one(func(l *Leaf) *string { return &l.Grantee }, checkCode),
	"origin":     one(func(l *Leaf) *string { return &l.Origin }, checkOrigin),
	"previous":   {previousText, func(l *Leaf, v string) error { return treeInto(&l.Previous, v) }},
	"next":       one(func(l *Leaf) *string { return &l.Next }, checkOrigin),
	"assertion":  {assertionTexts, addAssertion},
}

func one[T ~string](at func(*Leaf) *T, check func(string) error) field {
	return field{
		func(l *Leaf) []string {
			if *at(l) == "" {
				return nil
			}
			return []string{string(*at(l))}
		},
		func(l *Leaf, v string) error {
			*at(l) = T(v)
			return check(v)
		},
	}
}

// list is of values in ascending order; check sees those before, too.
func list(at func(*Leaf) *[]string, check func(before []string, v string) error) field {
	return field{
		func(l *Leaf) []string { return *at(l) },
		func(l *Leaf, v string) error {
			if err := check(*at(l), v); err != nil {
				return err
			}
			*at(l) = append(*at(l), v)
			return nil
		},
	}
}

func digest(at func(*Leaf) *Digest) field {
	return field{
		func(l *Leaf) []string {
			if *at(l) == (Digest{}) {
				return nil
			}
			return []string{hex.EncodeToString(at(l)[:])}
		},
		func(l *Leaf, v string) error { return digestInto(at(l), v) },
	}
}

func listing(at func(*Leaf) *Listing) field {
	return field{
		func(l *Leaf) []string {
			if *at(l) == (Listing{}) {
				return nil
			}
			return []string{fmt.Sprintf("%d %x", at(l).Count, at(l).Digest)}
		},
		func(l *Leaf, v string) error {
			count, sum, _ := strings.Cut(v, " ")
			n, err := strconv.Atoi(count)
			if err != nil || n < 1 || n > 1_000_000 || strconv.Itoa(n) != count {
				return errors.New("does not begin with a number from 1 to 1000000")
			}
			at(l).Count = n
			return digestInto(&at(l).Digest, sum)
		},
	}
}

func digestInto(to *Digest, v string) error {
	raw, err := hex.DecodeString(v)
	if err != nil || len(raw) != len(to) || hex.EncodeToString(raw) != v || Digest(raw) == (Digest{}) {
		return errors.New("is not a SHA-256 in 64 lower-case hexadecimal digits")
	}
	*to = Digest(raw)
	return nil
}

const stampForm = "2006-01-02T15:04:05Z"

func stampText(t time.Time) []string {
	if t.IsZero() {
		return nil
	}
	return []string{t.UTC().Format(stampForm)}
}

func stamp(v string) (time.Time, error) {
	t, err := time.Parse(stampForm, v)
	if err != nil || t.Format(stampForm) != v || t.IsZero() {
		return time.Time{}, errors.New("is not a time in the form YYYY-MM-DDThh:mm:ssZ")
	}
	return t, nil
}

func keyText(k Key) []string {
	if k == (Key{}) {
		return nil
	}
	return []string{base64.RawURLEncoding.EncodeToString(k[:])}
}

func keyInto(to *Key, v string) error {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(v)
	if err != nil || len(raw) != len(to) || len(v) != base64.RawURLEncoding.EncodedLen(len(to)) {
		return errors.New("is not a compressed point in base64url")
	}
	*to = Key(raw)
	if _, err := to.point(); err != nil {
		return err
	}
	return nil
}

func previousText(l *Leaf) []string {
	if l.Previous == (Tree{}) {
		return nil
	}
	return []string{fmt.Sprintf("%s %d %s", l.Previous.Origin, l.Previous.Size, l.Previous.Root)}
}

func treeInto(to *Tree, v string) error {
	parts := strings.Split(v, " ")
	if len(parts) != 3 {
		return errors.New("is not origin, size and root")
	}
	size, err := strconv.ParseInt(parts[1], 10, 64)
	if err != nil || size < 1 || strconv.FormatInt(size, 10) != parts[1] {
		return errors.New("has no size of at least 1")
	}
	root, err := merkle.ParseHash(parts[2])
	if err != nil || root.String() != parts[2] {
		return errors.New("has no root in base64")
	}
	*to = Tree{parts[0], size, root}
	return checkOrigin(parts[0])
}

func oneOf(values ...string) func(string) error {
	return func(v string) error {
		if !slices.Contains(values, v) {
			return fmt.Errorf("is none of %s", strings.Join(values, ", "))
		}
		return nil
	}
}

// checkCode holds ids and codes of our own to a small alphabet.
func checkCode(v string) error {
	for i, c := range []byte(v) {
		letter := c >= 'a' && c <= 'z' || c >= '0' && c <= '9'
		if !letter && (i == 0 || !strings.ContainsRune("-._", rune(c))) {
			return errors.New("is not of a to z, 0 to 9, and - . _ after the first")
		}
	}
	return checkLength(v, 64)
}

// checkName holds to what CAP allows in identifiers and senders (CAP 1.2,
// section 3.2.1), in ASCII.
func checkName(v string) error {
	if !printable(v) || strings.ContainsAny(v, " ,<&") {
		return errors.New("is not printable ASCII without blank, comma, < and &")
	}
	return checkLength(v, 128)
}

// checkOrigin holds to what a signed note allows as the name of a key.
func checkOrigin(v string) error {
	if !printable(v) || strings.ContainsAny(v, " +") {
		return errors.New("is not printable ASCII without blank and +")
	}
	return checkLength(v, 128)
}

func checkLength(v string, most int) error {
	if v == "" || len(v) > most {
		return fmt.Errorf("is empty or longer than %d bytes", most)
	}
	return nil
}

func checkTime(v string) error {
	if _, err := cap.ParseTime(v); err != nil {
		return fmt.Errorf("is no time of a message: %w", err)
	}
	return nil
}

func checkHolder(v string) error {
	raw, err := hex.DecodeString(v)
	if err != nil || len(raw) != 8 || hex.EncodeToString(raw) != v {
		return errors.New("is not 16 lower-case hexadecimal digits")
	}
	return nil
}

func checkRole(before []string, v string) error {
	if len(before) > 0 && before[len(before)-1] >= v {
		return errors.New("is not in ascending order")
	}
	return checkCode(v)
}

func checkArea(before []string, v string) error {
	switch {
	case strings.Trim(v, "0123456789") != "" || shortestARS(v) != v || !slices.Contains(arsLengths[:], len(v)):
		return errors.New("is no ARS in its shortest form")
	case len(before) >= MaxAreas:
		return fmt.Errorf("is one more than %d", MaxAreas)
	case len(before) > 0 && (before[len(before)-1] >= v || strings.HasPrefix(v, before[len(before)-1])):
		return errors.New("is not in ascending order, or within the one before")
	}
	return nil
}
