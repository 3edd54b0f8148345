// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package study keeps the questions of planners with the files that they are
// about, has them reckoned one after the other, and keeps what came out. All of it
// is files: the same question about the same files has the same answer, to the
// byte, on every machine. docs/formats/study.md describes them.
//
// Planning is no warning matter. Nothing of it stands in the journal, and a node
// has studies reckoned by a process of its own, which may be slow, run out of
// memory or be killed without any warning being late.
package study

import (
	"time"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/coverage/earshot"
	"github.com/tocsin-alert/tocsin/internal/coverage/sites"
	"github.com/tocsin-alert/tocsin/internal/planning"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
)

// Role is what a kept file is for.
type Role string

// The roles.
const (
	Population Role = "population" // where people live
	Regions    Role = "regions"    // boundaries
	Sirens     Role = "sirens"     // those that stand
	Candidates Role = "candidates" // where sirens could stand
	Terrain    Role = "terrain"    // heights of the ground
)

// Roles lists the roles.
var Roles = []Role{Population, Regions, Sirens, Candidates, Terrain}

// Dataset is a kept file, and what was found in it.
type Dataset struct {
	// SHA256 is the digest of the file as it was given, in hexadecimal: its name
	// in questions. Of what the node knows itself it is OwnPrefix and the role,
	// until a study uses it.
	SHA256 string `json:"sha256"`
	Role   Role   `json:"role" enum:"population,regions,sirens,candidates,terrain"`
	Name   string `json:"name"`
	// Size is in bytes.
	Size    int64  `json:"size"`
	Licence string `json:"licence,omitempty"`
	// Counts are what is in it: cells, people and side of a population; regions;
	// sirens or candidates; and refused rows.
	Counts map[string]int64 `json:"counts,omitempty"`
	// Notes are what was not taken, at most 200 of NotesTotal.
	Notes      []planning.Note `json:"notes,omitempty"`
	NotesTotal int             `json:"notesTotal,omitempty"`
	By         string          `json:"by,omitempty"`
	At         time.Time       `json:"at,omitzero"`
}

// OwnPrefix begins the name of what the node knows itself: "node:sirens".
const OwnPrefix = "node:"

// Kind is what is asked.
type Kind string

// The kinds.
const (
	Coverage  Kind = "coverage"  // who hears which siren
	Sites     Kind = "sites"     // where the next should stand
	Programme Kind = "programme" // how to spend money over years
)

// Kinds lists the kinds.
var Kinds = []Kind{Coverage, Sites, Programme}

// Question is what a planner asks. Fields that do not belong to its kind are empty.
type Question struct {
	Title string `json:"title" maxLength:"200"`
	Kind  Kind   `json:"kind" enum:"coverage,sites,programme"`
	// Population, Regions, Sirens and Terrain are digests of kept files, or names
	// of what the node knows itself. Population is needed.
	Population string `json:"population"`
	Regions    string `json:"regions,omitempty"`
	Sirens     string `json:"sirens,omitempty"`
	Terrain    string `json:"terrain,omitempty"`
	// Within leaves out people and candidates elsewhere; sirens outside are still
	// heard. Empty stands for all.
	Within      []geo.ARS           `json:"within,omitempty" maxItems:"500"`
	Assumptions earshot.Assumptions `json:"assumptions,omitzero"`
	// Level in dB(A) is at what a siren counts as heard; 70 if 0.
	Level float64 `json:"level,omitempty"`

	// Candidates is "cells:500" for the most peopled cell of each square of 500 m,
	// or the digest of a kept list.
	Candidates string `json:"candidates,omitempty"`
	// Kinds are the sirens that can be built; those of package sites if empty.
	Kinds []sites.Kind `json:"kinds,omitempty" maxItems:"50"`
	// Budget is in euros. With a Share, 0 to 1 of all people, the least money for
	// it is sought instead.
	Budget float64 `json:"budget,omitempty"`
	Share  float64 `json:"share,omitempty"`

	// Years to Shares are those of planning.ProgrammeQuestion.
	Years  []planning.Year     `json:"years,omitempty" maxItems:"50"`
	Areas  []geo.ARS           `json:"areas,omitempty" maxItems:"500"`
	Split  planning.Key        `json:"split,omitempty"`
	Shares map[geo.ARS]float64 `json:"shares,omitempty"`

	// Steps bounds the search, so that it ends alike on every machine; 60 if 0.
	// Another Seed tries other choices.
	Steps int    `json:"steps,omitempty" minimum:"0" maximum:"100000"`
	Seed  uint64 `json:"seed,omitempty"`
}

// State is how far a study is.
type State string

// The states.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Over reports whether nothing more comes.
func (s State) Over() bool { return s == Done || s == Failed || s == Cancelled }

// The stages of a study.
const (
	StageReading   = "reading"
	StageReckoning = "reckoning"
	StageSearching = "searching"
	StageDrawing   = "drawing"
)

