// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/check"
)

var sent = time.Date(2025, 10, 1, 11, 30, 0, 0, time.FixedZone("", 2*3600))

func at(hours float64) cap.Time {
	return cap.NewTime(sent.Add(time.Duration(hours * float64(time.Hour))))
}

// soundAlert is a message that no rule complains about.
func soundAlert() *cap.Alert {
	area := cap.Area{
		AreaDesc: "Potsdam",
		Polygon:  []cap.Polygon{{{Lat: 52.3, Lon: 13}, {Lat: 52.4, Lon: 13}, {Lat: 52.4, Lon: 13.2}, {Lat: 52.3, Lon: 13}}},
		Geocode:  []cap.NamedValue{{ValueName: "ARS", Value: "120540000000"}},
	}
	german := cap.Info{
		Language: "de", Category: []cap.Category{cap.CategoryGeo}, Event: "Hochwasser",
		ResponseType: []cap.ResponseType{cap.ResponseAvoid},
		Urgency:      cap.UrgencyImmediate, Severity: cap.SeverityExtreme, Certainty: cap.CertaintyLikely,
		EventCode: []cap.NamedValue{{ValueName: "profile:DE-BBK-EVENTCODE", Value: "BBK-EVC-038"}},
		Effective: at(0), Onset: at(0), Expires: at(8), SenderName: "Landeshauptstadt Potsdam",
		Headline:    "Hochwasser - Potsdam",
		Description: "Landeshauptstadt Potsdam warnt vor Hochwasser. Die Havel steigt seit 09:30 Uhr.",
		Instruction: "Bleiben Sie aus Kellern heraus.",
		Web:         "https://potsdam.example/hochwasser", Contact: "+49 331 0",
		Parameter: []cap.NamedValue{{ValueName: "urn:tocsin:level", Value: "2"}},
		Area:      []cap.Area{area},
	}
	english := german
	english.Language, english.Event = "en", "Flood"
	english.Headline = "Flood - Potsdam"
	english.Description = "Landeshauptstadt Potsdam warns of a flood. The Havel has been rising since 09:30."
	english.Instruction = "Stay out of cellars."
	english.EventCode, english.Parameter = slices.Clone(german.EventCode), slices.Clone(german.Parameter)
	english.Area = []cap.Area{area}
	return &cap.Alert{
		Identifier: "potsdam.20251001.a", Sender: "potsdam.example", Sent: at(0),
		Status: cap.StatusActual, MsgType: cap.MsgTypeAlert, Scope: cap.ScopePublic,
		Info: []cap.Info{german, english},
	}
}

func soundOptions(p check.Profile) check.Options {
	return check.Options{Profile: p, Languages: []string{"de", "en"}, Now: sent}
}

// expected is what a sound message gets said: how phones will show it.
var expected = []cap.Rule{"cell-broadcast.derived"}

func TestSoundAlertPasses(t *testing.T) {
	for _, profile := range check.Profiles() {
		for _, f := range check.Alert(soundAlert(), soundOptions(profile)) {
			if !slices.Contains(expected, f.Rule) {
				t.Errorf("%s: %v", profile, f)
			}
		}
	}
}

type alertCase struct {
	name   string
	change func(a *cap.Alert, o *check.Options)
	// paths are those at which the rule must find something.
	paths string
}

func resource(r cap.Resource) func(*cap.Alert, *check.Options) {
	return func(a *cap.Alert, _ *check.Options) { a.Info[0].Resource = []cap.Resource{r} }
}

// image is a resource as it should be.
func image() cap.Resource {
	size := int64(4)
	return cap.Resource{
		ResourceDesc: "Karte", MimeType: "image/png", Size: &size, URI: "karte.png",
		DerefURI: "VGVz\ndA==", Digest: "640ab2bae07bedc4c163f679a746f7ab7fb5d1fa",
	}
}

func polygon(text string) func(*cap.Alert, *check.Options) {
	p, err := cap.ParsePolygon(text)
	if err != nil {
		panic(err)
	}
	return func(a *cap.Alert, _ *check.Options) {
		for i := range a.Info {
			a.Info[i].Area[0].Polygon = []cap.Polygon{p}
		}
	}
}

