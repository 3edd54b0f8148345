// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population

import "fmt"

// The codes of faults and findings.
const (
	CodeFormat   = "population.format"   // not a file of a grid
	CodeColumns  = "population.columns"  // a column is missing
	CodeSide     = "population.side"     // no cells of the census
	CodeMemory   = "population.memory"   // needs more memory than is allowed
	CodeSize     = "population.size"     // larger than is taken
	CodeEmpty    = "population.empty"    // no inhabited cell could be taken
	CodeClasses  = "population.classes"  // classes of size, not people
	CodeValue    = "population.value"    // not a number of people
	CodeDecimal  = "population.decimal"  // a part of a person
	CodeNegative = "population.negative" // fewer than no people
	CodePosition = "population.position" // not a place of a cell
	CodeID       = "population.id"       // not the name of a cell
	CodeMismatch = "population.mismatch" // name and place of a cell disagree
	CodeYear     = "population.year"     // a cell of another census
	CodeTwice    = "population.twice"    // a cell for the second time
)

// Report tells what was made of a file's rows.
type Report struct {
	// Rows is the number of rows below the header, Cells that of the inhabited
	// cells taken from them, People the residents there.
	Rows   int   `json:"rows"`
	Cells  int   `json:"cells"`
	People int64 `json:"people"`
	// Side is a cell's side in metres, Year that of the census or 0.
	Side int `json:"side"`
	Year int `json:"year,omitempty"`
	// Empty is the number of rows without people: 0, nothing, or -1, by which the
	// Zensus 2011 says "uninhabited or secret".
	Empty int `json:"empty,omitempty"`
	// Secret is the number of rows whose value is kept secret (a dash or a dot).
	// Their people are in no cell.
	Secret int `json:"secret,omitempty"`
	// Refused is the number of rows that could not be taken; Findings say why.
	Refused  int       `json:"refused,omitempty"`
	Findings []Finding `json:"findings,omitempty"`
	// Licence is the line to show with the data. LicenceAssumed says that it was
	// not in the file and not given, but follows from what kind of file it is.
	Licence        string `json:"licence,omitempty"`
	LicenceAssumed bool   `json:"licenceAssumed,omitempty"`
	// Entry is the file within the archive that was read, if there is one.
	Entry string `json:"entry,omitempty"`
	// Digest is the SHA-256 of the file as it was given, in hexadecimal.
	Digest string `json:"sha256"`
}

// Finding is one kind of thing wrong with rows: where it was first, and how often.
type Finding struct {
	Code   string `json:"code"`
	Row    int    `json:"row"` // the first; the header is row 1
	Column string `json:"column,omitempty"`
	// Message is about the first row, Remedy about all.
	Message string `json:"message"`
	Remedy  string `json:"remedy"`
	Rows    int    `json:"rows"` // how many rows have it
}

// String is the finding in one line.
func (f Finding) String() string {
	where := fmt.Sprintf("row %d", f.Row)
	if f.Column != "" {
		where += ", column " + f.Column
	}
	if f.Rows > 1 {
		where += fmt.Sprintf(" and %d more", f.Rows-1)
	}
	return where + ": " + f.Message + " " + f.Remedy
}

// refuse counts a row that cannot be taken.
func (r *Report) refuse(f Finding) {
	r.Refused++
	for i := range r.Findings {
		if known := &r.Findings[i]; known.Code == f.Code && known.Column == f.Column {
			known.Rows++
			return
		}
	}
	f.Rows = 1
	r.Findings = append(r.Findings, f)
}
