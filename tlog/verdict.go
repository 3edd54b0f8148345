// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"time"
)

// Result is what a verification comes to. The ids are stable: other
// implementations and programs rely on them.
type Result string

// The results. Those that begin with "genuine" say that an authority that the
// trust file names released exactly this message.
const (
	// GenuineInForce: genuine, and nothing shows that it is over.
	GenuineInForce Result = "genuine-in-force"
	// GenuineEnded: genuine, but expired or ended, or it is the message that
	// ended its warning.
	GenuineEnded Result = "genuine-ended"
	// GenuineReplaced: genuine, but a later message updated it.
	GenuineReplaced Result = "genuine-replaced"
	// GenuineExercise: genuine, but part of an exercise.
	GenuineExercise Result = "genuine-exercise"
	// GenuineStale: genuine, but the proof is older than the caller allows, so
	// that the warning may have ended since.
	GenuineStale Result = "genuine-stale"

	// Altered: the log has a message of that identifier with other content.
	Altered Result = "altered"
	// AlteredForm: the content is that in the log; the bytes are not.
	AlteredForm Result = "altered-form"
	// OtherMessage: the proof is for another message than this one.
	OtherMessage Result = "other-message"
	// Unreadable: what should be the message is none that CAP allows.
	Unreadable Result = "unreadable"

	// NotLogged: there is no proof.
	NotLogged Result = "not-logged"
	// UnknownLog: the proof is from a log of no authority in the trust file.
	UnknownLog Result = "unknown-log"
	// BadProof: the proof does not lead to the log's root, or its leaf is none.
	BadProof Result = "bad-proof"
	// BadCheckpoint: the log's key did not sign the checkpoint.
	BadCheckpoint Result = "bad-checkpoint"
	// BadIssuer: none of the authority's keys signed the leaf.
	BadIssuer Result = "bad-issuer"
	// ForkedLog: the log has shown another root for the same size.
	ForkedLog Result = "forked-log"

	// WrongKind: the leaf is not about a message.
	WrongKind Result = "wrong-kind"
	// WrongAuthority: the leaf names another authority than the log's.
	WrongAuthority Result = "wrong-authority"
	// WrongRealm: an exercise in a live log, or the other way round.
	WrongRealm Result = "wrong-realm"
	// WrongTerritory: the authority may not warn there.
	WrongTerritory Result = "wrong-territory"
	// WrongSender: the sender is not one of the authority's.
	WrongSender Result = "wrong-sender"
	// Contradiction: leaf and message belong together, but say different things.
	Contradiction Result = "contradiction"

	// BadAssertion: a signature by an operator does not hold.
	BadAssertion Result = "bad-assertion"
	// AuthorIsReleaser: one key, or one person, did both.
	AuthorIsReleaser Result = "author-is-releaser"
	// TooFewPersons: fewer signed than the authority's rule asks for.
	TooFewPersons Result = "too-few-persons"
	// KeyNotEnrolled: the log has no enrolment of an operator's key in that
	// role at that time.
	KeyNotEnrolled Result = "key-not-enrolled"
	// KeyRevoked: an operator's key had been revoked.
	KeyRevoked Result = "key-revoked"
)

// Genuine reports whether the message is the authority's, be it in force or not.
func (r Result) Genuine() bool {
	switch r {
	case GenuineInForce, GenuineEnded, GenuineReplaced, GenuineExercise, GenuineStale:
		return true
	}
	return false
}

// Results are all results, in the order in which they are documented.
func Results() []Result {
	return []Result{
		GenuineInForce, GenuineEnded, GenuineReplaced, GenuineExercise, GenuineStale,
		Altered, AlteredForm, OtherMessage, Unreadable,
		NotLogged, UnknownLog, BadProof, BadCheckpoint, BadIssuer, ForkedLog,
		WrongKind, WrongAuthority, WrongRealm, WrongTerritory, WrongSender, Contradiction,
		BadAssertion, AuthorIsReleaser, TooFewPersons, KeyNotEnrolled, KeyRevoked,
	}
}

// Grade says how much stands behind a genuine message.
type Grade string

// The grades.
const (
	// GradeA: in the log, and a quorum of independent witnesses saw it there.
	GradeA Grade = "A"
	// GradeB: in the log; the witnesses have not confirmed it.
	GradeB Grade = "B"
	// GradeC: signed by the authority; the log could not be reached.
	GradeC Grade = "C"
)

// Note is something worth saying beside a result. The ids are stable.
type Note string

// The notes.
const (
	NoteKeysUnchecked   Note = "keys-unchecked"    // no key ring given: enrolment not checked
	NoteSoftwareKey     Note = "software-key"      // signed with a software key
	NoteBreakGlass      Note = "break-glass"       // signed with a key for emergencies that lay sealed
	NoteMessageAbsent   Note = "message-absent"    // there was no message to compare, the leaf alone was checked
	NoteStaleView       Note = "stale-view"        // the newest sign of life of the log is more than FreshFor old
	NoteNoTime          Note = "no-time"           // nothing shows when the log was seen
	NoteFuture          Note = "from-the-future"   // sent later than now
	NoteLaterIgnored    Note = "later-ignored"     // a later proof did not hold
	NoteLookalikeSender Note = "lookalike-sender"  // the sender is made to look like a trusted one
	NoteOwnMessage      Note = "own-message-wrong" // the bundle's own message is not the one in the log
)

// FreshFor is how long a log's sign of life counts as new.
const FreshFor = 5 * time.Minute

// skew is how far ahead of ours another clock may be.
const skew = 5 * time.Minute

// Difference is one field in which a message is not as the log has it.
type Difference struct {
	// Field is a path such as info[0].headline; or "content" when the words
	// differ and the original is not at hand to say which.
	Field  string `json:"field"`
	Logged string `json:"logged"`
	Found  string `json:"found"`
}

// Verdict is what Verify found.
type Verdict struct {
	Result Result `json:"result"`
	// Detail is a sentence for a log, in English; callers have words of their
	// own for each result.
	Detail string `json:"detail,omitempty"`
	// Fault is what is wrong with an assertion, for BadAssertion.
	Fault Fault `json:"fault,omitempty"`
	Grade Grade `json:"grade,omitempty"`
	// Authority and Log are the id and origin that the trust file has; they are
	// set from BadCheckpoint on, so also when the claim is false.
	Authority string `json:"authority,omitempty"`
	Log       string `json:"log,omitempty"`
	Index     int64  `json:"index,omitempty"`
	// Leaf is set when it is in the log, or signed by the authority, for sure.
	Leaf        *Leaf        `json:"-"`
	Differences []Difference `json:"differences,omitempty"`
	Notes       []Note       `json:"notes,omitempty"`
	// Ended is when the warning expired, ended or was replaced.
	Ended time.Time `json:"ended,omitzero"`
	// View is the newest time at which the log is known to have been seen.
	View time.Time `json:"view,omitzero"`
	// Witnesses are the names of those that count for the grade.
	Witnesses []string `json:"witnesses,omitempty"`
	// Resembles is the trusted sender that a false one looks like.
	Resembles string `json:"resembles,omitempty"`
}
