// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package check

import (
	"crypto/sha1" // CAP 1.2 asks for SHA-1 in digest
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"mime"
	"strings"

	"github.com/tocsin-alert/tocsin/cap"
)

// eachResource makes a rule of what looks at one resource; equal ones are looked
// at once.
func eachResource(look func(r *cap.Resource, path string, report report)) func(*view, report) {
	return func(v *view, report report) {
		seen := once{}
		for _, info := range v.infos {
			for i := range info.Resource {
				r := info.Resource[i]
				r.ResourceDesc = ""
				if seen.first(r) {
					look(&info.Resource[i], fmt.Sprintf("%sresource[%d]/", info.path, i+1), report)
				}
			}
		}
	}
}

// content decodes the resource's own content; ok is false when it is no base64.
func content(r *cap.Resource) (decoded []byte, ok bool) {
	text := strings.Join(strings.Fields(r.DerefURI), "")
	decoded, err := base64.StdEncoding.DecodeString(text)
	return decoded, err == nil
}

func resourceNowhere(r *cap.Resource, path string, report report) {
	if blank(r.URI) && blank(r.DerefURI) {
		report(path + "uri")
	}
}

func resourceBase64(r *cap.Resource, path string, report report) {
	if _, ok := content(r); !ok {
		report(path + "derefUri")
	}
}

func resourceMediaType(r *cap.Resource, path string, report report) {
	if blank(r.MimeType) {
		return
	}
	kind, _, err := mime.ParseMediaType(r.MimeType)
	if main, sub, both := strings.Cut(kind, "/"); err != nil || !both || main == "" || sub == "" {
		report(path+"mimeType", r.MimeType)
	}
}

func resourceDigestForm(r *cap.Resource, path string, report report) {
	if sum, err := hex.DecodeString(strings.TrimSpace(r.Digest)); !blank(r.Digest) && (err != nil || len(sum) != sha1.Size) {
		report(path+"digest", r.Digest)
	}
}

func resourceDigestDiffers(r *cap.Resource, path string, report report) {
	stated, err := hex.DecodeString(strings.TrimSpace(r.Digest))
	decoded, ok := content(r)
	if err != nil || len(stated) != sha1.Size || !ok || len(decoded) == 0 {
		return
	}
	if sum := sha1.Sum(decoded); string(sum[:]) != string(stated) {
		report(path+"digest", hex.EncodeToString(sum[:]))
	}
}

func resourceSizeDiffers(r *cap.Resource, path string, report report) {
	if decoded, ok := content(r); ok && len(decoded) > 0 && r.Size != nil && *r.Size != int64(len(decoded)) {
		report(path+"size", int(*r.Size), len(decoded))
	}
}
