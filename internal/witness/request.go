// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package witness

import (
	"bytes"
	"errors"
	"fmt"
	"strconv"
	"strings"

	merkle "golang.org/x/mod/sumdb/tlog"
)

const (
	// path is that of the one call.
	path = "/add-checkpoint"
	// typeSize is the media type of the answer that names a size.
	typeSize = "text/x.tlog.size"
	// maxProof is how many hashes a consistency proof may have.
	maxProof = 63
	// maxBody bounds a request and an answer, in bytes: a checkpoint with many
	// signatures, and the proof.
	maxBody = maxFile + 4<<10
)

// request is the body of the call.
type request struct {
	old        int64
	proof      merkle.TreeProof
	checkpoint []byte
}

// errMalformed is the error of a body that is no request.
var errMalformed = errors.New("the request is malformed")

func (r request) encode() []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "old %d\n", r.old)
	for _, hash := range r.proof {
		fmt.Fprintf(&out, "%s\n", hash)
	}
	out.WriteByte('\n')
	out.Write(r.checkpoint)
	return out.Bytes()
}

// parseRequest reads a body in the one form that encode writes.
func parseRequest(body []byte) (request, error) {
	head, checkpoint, ok := bytes.Cut(body, []byte("\n\n"))
	lines := strings.Split(string(head), "\n")
	size, isOld := strings.CutPrefix(lines[0], "old ")
	if !ok || !isOld || len(lines)-1 > maxProof {
		return request{}, errMalformed
	}
	r := request{checkpoint: checkpoint}
	var err error
	if r.old, err = parseSize(size); err != nil {
		return request{}, fmt.Errorf("%w: line 1 is no old size", errMalformed)
	}
	for i, line := range lines[1:] {
		hash, err := merkle.ParseHash(line)
		if err != nil {
			return request{}, fmt.Errorf("%w: line %d is no hash", errMalformed, i+2)
		}
		r.proof = append(r.proof, hash)
	}
	return r, nil
}

// parseSize reads the size of a tree in its one form.
func parseSize(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil || n < 0 || strconv.FormatInt(n, 10) != text {
		return 0, fmt.Errorf("%q is not the size of a tree", text)
	}
	return n, nil
}