// ring is a circle of n points and the closing one.
func ring(n int) string {
	var b strings.Builder
	for i := range n {
		x := float64(i) / float64(n)
		y := x * (1 - x)
		b.WriteString(cap.Point{Lat: 52 + round(x), Lon: 13 + round(y)}.String() + " ")
	}
	return b.String() + "52,13"
}

// comb is an outline of long thin teeth, n points or a few more.
func comb(n int) string {
	var b strings.Builder
	for i := range n {
		lon := 13.0
		if i%4 == 1 || i%4 == 2 {
			lon = 14
		}
		b.WriteString(cap.Point{Lat: 52 + float64(i)*1e-4, Lon: lon}.String() + " ")
	}
	return b.String() + "52.9,12.9 52,12.9 52,13"
}

func round(x float64) float64 { return float64(int(x*1e5)) / 1e5 }

func geocode(name, value string) func(*cap.Alert, *check.Options) {
	return func(a *cap.Alert, _ *check.Options) {
		for i := range a.Info {
			a.Info[i].Area[0].Geocode = []cap.NamedValue{{ValueName: name, Value: value}}
		}
	}
}

func alert(change func(a *cap.Alert)) func(*cap.Alert, *check.Options) {
	return func(a *cap.Alert, _ *check.Options) { change(a) }
}

// all changes every info block.
func all(change func(i *cap.Info)) func(*cap.Alert, *check.Options) {
	return func(a *cap.Alert, _ *check.Options) {
		for i := range a.Info {
			change(&a.Info[i])
		}
	}
}

func first(change func(i *cap.Info)) func(*cap.Alert, *check.Options) {
	return func(a *cap.Alert, _ *check.Options) { change(&a.Info[0]) }
}

func same(*cap.Alert, *check.Options) {}

func earlier(sender, id string, sent cap.Time) cap.References {
	return cap.References{{Sender: sender, Identifier: id, Sent: sent.String()}}
}

func replies(t cap.MsgType, references cap.References) func(*cap.Alert, *check.Options) {
	return alert(func(a *cap.Alert) { a.MsgType, a.References = t, references })
}

func level(stated string, urgency cap.Urgency, severity cap.Severity, certainty cap.Certainty) func(*cap.Alert, *check.Options) {
	return all(func(i *cap.Info) {
		i.Parameter[0].Value = stated
		i.Urgency, i.Severity, i.Certainty = urgency, severity, certainty
	})
}

const (
	info1 = "alert/info[1]/"
	info2 = "alert/info[2]/"
)

