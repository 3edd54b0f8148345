// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

// The rules of repairs, in the order in which a document goes through them.
const (
	RuleRepairEncoding     Rule = "repair.encoding"
	RuleRepairAround       Rule = "repair.around"
	RuleRepairDeclaration  Rule = "repair.declaration"
	RuleRepairControl      Rule = "repair.control"
	RuleRepairInstruction  Rule = "repair.instruction"
	RuleRepairEntity       Rule = "repair.entity"
	RuleRepairAmpersand    Rule = "repair.ampersand"
	RuleRepairPrefix       Rule = "repair.prefix"
	RuleRepairNamespace    Rule = "repair.namespace"
	RuleRepairName         Rule = "repair.name"
	RuleRepairPlace        Rule = "repair.place"
	RuleRepairOrder        Rule = "repair.order"
	RuleRepairTwice        Rule = "repair.twice"
	RuleRepairUnknown      Rule = "repair.unknown"
	RuleRepairAttribute    Rule = "repair.attribute"
	RuleRepairStrayText    Rule = "repair.stray-text"
	RuleRepairTags         Rule = "repair.tags"
	RuleRepairSignature    Rule = "repair.signature"
	RuleRepairPassword     Rule = "repair.password"
	RuleRepairNamedValue   Rule = "repair.named-value"
	RuleRepairEmpty        Rule = "repair.empty"
	RuleRepairMissing      Rule = "repair.missing"
	RuleRepairValue        Rule = "repair.value"
	RuleRepairUnknownValue Rule = "repair.unknown-value"
	RuleRepairList         Rule = "repair.list"
	RuleRepairSpace        Rule = "repair.space"
	RuleRepairToken        Rule = "repair.token"
	RuleRepairHTML         Rule = "repair.html"
	RuleRepairTime         Rule = "repair.time"
	RuleRepairZone         Rule = "repair.zone"
	RuleRepairDate         Rule = "repair.date"
	RuleRepairReference    Rule = "repair.reference"
	RuleRepairLanguage     Rule = "repair.language"
	RuleRepairURI          Rule = "repair.uri"
	RuleRepairPolygon      Rule = "repair.polygon"
	RuleRepairSwapped      Rule = "repair.swapped"
	RuleRepairWrapped      Rule = "repair.wrapped"
	RuleRepairOpen         Rule = "repair.open"
	RuleRepairCircle       Rule = "repair.circle"
	RuleRepairHeight       Rule = "repair.height"
	RuleRepairSize         Rule = "repair.size"
	RuleRepairUnusable     Rule = "repair.unusable"
	RuleRepairLimit        Rule = "repair.limit"
)

const lenientSource = "docs/formats/cap.md, Read leniently"