// Progress is how far a study is that runs.
type Progress struct {
	Stage string `json:"stage,omitempty" enum:"reading,reckoning,searching,drawing"`
	// Done of Total are bytes, parts or areas; Total is 0 where nobody knows.
	Done  int64 `json:"done,omitempty"`
	Total int64 `json:"total,omitempty"`
	// Covered to Cost are the best sites found so far: people, the bound that no
	// choice is better than, how far from it (0 to 1), and euros.
	Covered float64 `json:"covered,omitempty"`
	Bound   float64 `json:"bound,omitempty"`
	Gap     float64 `json:"gap,omitempty"`
	Cost    float64 `json:"cost,omitempty"`
}

// Figures are the answer in a few numbers, for lists.
type Figures struct {
	People float64 `json:"people"`
	// Before is those who hear the sirens that stand, Covered those who hear them
	// and the new ones.
	Before  float64 `json:"before"`
	Covered float64 `json:"covered"`
	// OtherCovered is those who hear the sirens that stand by the other model.
	OtherCovered float64 `json:"otherCovered"`
	// Cost is in euros, Gap from 0 to 1.
	Cost float64 `json:"cost,omitempty"`
	Gap  float64 `json:"gap,omitempty"`
	// Sites are new, Sirens stand, and Generated of these are made up.
	Sites     int `json:"sites,omitempty"`
	Sirens    int `json:"sirens"`
	Generated int `json:"generated,omitempty"`
}

// Failure is why a study failed: what is wrong, and what to do.
type Failure struct {
	Kind    problem.Kind    `json:"kind"`
	Rule    string          `json:"rule,omitempty"`
	Args    []string        `json:"args,omitempty"`
	Message string          `json:"message"`
	Remedy  string          `json:"remedy,omitempty"`
	Faults  []problem.Fault `json:"faults,omitempty"`
}

// failureOf is an error as it is kept and passed on. What is no problem is a defect
// of ours, and nothing of it is told.
func failureOf(err error) *Failure {
	d := problem.ErrorOf(problem.DocumentOf(err))
	return &Failure{Kind: d.Kind, Rule: d.Rule, Args: d.Args, Message: d.Message, Remedy: d.Remedy, Faults: d.Faults}
}

// In words the failure in a language.
func (f Failure) In(words catalogue.Language) *Failure { return failureOf(refusal.In(words, f.err())) }

func (f Failure) err() error {
	return &problem.Error{Kind: f.Kind, Rule: f.Rule, Args: f.Args, Message: f.Message, Remedy: f.Remedy, Faults: f.Faults}
}

// ResultFile is a file of a study that can be fetched.
type ResultFile struct {
	Name string `json:"name"`
	// Size is in bytes, of ArchiveFile without what packing adds.
	Size int64 `json:"size"`
}

// Study is a kept question with what became of it.
type Study struct {
	ID       string   `json:"id"`
	Question Question `json:"question"`
	// Files are what the question is about, by their names and digests.
	Files []planning.File `json:"files"`
	By    string          `json:"by"`
	At    time.Time       `json:"at"`

	State    State     `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Progress Progress  `json:"progress"`
	Failure  *Failure  `json:"failure,omitempty"`
	Finished time.Time `json:"finished,omitzero"`
	Summary  Figures   `json:"summary"`
	// Results are the files that came out.
	Results []ResultFile `json:"results"`
}

// Answer is what came out: the same for the same question and files.
type Answer struct {
	Question Question        `json:"question"`
	Files    []planning.File `json:"files"`
	// Notes are rows of the files that were not taken, at most 200 of NotesTotal.
	Notes      []planning.Note `json:"notes"`
	NotesTotal int             `json:"notesTotal"`
	// Coverage is who hears the sirens that stand, After who hears them and the
	// new ones; After is nil where none were asked for.
	Coverage  *planning.Coverage  `json:"coverage"`
	After     *planning.Coverage  `json:"after,omitempty"`
	Sites     *planning.Sites     `json:"sites,omitempty"`
	Programme *planning.Programme `json:"programme,omitempty"`
}

// Summary is the answer in a few numbers.
func (a Answer) Summary() Figures {
	s := Figures{
		People: float64(a.Coverage.People), Before: float64(a.Coverage.Covered), Covered: float64(a.Coverage.Covered),
		OtherCovered: float64(a.Coverage.Other.Covered), Sirens: a.Coverage.Sirens, Generated: a.Coverage.Generated,
	}
	if a.Sites != nil {
		s.Covered, s.Cost, s.Gap, s.Sites = a.Sites.Covered, a.Sites.Cost, a.Sites.Gap, len(a.Sites.Sites)
	}
	if a.Programme != nil {
		s.Covered, s.Cost, s.Gap, s.Sites = a.Programme.Covered, a.Programme.Spent, a.Programme.Gap, len(a.Programme.Sites)
	}
	return s
}
