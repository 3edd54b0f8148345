// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package public

import (
	"strconv"
	"strings"
	"time"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/warning"
	"github.com/tocsin-alert/tocsin/tlog"
)

// logEntry is an entry of the public log with the message that it is about; nil
// for an entry about none.
type logEntry struct {
	index   int64
	raw     []byte
	leaf    *tlog.Leaf
	message *warning.Message
}

// logRow is an entry as people read it.
type logRow struct {
	catalogue.Language
	Index int64
	Kind  tlog.Kind
	// Class is that of the kind's colours; Symbol and Word say the same without.
	Class, Symbol, Word string
	Time, TimeMachine   string
	// Headline is the message's, Lang its language where that is not the page's.
	Headline, Lang string
	// Warning is the chain's id; Path leads to its page, empty where it has none.
	Warning, Path string
	// Lines say what happened, a sentence each.
	Lines []string
}

// Place is the index as text, without grouping: it is a name.
func (r logRow) Place() string { return strconv.FormatInt(r.Index, 10) }

// logLooks are the colours and signs of the kinds.
var logLooks = map[tlog.Kind]struct{ class, symbol string }{
	tlog.KindRelease: {"level-3", "▲"}, tlog.KindUpdate: {"level-3", "△"}, tlog.KindEnd: {"all-clear", "✓"},
	tlog.KindRefusal: {"level-2", "×"}, tlog.KindSiren: {"level-3", "◉"},
	tlog.KindEnrolment: {"expired", "+"}, tlog.KindRevoke: {"level-2", "−"}, tlog.KindRoles: {"expired", "±"},
	tlog.KindTerritory: {"expired", "◇"}, tlog.KindFirst: {"expired", "○"}, tlog.KindLast: {"expired", "●"},
}

// logRow puts an entry into words.
func (role *Role) logRow(e logEntry, in catalogue.Language) logRow {
	l := e.leaf
	look := logLooks[l.Kind]
	if l.Kind == tlog.KindEnrolment && l.Guard == tlog.BreakGlass {
		look.class = logLooks[tlog.KindRevoke].class // nothing usual
	}
	r := logRow{
		Language: in, Index: e.index, Kind: l.Kind, Class: look.class, Symbol: look.symbol, Word: in.T("log.kind." + string(l.Kind)),
		Time: in.Time(l.Time, catalogue.LayoutShort, role.location), TimeMachine: l.Time.Format(time.RFC3339), Warning: l.Warning,
	}
	if e.message != nil {
		r.Path = warningPath(l.Warning)
		r.Headline, r.Lang = headline(e.message, in.Tag())
	}
	r.Lines = append(role.logSentences(l, in), logSigners(l, in)...)
	return r
}

// headline is the message's in the language, or else in the first that it has.
func headline(m *warning.Message, tag string) (text, lang string) {
	for other, t := range m.Content.Texts {
		if sameLanguage(other, tag) && t.Headline != "" {
			return t.Headline, ""
		}
		if text == "" || other < lang {
			text, lang = t.Headline, other
		}
	}
	return text, lang
}

func (role *Role) logSentences(l *tlog.Leaf, in catalogue.Language) []string {
	areas := role.logAreas(l)
	switch l.Kind {
	case tlog.KindRelease, tlog.KindUpdate:
		if expires, err := cap.ParseTime(l.Expires); err == nil {
			return []string{in.T("log.row.area-until", areas, in.Time(expires.Time, catalogue.LayoutShort, role.location))}
		}
		return []string{in.T("log.row.area", areas)}
	case tlog.KindEnd:
		return []string{in.T("log.row.area", areas)}
	case tlog.KindRefusal:
		return []string{word(in, "log.row.refusal.", l.Reason), in.T("log.row.message", l.Identifier)}
	case tlog.KindSiren:
		lines := []string{in.T("log.row.siren", l.Frames.Count, l.Signal)}
		if areas != "" {
			lines = append(lines, in.T("log.row.area", areas))
		}
		return lines
	case tlog.KindEnrolment:
		if l.Guard == tlog.BreakGlass {
			return []string{in.T("log.row.broken", l.Key.ID(), logRoles(l.Roles, in), l.Holder)}
		}
		return []string{in.T("log.row.enrolled", l.Key.ID(), word(in, "log.guard.", string(l.Guard)), l.Holder, logRoles(l.Roles, in))}
	case tlog.KindRevoke:
		lines := []string{in.T("log.row.revoked", l.Key.ID(), l.Holder)}
		if l.Reason != "" {
			lines = append(lines, in.T("log.row.reason", l.Reason))
		}
		return lines
	case tlog.KindRoles:
		if len(l.Roles) == 0 {
			return []string{in.T("log.row.roles.none", l.Holder)}
		}
		return []string{in.T("log.row.roles", l.Holder, logRoles(l.Roles, in))}
	case tlog.KindTerritory:
		if areas == "" {
			return []string{in.T("log.row.territory.none", l.Grantee)}
		}
		return []string{in.T("log.row.territory", l.Grantee, areas)}
	case tlog.KindFirst:
		lines := []string{in.T("log.row.first", l.Origin)}
		if p := l.Previous; p.Origin != "" {
			lines = append(lines, in.T("log.row.previous", p.Origin, in.Number(int(p.Size))))
		}
		return lines
	case tlog.KindLast:
		if l.Next != "" {
			return []string{in.T("log.row.next", l.Next)}
		}
	}
	return nil
}

// logAreas names the regions of a leaf.
func (role *Role) logAreas(l *tlog.Leaf) string {
	names := make([]string, len(l.Areas))
	for i, area := range l.Areas {
		names[i] = regionName(role.gazetteer.Regions(), area)
	}
	return strings.Join(names, ", ")
}

// logSigners say who asked and who released, by role and key.
func logSigners(l *tlog.Leaf, in catalogue.Language) []string {
	var lines []string
	for _, a := range l.Assertions {
		lines = append(lines, in.T("log.row."+string(a.Action), word(in, "common.role.", string(a.Role)), word(in, "log.guard.", string(a.Guard)), a.Key.ID()))
	}
	return lines
}

func logRoles(roles []string, in catalogue.Language) string {
	words := make([]string, len(roles))
	for i, code := range roles {
		words[i] = word(in, "common.role.", code)
	}
	return strings.Join(words, ", ")
}

// word is the text of a code; the code itself where it has none.
func word(in catalogue.Language, prefix, code string) string {
	if in.Has(prefix + code) {
		return in.T(prefix + code)
	}
	return code
}