var repairRules = []RuleInfo{
	{RuleRepairEncoding, GravityWarning, "Text in another encoding, or with a wrong label, is converted to UTF-8.", lenientSource},
	{RuleRepairAround, GravityWarning, "What shows nothing before and behind a document is left out.", lenientSource},
	{RuleRepairDeclaration, GravityWarning, "An XML declaration may be malformed, of another version, or stand late.", lenientSource},
	{RuleRepairControl, GravityWarning, "Control characters are replaced by spaces.", lenientSource},
	{RuleRepairInstruction, GravityWarning, "A processing instruction is left out.", lenientSource},
	{RuleRepairEntity, GravityWarning, "HTML's entities are resolved.", lenientSource},
	{RuleRepairAmpersand, GravityWarning, "An & or < that begins nothing, and ]]>, stand for themselves.", lenientSource},
	{RuleRepairPrefix, GravityWarning, "An undeclared prefix is left out.", lenientSource},
	{RuleRepairNamespace, GravityWarning, "The namespace of CAP 1.0 or 1.1, one misspelled or unknown, or none, is read as that of CAP 1.2.", lenientSource},
	{RuleRepairName, GravityWarning, "Elements in other spelling get their proper names.", lenientSource},
	{RuleRepairPlace, GravityWarning, "Elements in another element than their own are moved there.", lenientSource},
	{RuleRepairOrder, GravityWarning, "Elements are put in the order of the schema.", lenientSource},
	{RuleRepairTwice, GravityWarning, "A second element where one may stand is joined to the first, or kept elsewhere; status, msgType and scope must not contradict themselves.", lenientSource},
	{RuleRepairUnknown, GravityWarning, "Elements that CAP does not know are kept as parameters or in the note.", lenientSource},
	{RuleRepairAttribute, GravityWarning, "Attributes are kept as parameters or in the note.", lenientSource},
	{RuleRepairStrayText, GravityWarning, "Text between elements is kept as a parameter or in the note.", lenientSource},
	{RuleRepairTags, GravityWarning, "Tags inside text are left out, their text is kept.", lenientSource},
	{RuleRepairSignature, GravityWarning, "A signature is not checked, and is left out.", lenientSource},
	{RuleRepairPassword, GravityWarning, "A password of CAP 1.0 is left out.", lenientSource},
	{RuleRepairNamedValue, GravityWarning, "name=value, attributes and several values are made pairs of valueName and value.", lenientSource},
	{RuleRepairEmpty, GravityWarning, "An empty element that may not be empty is left out.", lenientSource},
	{RuleRepairMissing, GravityWarning, "Missing elements get the value that says so.", lenientSource},
	{RuleRepairValue, GravityWarning, "Values of lists in other spelling are taken as those specified.", lenientSource},
	{RuleRepairUnknownValue, GravityWarning, "Unknown values of lists are kept as parameters; in their place stands the value that says so.", lenientSource},
	{RuleRepairList, GravityWarning, "Several values in one element are made one element each.", lenientSource},
	{RuleRepairSpace, GravityWarning, "White space around names is removed.", lenientSource},
	{RuleRepairToken, GravityWarning, "What identifier and sender may not contain is replaced by _.", lenientSource},
	{RuleRepairHTML, GravityWarning, "HTML in text is resolved.", lenientSource},
	{RuleRepairTime, GravityWarning, "Times in other forms are rewritten.", lenientSource},
	{RuleRepairZone, GravityWarning, "A time without offset gets the one that the message's other times name, else UTC.", lenientSource},
	{RuleRepairDate, GravityWarning, "A date is the beginning of its day; of expires, the end.", lenientSource},
	{RuleRepairReference, GravityWarning, "References are rewritten as triples; what is none is kept in the note.", lenientSource},
	{RuleRepairLanguage, GravityWarning, "A language is made a tag, else und.", lenientSource},
	{RuleRepairURI, GravityWarning, "Addresses are percent-encoded.", lenientSource},
	{RuleRepairPolygon, GravityWarning, "Polygons in other forms are rewritten.", lenientSource},
	{RuleRepairSwapped, GravityWarning, "Longitudes before latitudes are swapped, if they are impossible as they stand.", lenientSource},
	{RuleRepairWrapped, GravityWarning, "Longitudes to 360 are taken round the globe.", lenientSource},
	{RuleRepairOpen, GravityWarning, "Open polygons are closed.", lenientSource},
	{RuleRepairCircle, GravityWarning, "Circles in other forms, or with units, are rewritten.", lenientSource},
	{RuleRepairHeight, GravityWarning, "Heights with units are converted to feet.", lenientSource},
	{RuleRepairSize, GravityWarning, "Sizes with units are converted to bytes.", lenientSource},
	{RuleRepairUnusable, GravityWarning, "What cannot be used where it stands is kept as a parameter or in the note.", lenientSource},
	{RuleRepairLimit, GravityError, "A message that is repaired has at most 25,000 elements, needs at most 10,000 repairs, and is not larger after them than may be written.", lenientSource},
}

// maxRepairs is how many repairs make a message unreadable.
const maxRepairs = 10_000

// mostMended is how many elements a message that is repaired may have, which
// bounds the memory for it: a tree of its own. Warnings of every place in a
// country in eight languages have fewer.
const mostMended = 25_000
