// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// EventCodeName is the name under which codes of the German federal civil
// protection office stand in CAP's eventCode.
const EventCodeName = "profile:DE-BBK-EVENTCODE"

// emergencyOutage is the event that the emergency number does not work.
const emergencyOutage = "BBK-EVC-005"

func isGermanEventCode(code cap.NamedValue) bool {
	return strings.HasPrefix(strings.ToUpper(strings.TrimSpace(code.ValueName)), strings.ToUpper(EventCodeName)) ||
		strings.HasPrefix(strings.TrimSpace(code.Value), "BBK-EVC-")
}

// IsEventCode reports whether the code is one of the German federal civil
// protection office: BBK-EVC-001 to 087 but for 008 and 013, and 999.
func IsEventCode(code string) bool {
	digits, ok := strings.CutPrefix(code, "BBK-EVC-")
	number, err := strconv.Atoi(digits)
	return ok && err == nil && len(digits) == 3 && (number == 999 || number >= 1 && number <= 87 && number != 8 && number != 13)
}

// IsVagueEvent is true for the events that name no hazard: warning, and unnamed.
func IsVagueEvent(code string) bool { return code == "BBK-EVC-078" || code == "BBK-EVC-999" }

// IsTestEvent is true for the events of announced tests: trial warning, siren test.
func IsTestEvent(code string) bool { return code == "BBK-EVC-050" || code == "BBK-EVC-060" }

// LevelParameter names the parameter in which Tocsin states the level.
const LevelParameter = "urn:tocsin:level"

// statement is where a message says its level.
type statement struct {
	level int
	path  string
}

// levelStatements are where an info block states the German level: in Tocsin's
// parameter, and as the announcement that MoWaS puts into event. What is no
// number there is level 0.
func levelStatements(info infoView) []statement {
	var found []statement
	for i, p := range info.Parameter {
		if strings.TrimSpace(p.ValueName) == LevelParameter {
			level, _ := strconv.Atoi(strings.TrimSpace(p.Value))
			found = append(found, statement{level, fmt.Sprintf("%sparameter[%d]", info.path, i+1)})
			break
		}
	}
	if level := levelOfAnnouncement(info.Event); level > 0 {
		found = append(found, statement{level, info.path + "event"})
	}
	return found
}

// levelOfAnnouncement is the level that an event text such as
// "Gefahrenmitteilung" announces, 0 for none.
func levelOfAnnouncement(event string) int {
	return 1 + slices.IndexFunc(lexica["de"].Announcements, func(word string) bool {
		return strings.EqualFold(strings.TrimSpace(event), word)
	})
}

// levelOfSeverity is the level that receivers take a severity for, 0 for none.
func levelOfSeverity(severity cap.Severity) int {
	switch severity {
	case cap.SeverityExtreme:
		return 1
	case cap.SeveritySevere:
		return 2
	case cap.SeverityModerate, cap.SeverityMinor:
		return 3
	default:
		return 0
	}
}

// levelName is how people speak of a level.
func levelName(level int) saying {
	return saying{fmt.Sprintf("level %d", level), fmt.Sprintf("Stufe %d", level)}
}

// Grading is CAP's urgency, severity and certainty.
type Grading struct {
	Urgency   cap.Urgency
	Severity  cap.Severity
	Certainty cap.Certainty
}

func (g Grading) String() string {
	return fmt.Sprintf("%s, %s, %s", g.Urgency, g.Severity, g.Certainty)
}

func gradingOf(info *cap.Info) Grading { return Grading{info.Urgency, info.Severity, info.Certainty} }

// PublicGrading is what pages and feeds say of a level; the zero value for a
// level that there is not.
func PublicGrading(level int) Grading {
	switch level {
	case 1:
		return Grading{cap.UrgencyImmediate, cap.SeverityExtreme, cap.CertaintyObserved}
	case 2:
		return Grading{cap.UrgencyImmediate, cap.SeveritySevere, cap.CertaintyObserved}
	case 3:
		return Grading{cap.UrgencyImmediate, cap.SeverityMinor, cap.CertaintyObserved}
	default:
		return Grading{}
	}
}

// Broadcast is what the cell broadcast centre makes of a message.
type Broadcast struct {
	// Level is the German level that phones take it for; 0 for a test.
	Level int
	// German and Foreign are the message identifiers for texts in German and in
	// other languages (3GPP TS 23.041).
	German, Foreign int
	// Title is what phones show above it.
	Title string
}

// DEAlert derives the broadcast from status, scope and grading, as the cell
// broadcast centre does by TR DE-Alert 1.1, section 8.26. It is false for what
// that table does not name.
func DEAlert(status cap.Status, scope cap.Scope, g Grading) (Broadcast, bool) {
	switch {
	case scope != cap.ScopePublic:
		return Broadcast{}, false
	case status == cap.StatusTest:
		return Broadcast{0, 4398, 4399, "Testwarnung"}, true
	case status == cap.StatusExercise:
		return Broadcast{0, 4381, 4394, "Übungsalarm"}, true
	case status != cap.StatusActual:
		return Broadcast{}, false
	}
	switch g {
	case BroadcastGrading(1):
		return Broadcast{1, 4370, 4383, "Notfallalarm"}, true
	case BroadcastGrading(2):
		return Broadcast{2, 4372, 4385, "Extreme Gefahr"}, true
	case BroadcastGrading(3):
		return Broadcast{3, 4396, 4397, "Gefahreninformation"}, true
	}
	return Broadcast{}, false
}

// BroadcastGrading is what the interface to the cell broadcast centre says of a
// level (TR DE-Alert 1.1, section 8.26); the zero value for a level that there
// is not.
func BroadcastGrading(level int) Grading {
	switch level {
	case 1:
		return Grading{cap.UrgencyImmediate, cap.SeverityExtreme, cap.CertaintyObserved}
	case 2:
		return Grading{cap.UrgencyImmediate, cap.SeverityExtreme, cap.CertaintyLikely}
	case 3:
		return Grading{cap.UrgencyExpected, cap.SeverityMinor, cap.CertaintyLikely}
	default:
		return Grading{}
	}
}
