// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package cap

import (
	"slices"

	"github.com/tocsin-alert/tocsin/cap/internal/lexical"
)

// Rule is the id of a rule; Rules lists all.
type Rule = lexical.Rule

// RuleInfo describes a rule.
type RuleInfo struct {
	ID Rule
	// Severity is that of the rule's findings. A refusal by the gate has none
	// of its own; it counts as an error.
	Severity Gravity
	// Title says what the rule asks for, in plain words.
	Title string
	// Source is the standard and its section that the rule comes from.
	Source string
}

// The rules of a strict reading and of Validate.
const (
	RuleRoot        Rule = "cap.root"
	RuleElement     Rule = "cap.element"
	RuleOrder       Rule = "cap.order"
	RuleCardinality Rule = "cap.cardinality"
	RuleAttribute   Rule = "cap.attribute"
	RuleContent     Rule = "cap.content"
	RuleValue       Rule = "cap.value"
	RuleTime        Rule = "cap.time"
	RuleLanguage    Rule = "cap.language"
	RuleURI         Rule = "cap.uri"
	RuleNumber      Rule = "cap.number"
	RuleIdentifier  Rule = "cap.identifier"
	RuleSender      Rule = "cap.sender"
	RuleScope       Rule = "cap.scope"
	RuleReferences  Rule = "cap.references"
	RulePolygon     Rule = "cap.polygon"
	RuleCircle      Rule = "cap.circle"
	RuleHeight      Rule = "cap.height"
	RuleResource    Rule = "cap.resource"
	RuleCharacter   Rule = "cap.character"
	RuleJSON        Rule = "cap.json"
)

const (
	schemaSource = "CAP-v1.2.xsd"
	limitSource  = "docs/formats/cap.md, The gate"
)

var gateRules = []RuleInfo{
	{lexical.RuleSize, GravityError, "A document is not larger than 1 MiB.", limitSource},
	{lexical.RuleEncoding, GravityError, "A document is in UTF-8, of characters that XML allows.", "XML 1.0, 2.2 and 4.3.3"},
	{lexical.RuleSyntax, GravityError, "A document is well-formed XML 1.0, or one JSON object.", "XML 1.0, 2.1; RFC 8259"},
	{lexical.RuleDoctype, GravityError, "A document has no document type declaration.", limitSource},
	{lexical.RuleEntity, GravityError, "A document uses no entities but XML's own five.", limitSource},
	{lexical.RuleInstruction, GravityError, "A document has no processing instructions.", limitSource},
	{lexical.RuleComment, GravityError, "A signed message has no comments.", limitSource},
	{lexical.RuleAfterRoot, GravityError, "Nothing follows the root element.", "XML 1.0, 2.1"},
	{lexical.RuleAttribute, GravityError, "An attribute stands once in a tag, and a tag has at most 32.", "XML 1.0, 3.1; Namespaces in XML 1.0, 6.3"},
	{lexical.RuleNamespace, GravityError, "Every prefix is declared, and xml and xmlns keep their meaning.", "Namespaces in XML 1.0, 3 and 5"},
	{lexical.RuleDepth, GravityError, "Elements lie at most 16 levels deep.", limitSource},
	{lexical.RuleElements, GravityError, "A document has at most 50,000 elements.", limitSource},
	{lexical.RuleText, GravityError, "An element's text and an attribute have at most 64 KiB; description, instruction, polygon and derefUri 512 KiB.", limitSource},
}

var strictRules = []RuleInfo{
	{RuleRoot, GravityError, "The root element is alert, in the namespace of CAP 1.2.", schemaSource},
	{RuleElement, GravityError, "Every element is one that CAP knows at its place.", schemaSource},
	{RuleOrder, GravityError, "Elements stand in the order of the schema.", schemaSource},
	{RuleCardinality, GravityError, "Required elements are there, and single ones stand once.", schemaSource},
	{RuleAttribute, GravityError, "Elements have no attributes.", schemaSource},
	{RuleContent, GravityError, "Text holds no elements, and between elements stands no text.", schemaSource},
	{RuleValue, GravityError, "Values of lists are the specified ones, in their exact case.", schemaSource},
	{RuleTime, GravityError, "Times have the form YYYY-MM-DDThh:mm:ss±hh:mm.", "CAP 1.2, 3.3.2; " + schemaSource},
	{RuleLanguage, GravityError, "A language is a tag of RFC 3066.", "CAP 1.2, 3.2.2; " + schemaSource},
	{RuleURI, GravityError, "Addresses have the form of a URI.", schemaSource},
	{RuleNumber, GravityError, "Numbers are decimals without exponent, of at most 24 digits.", schemaSource},
	{RuleIdentifier, GravityError, "The identifier is not empty and has no spaces, commas, < or &.", "CAP 1.2, 3.2.1"},
	{RuleSender, GravityError, "The sender is not empty and has no spaces, commas, < or &.", "CAP 1.2, 3.2.1"},
	{RuleScope, GravityError, "A restriction stands if and only if the scope is Restricted; a Private message has addresses.", "CAP 1.2, 3.2.1"},
	{RuleReferences, GravityError, "References are sender,identifier,sent triples with spaces between.", "CAP 1.2, 3.2.1"},
	{RulePolygon, GravityError, "A polygon has four latitude,longitude pairs or more on the globe, the last like the first.", "CAP 1.2, 3.2.4"},
	{RuleCircle, GravityError, "A circle is a latitude,longitude pair on the globe and a radius in kilometres.", "CAP 1.2, 3.2.4"},
	{RuleHeight, GravityError, "A ceiling stands only with an altitude.", "CAP 1.2, 3.2.4"},
	{RuleResource, GravityError, "A resource's size is not negative, and its uri is absolute unless derefUri is there.", "CAP 1.2, 3.2.3"},
	{RuleCharacter, GravityError, "Text is of characters that XML can carry.", "XML 1.0, 2.2"},
	{RuleJSON, GravityError, "A JSON message has CAP's element names as keys, once each, with values of their kinds.", "docs/formats/cap.md, JSON"},
}

// Rules lists the rules of the gate (ids "xml."), of a strict reading ("cap.")
// and the repairs of a lenient one ("repair.").
func Rules() []RuleInfo {
	return slices.Concat(gateRules, strictRules, repairRules)
}