var alertCases = map[cap.Rule][]alertCase{
	"identifier.form": {
		{"a number", alert(func(a *cap.Alert) { a.Identifier = "17" }), "alert/identifier"},
		{"an object identifier", alert(func(a *cap.Alert) { a.Identifier = "2.49.0.0.276.1" }), ""},
	},
	"sender.form": {
		{"a word", alert(func(a *cap.Alert) { a.Sender = "weather" }), "alert/sender"},
		{"an address", alert(func(a *cap.Alert) { a.Sender = "KSTO@NWS.NOAA.GOV" }), ""},
	},
	"sent.future": {
		{"tomorrow", func(_ *cap.Alert, o *check.Options) { o.Now = sent.Add(-24 * time.Hour) }, "alert/sent"},
		{"a minute of difference", func(_ *cap.Alert, o *check.Options) { o.Now = sent.Add(-time.Minute) }, ""},
		{"time of the check unknown", func(_ *cap.Alert, o *check.Options) { o.Now = time.Time{} }, ""},
	},
	"status.draft":      {{"draft", alert(func(a *cap.Alert) { a.Status = cap.StatusDraft }), "alert/status"}, {"actual", same, ""}},
	"status.not-actual": {{"test", alert(func(a *cap.Alert) { a.Status = cap.StatusTest }), "alert/status"}, {"actual", same, ""}},
	"scope.not-public":  {{"private", alert(func(a *cap.Alert) { a.Scope = cap.ScopePrivate }), "alert/scope"}, {"public", same, ""}},
	"note.missing": {
		{"exercise", alert(func(a *cap.Alert) { a.Status = cap.StatusExercise }), "alert/note"},
		{"error", replies(cap.MsgTypeError, nil), "alert/note"},
		{"exercise with a note", alert(func(a *cap.Alert) { a.Status, a.Note = cap.StatusExercise, "Herbst 25" }), ""},
	},
	"references.missing": {
		{"update", replies(cap.MsgTypeUpdate, nil), "alert/references"},
		{"acknowledgement", replies(cap.MsgTypeAck, nil), "alert/references"},
		{"update with one", replies(cap.MsgTypeUpdate, earlier("potsdam.example", "earlier", at(-1))), ""},
		{"alert", same, ""},
	},
	"references.self": {
		{"itself", replies(cap.MsgTypeUpdate, earlier("potsdam.example", "potsdam.20251001.a", at(0))), "alert/references"},
		{"another's of that name", replies(cap.MsgTypeUpdate, earlier("berlin.example", "potsdam.20251001.a", at(-1))), ""},
	},
	"references.later": {
		{"later", replies(cap.MsgTypeUpdate, earlier("potsdam.example", "earlier", at(1))), "alert/references"},
		{"at once", replies(cap.MsgTypeUpdate, earlier("potsdam.example", "earlier", at(0))), ""},
	},
	"references.repeated": {
		{"twice", replies(cap.MsgTypeUpdate, slices.Repeat(earlier("potsdam.example", "earlier", at(-1)), 2)), "alert/references"},
		{"once", replies(cap.MsgTypeUpdate, earlier("potsdam.example", "earlier", at(-1))), ""},
	},
	"info.missing": {
		{"alert", alert(func(a *cap.Alert) { a.Info = nil }), "alert/info"},
		{"acknowledgement", alert(func(a *cap.Alert) { a.MsgType, a.Info = cap.MsgTypeAck, nil }), ""},
	},
	"info.duplicate": {
		{"the same again", alert(func(a *cap.Alert) { a.Info = append(a.Info, a.Info[0]) }), "alert/info[3]"},
		{"another area", alert(func(a *cap.Alert) {
			a.Info = append(a.Info, a.Info[0])
			a.Info[2].Area = []cap.Area{{AreaDesc: "Werder"}}
		}), ""},
	},
	"info.language-twice": {
		{"two in German", alert(func(a *cap.Alert) { a.Info[1].Language = "DE" }), info2 + "language"},
		{"regions", alert(func(a *cap.Alert) { a.Info[0].Language, a.Info[1].Language = "fr-FR", "fr-CA" }), ""},
	},
	"info.category-differs": {
		{"another", first(func(i *cap.Info) { i.Category = []cap.Category{cap.CategoryMet} }), info2 + "category[1]"},
		{"another order", alert(func(a *cap.Alert) {
			a.Info[0].Category = []cap.Category{cap.CategoryMet, cap.CategoryGeo}
			a.Info[1].Category = []cap.Category{cap.CategoryGeo, cap.CategoryMet}
		}), ""},
	},
	"info.event-code-differs": {
		{"another", alert(func(a *cap.Alert) { a.Info[1].EventCode[0].Value = "BBK-EVC-066" }), info2 + "eventCode[1]"},
		{"none", alert(func(a *cap.Alert) { a.Info[1].EventCode = nil }), info2 + "eventCode[1]"},
		{"another version of the list", alert(func(a *cap.Alert) { a.Info[1].EventCode[0].ValueName += ":01.00R" }), ""},
	},
	"info.event-differs": {
		{"two events", alert(func(a *cap.Alert) { a.Info[1].Language = "de" }), info2 + "event"},
		{"two languages", same, ""},
	},
	"element.empty": {
		{"event", first(func(i *cap.Info) { i.Event = " " }), info1 + "event"},
		{"code", alert(func(a *cap.Alert) { a.Code = []string{"x", ""} }), "alert/code[2]"},
		{"value", first(func(i *cap.Info) { i.Parameter = append(i.Parameter, cap.NamedValue{ValueName: "x"}) }), info1 + "parameter[2]/value"},
		{"areaDesc", first(func(i *cap.Info) { i.Area[0].AreaDesc = "" }), info1 + "area[1]/areaDesc"},
		{"mimeType", resource(cap.Resource{ResourceDesc: "Karte", URI: "https://a.example"}), info1 + "resource[1]/mimeType"},
		{"nothing empty", resource(image()), ""},
	},
	"element.code-as-name": {
		{"code", first(func(i *cap.Info) { i.EventCode[0].ValueName = "BBK-EVC-038" }), info1 + "eventCode[1]/valueName"},
		{"name", same, ""},
	},
	"language.missing": {
		{"none", first(func(i *cap.Info) { i.Language = "" }), info1 + "language"},
		{"none in all", all(func(i *cap.Info) { i.Language = "" }), info1 + "language"},
		{"named", same, ""},
	},
	"language.script": {
		{"German as Arabic", first(func(i *cap.Info) { i.Language = "AR" }), info1 + "headline " + info1 + "description " + info1 + "instruction"},
		{"Russian by default", alert(func(a *cap.Alert) {
			a.Info[1].Language, a.Info[1].Headline = "", "Наводнение в Потсдаме"
		}), info2 + "headline"},
		{"Arabic with a name", alert(func(a *cap.Alert) {
			i := &a.Info[1]
			i.Language, i.Headline, i.Description, i.Instruction = "ar", "فيضان في Potsdam اليوم", "فيضان", ""
		}), ""},
		{"a language not known", alert(func(a *cap.Alert) { a.Info[1].Language = "sw" }), ""},
	},
	"grading.unknown": {
		{"severity", all(func(i *cap.Info) { i.Severity = cap.SeverityUnknown }), info1 + "severity"},
		{"two", first(func(i *cap.Info) { i.Urgency, i.Certainty = cap.UrgencyUnknown, cap.CertaintyUnknown }), info1 + "urgency " + info1 + "certainty"},
		{"none", same, ""},
	},
	"response.missing":    {{"none", all(func(i *cap.Info) { i.ResponseType = nil }), info1 + "responseType"}, {"one", same, ""}},
	"sender-name.missing": {{"none", all(func(i *cap.Info) { i.SenderName = "" }), info1 + "senderName"}, {"one", same, ""}},
	"contact.missing":     {{"none", first(func(i *cap.Info) { i.Contact = " " }), info1 + "contact"}, {"one", same, ""}},
	"web.missing":         {{"none", all(func(i *cap.Info) { i.Web = "" }), info1 + "web"}, {"one", same, ""}},
	"web.relative": {
		{"path", all(func(i *cap.Info) { i.Web = "/warnung" }), info1 + "web"},
		{"no scheme", first(func(i *cap.Info) { i.Web = "www.example.org" }), info1 + "web"},
		{"mail", first(func(i *cap.Info) { i.Web = "mailto:a@example.org" }), ""},
	},
	"web.insecure":    {{"http", all(func(i *cap.Info) { i.Web = "HTTP://a.example" }), info1 + "web"}, {"https", same, ""}},
	"expires.missing": {{"none", all(func(i *cap.Info) { i.Expires = cap.Time{} }), info1 + "expires"}, {"one", same, ""}},
	"expires.past": {
		{"when sent", first(func(i *cap.Info) { i.Expires = at(0) }), info1 + "expires"},
		{"not sent yet", func(a *cap.Alert, o *check.Options) { a.Sent, o.Now = cap.Time{}, sent.Add(9*time.Hour) }, info1 + "expires"},
		{"long over, but not then", func(_ *cap.Alert, o *check.Options) { o.Now = sent.AddDate(1, 0, 0) }, ""},
	},
	"expires.before-onset": {
		{"before", all(func(i *cap.Info) { i.Onset = at(9) }), info1 + "expires"},
		{"after", all(func(i *cap.Info) { i.Onset = at(7) }), ""},
	},
	"expires.before-effective": {
		{"before", all(func(i *cap.Info) { i.Effective = at(9) }), info1 + "expires"},
		{"after", all(func(i *cap.Info) { i.Effective = at(7) }), ""},
	},
	"effective.after-onset": {
		{"late", all(func(i *cap.Info) { i.Effective, i.Onset = at(3), at(2) }), info1 + "effective"},
		{"begun before", all(func(i *cap.Info) { i.Onset = at(-2) }), ""},
	},
	"event.code-missing": {
		{"other list", all(func(i *cap.Info) { i.EventCode = []cap.NamedValue{{ValueName: "SAME", Value: "FLW"}} }), info1 + "eventCode"},
		{"ours", same, ""},
	},
	"level.unstated": {
		{"foreign", all(func(i *cap.Info) { i.Parameter = nil }), info1 + "event"},
		{"announced", all(func(i *cap.Info) { i.Parameter, i.Event = nil, "Gefahrenmitteilung" }), ""},
	},
	"level.differs": {
		{"parameter and event", all(func(i *cap.Info) { i.Event = "Gefahrendurchsage" }), info1 + "event " + info2 + "event"},
		{"between languages", first(func(i *cap.Info) { i.Parameter[0].Value = "1" }), info2 + "parameter[1]"},
		{"alike", all(func(i *cap.Info) { i.Event = "Gefahrenmitteilung" }), ""},
	},
	"level.severity": {
		{"minor at level 2", level("2", cap.UrgencyImmediate, cap.SeverityMinor, cap.CertaintyObserved), info1 + "severity"},
		{"severe at level 2", level("2", cap.UrgencyImmediate, cap.SeveritySevere, cap.CertaintyObserved), ""},
	},
	"cell-broadcast.derived": {
		{"level 1", level("1", cap.UrgencyImmediate, cap.SeverityExtreme, cap.CertaintyObserved), info1 + "severity"},
		{"another level", level("2", cap.UrgencyImmediate, cap.SeverityExtreme, cap.CertaintyObserved), ""},
	},
	"cell-broadcast.level": {
		{"level 2 as level 1", level("2", cap.UrgencyImmediate, cap.SeverityExtreme, cap.CertaintyObserved), info1 + "severity"},
		{"level 1 as level 3", level("1", cap.UrgencyExpected, cap.SeverityMinor, cap.CertaintyLikely), info1 + "severity"},
		{"level 2", same, ""},
	},
	"cell-broadcast.grading": {
		{"that of feeds", level("3", cap.UrgencyImmediate, cap.SeverityMinor, cap.CertaintyObserved), info1 + "severity"},
		{"that of the channel", level("3", cap.UrgencyExpected, cap.SeverityMinor, cap.CertaintyLikely), ""},
		{"in an exercise", func(a *cap.Alert, o *check.Options) {
			level("3", cap.UrgencyImmediate, cap.SeverityMinor, cap.CertaintyObserved)(a, o)
			a.Status = cap.StatusExercise
		}, ""},
	},
	"cell-broadcast.too-long": {
		{"GSM", first(func(i *cap.Info) { i.Instruction = strings.Repeat("ä", 1400) }), info1 + "instruction"},
		{"Cyrillic", first(func(i *cap.Info) { i.Instruction = strings.Repeat("я", 620) }), info1 + "instruction"},
		{"fits", first(func(i *cap.Info) { i.Instruction = strings.Repeat("ä", 1300) }), ""},
	},
	"cell-broadcast.long": {
		{"long", first(func(i *cap.Info) { i.Instruction = strings.Repeat("ä", 500) }), info1 + "instruction"},
		{"too long is another rule's", first(func(i *cap.Info) { i.Instruction = strings.Repeat("ä", 1400) }), ""},
	},
	"cell-broadcast.characters": {
		{"letter", first(func(i *cap.Info) { i.Headline = "Hochwasser - Łódź" }), info1 + "headline"},
		{"plain twin", first(func(i *cap.Info) { i.Headline = "Hochwasser – Potsdam" }), ""},
		{"Polish", first(func(i *cap.Info) { i.Language, i.Headline = "pl", "Powódź - Łódź" }), ""},
	},
	"short-form.long": {
		{"long sentence", first(func(i *cap.Info) { i.Instruction = "Bleiben Sie " + strings.Repeat("aus Kellern ", 30) + "heraus." }), info1 + "instruction"},
		{"short", same, ""},
	},
	"area.missing": {{"none", first(func(i *cap.Info) { i.Area = nil }), info1 + "area"}, {"one", same, ""}},
	"area.shapeless": {
		{"words", all(func(i *cap.Info) { i.Area[0].Polygon, i.Area[0].Geocode = nil, nil }), info1 + "area[1]"},
		{"code", all(func(i *cap.Info) { i.Area[0].Polygon = nil }), ""},
	},
	"area.not-drawable": {
		{"codes", all(func(i *cap.Info) { i.Area[0].Polygon = nil }), info1 + "area[1]"},
		{"circle", all(func(i *cap.Info) {
			i.Area[0].Polygon, i.Area[0].Circle = nil, []cap.Circle{{Center: cap.Point{Lat: 52, Lon: 13}, RadiusKM: 3}}
		}), ""},
	},
	"area.heights": {
		{"upside down", first(func(i *cap.Info) { low, high := 100.0, 300.0; i.Area[0].Altitude, i.Area[0].Ceiling = &high, &low }), info1 + "area[1]/ceiling"},
		{"in order", first(func(i *cap.Info) { low, high := 100.0, 300.0; i.Area[0].Altitude, i.Area[0].Ceiling = &low, &high }), ""},
	},
	"area.swapped": {
		{"swapped", polygon("13,52.3 13,52.4 13.2,52.4 13,52.3"), info1 + "area[1]/polygon[1]"},
		{"elsewhere", polygon("38.47,-120.14 38.34,-119.95 38.52,-119.74 38.47,-120.14"), ""},
	},
	"polygon.crossing": {
		{"bow tie", polygon("52,13 53,14 53,13 52,14 52,13"), info1 + "area[1]/polygon[1]"},
		{"there and back", polygon("52,13 52,14 52,13.5 53,13.5 52,13"), info1 + "area[1]/polygon[1]"},
		{"a point on an edge", polygon("52,13 52,15 53,15 52,14 53,13 52,13"), info1 + "area[1]/polygon[1]"},
		{"a star", polygon("52,13 52.4,13.4 53,13.5 52.4,13.6 52,14 52,13"), ""},
		{"many points", polygon(ring(2000)), ""},
	},
	"polygon.unchecked": {
		{"a comb of 6000 points", polygon(comb(6000)), info1 + "area[1]/polygon[1]"},
		{"many points", polygon(ring(2000)), ""},
	},
	"polygon.repeated": {
		{"next to each other", polygon("52,13 52,13 53,14 53,13 52,13"), info1 + "area[1]/polygon[1]"},
		{"closed", same, ""},
	},
	"polygon.flat": {
		{"line", polygon("52,13 53,14 54,15 52,13"), info1 + "area[1]/polygon[1]"},
		{"point", polygon("52,13 52,13 52,13 52,13"), info1 + "area[1]/polygon[1]"},
		{"triangle", same, ""},
	},
	"polygon.antimeridian": {
		{"Fiji", polygon("-16,179 -16,-179 -18,-179 -18,179 -16,179"), info1 + "area[1]/polygon[1]"},
		{"Europe", same, ""},
	},
	"polygon.many-points": {{"101", polygon(ring(100)), info1 + "area[1]/polygon[1]"}, {"100", polygon(ring(99)), ""}},
	"polygon.precision": {
		{"seven", polygon("52.1234567,13 53,14 53,13 52.1234567,13"), info1 + "area[1]/polygon[1]"},
		{"six", polygon("52.123456,13 53,14 53,13 52.123456,13"), ""},
	},
	"circle.zero": {
		{"0", all(func(i *cap.Info) { i.Area[0].Circle = []cap.Circle{{}} }), info1 + "area[1]/circle[1]"},
		{"1", all(func(i *cap.Info) { i.Area[0].Circle = []cap.Circle{{RadiusKM: 1}} }), ""},
	},
	"circle.large": {
		{"metres", all(func(i *cap.Info) { i.Area[0].Circle = []cap.Circle{{RadiusKM: 5000}} }), info1 + "area[1]/circle[1]"},
		{"kilometres", all(func(i *cap.Info) { i.Area[0].Circle = []cap.Circle{{RadiusKM: 500}} }), ""},
	},
	"ars.missing": {
		{"other codes", geocode("SAME", "006109"), info1 + "area[1]/geocode"},
		{"MoWaS", all(func(i *cap.Info) {
			i.Area[0].Geocode = nil
			i.Parameter = append(i.Parameter, cap.NamedValue{ValueName: "warnVerwaltungsbereiche", Value: "066340000000,066320000000"})
		}), ""},
	},
	"ars.municipal": {{"AGS", geocode("AGS", "12054000"), info1 + "area[1]/geocode[1]"}, {"ARS", same, ""}},
	"ars.form": {
		{"district", geocode("urn:example:ARS", "12054"), info1 + "area[1]/geocode[1]"},
		{"letters", geocode("ARS", "12054000000X"), info1 + "area[1]/geocode[1]"},
		{"another's code", geocode("SAME", "12054"), ""},
	},
	"ars.land": {{"17", geocode("ARS", "170540000000"), info1 + "area[1]/geocode[1]"}, {"all of Germany", geocode("ARS", "000000000000"), ""}},
	"resource.nowhere": {
		{"neither", resource(cap.Resource{ResourceDesc: "Karte", MimeType: "image/png"}), info1 + "resource[1]/uri"},
		{"content", resource(image()), ""},
	},
	"resource.base64": {
		{"address", resource(cap.Resource{MimeType: "image/png", DerefURI: "https://a.example"}), info1 + "resource[1]/derefUri"},
		{"broken into lines", resource(image()), ""},
	},
	"resource.media-type": {
		{"word", resource(cap.Resource{MimeType: "PNG"}), info1 + "resource[1]/mimeType"},
		{"with parameter", resource(cap.Resource{MimeType: "text/html; charset=utf-8"}), ""},
	},
	"resource.digest-form": {
		{"MD5", resource(cap.Resource{Digest: "d41d8cd98f00b204e9800998ecf8427e"}), info1 + "resource[1]/digest"},
		{"SHA-1", resource(image()), ""},
	},
	"resource.digest-differs": {
		{"another", func(a *cap.Alert, o *check.Options) {
			r := image()
			r.DerefURI, r.Size = "Tm8=", nil
			resource(r)(a, o)
		}, info1 + "resource[1]/digest"},
		{"right", resource(image()), ""},
	},
	"resource.size-differs": {
		{"another", func(a *cap.Alert, o *check.Options) {
			r := image()
			*r.Size = 5
			resource(r)(a, o)
		}, info1 + "resource[1]/size"},
		{"right", resource(image()), ""},
	},
	"texts.nine-languages": {
		{"two of nine", func(_ *cap.Alert, o *check.Options) { o.Languages = nil }, "alert/info"},
		{"all", func(a *cap.Alert, o *check.Options) {
			o.Languages = nil
			for _, tag := range []string{"de-LS", "ar", "ES", "fr-FR", "pl", "ru", "tr"} {
				i := a.Info[0]
				i.Language = tag
				a.Info = append(a.Info, i)
			}
		}, ""},
	},
	"texts.repeated": {
		{"headline", first(func(i *cap.Info) { i.Description = "Hochwasser  - Potsdam" }), info1 + "description"},
		{"instruction", first(func(i *cap.Info) { i.Instruction = i.Description }), info1 + "instruction"},
		{"none", same, ""},
	},
	"headline.over-140": {
		{"141", first(func(i *cap.Info) { i.Headline = strings.Repeat("ä", 141) }), info1 + "headline"},
		{"161 is another rule's", first(func(i *cap.Info) { i.Headline = strings.Repeat("ä", 161) }), ""},
	},
	"headline.missing":    {{"none", first(func(i *cap.Info) { i.Headline = "" }), info1 + "headline"}, {"one", same, ""}},
	"description.missing": {{"none", first(func(i *cap.Info) { i.Description = "" }), info1 + "description"}, {"one", same, ""}},
	"instruction.missing": {
		{"none", first(func(i *cap.Info) { i.Instruction = "" }), info1 + "instruction"},
		{"cancel", func(a *cap.Alert, _ *check.Options) { a.MsgType, a.Info[0].Instruction = cap.MsgTypeCancel, "" }, ""},
	},
}

func TestAlertRules(t *testing.T) {
	for rule, cases := range alertCases {
		info := infoOf(t, rule)
		for _, test := range cases {
			t.Run(string(rule)+"/"+test.name, func(t *testing.T) {
				a, o := soundAlert(), soundOptions(info.Profiles[len(info.Profiles)-1])
				test.change(a, &o)
				var paths []string
				for _, f := range check.Alert(a, o) {
					if f.Rule == rule {
						paths = append(paths, f.Path)
						if f.Severity != info.Severity || f.Remedy == "" || strings.ContainsAny(f.Message, "{}") || f.Message == "" {
							t.Errorf("bad finding: %+v", f)
						}
					}
				}
				if diff := cmp.Diff(strings.Fields(test.paths), paths, cmpEmpty); diff != "" {
					t.Errorf("paths (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestErrorsAreWarningsUnderCAP holds that what strict reading lets through is
// valid, whatever the other profiles think of it.
func TestErrorsAreWarningsUnderCAP(t *testing.T) {
	for rule, cases := range alertCases {
		for _, test := range cases {
			a, o := soundAlert(), soundOptions(check.ProfileCAP)
			test.change(a, &o)
			for _, f := range check.Alert(a, o) {
				if f.Severity == cap.GravityError {
					t.Errorf("%s/%s: %v", rule, test.name, f)
				}
			}
		}
	}
}
