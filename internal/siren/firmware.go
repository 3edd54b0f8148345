// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package siren

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// Firmware is what a device may install, as the root signed it.
type Firmware struct {
	// Release grows with every release; a device installs no lower one than it runs.
	Release uint32 `json:"release"`
	// Root is the version of the root that signs it.
	Root uint32 `json:"root"`
	// Size and Digest are the image's length in bytes and its SHA-256 digest.
	Size   uint64            `json:"size"`
	Digest [sha256.Size]byte `json:"-"`
	// Model is the hardware that it is for and Version its name for people; 1 to 40
	// bytes each.
	Model   string `json:"model"`
	Version string `json:"version"`
}

const (
	firmwareHeadBytes = 16 + sha256.Size
	maxFirmwareText   = 40
	maxImageBytes     = 1 << 40
)

// Describe reads an image and gives the manifest with its size and digest.
func (f Firmware) Describe(image io.Reader) (Firmware, error) {
	digest := sha256.New()
	size, err := io.Copy(digest, image)
	if err != nil {
		return Firmware{}, fmt.Errorf("read image: %w", err)
	}
	f.Size, f.Digest = uint64(size), [sha256.Size]byte(digest.Sum(nil))
	return f, nil
}

// Envelope writes the manifest without signatures; what does not fit is ErrDocumentForm.
func (f Firmware) Envelope() (Envelope, error) {
	b := binary.BigEndian.AppendUint32(nil, f.Release)
	b = binary.BigEndian.AppendUint32(b, f.Root)
	b = binary.BigEndian.AppendUint64(b, f.Size)
	b = append(b, f.Digest[:]...)
	for _, text := range []string{f.Model, f.Version} {
		if len(text) > maxFirmwareText {
			return Envelope{}, malformed("%q is longer than %d bytes", text, maxFirmwareText)
		}
		b = append(append(b, byte(len(text))), text...)
	}
	d := newEnvelope(KindFirmware, b)
	_, err := ReadFirmware(d)
	return d, err
}

// ReadFirmware reads a manifest and believes nothing of it.
func ReadFirmware(d Envelope) (Firmware, error) {
	b, err := d.content(KindFirmware)
	if err != nil {
		return Firmware{}, err
	}
	if len(b) < firmwareHeadBytes {
		return Firmware{}, malformed("%d bytes are no firmware manifest", len(b))
	}
	f := Firmware{
		Release: binary.BigEndian.Uint32(b), Root: binary.BigEndian.Uint32(b[4:]), Size: binary.BigEndian.Uint64(b[8:]),
		Digest: [sha256.Size]byte(b[16:firmwareHeadBytes]),
	}
	b = b[firmwareHeadBytes:]
	for _, text := range []*string{&f.Model, &f.Version} {
		if len(b) == 0 || len(b) <= int(b[0]) || b[0] == 0 || b[0] > maxFirmwareText || !utf8.Valid(b[1:1+b[0]]) {
			return Firmware{}, malformed("the manifest's texts are cut off, empty or too long")
		}
		*text, b = string(b[1:1+b[0]]), b[1+b[0]:]
	}
	if f.Release == 0 || f.Root == 0 || f.Size == 0 || f.Size > maxImageBytes || len(b) > 0 {
		return Firmware{}, malformed("the manifest has no release, root or likely size, or is followed by something")
	}
	return f, nil
}

// ErrFirmwareImage: the image is another one than the manifest's.
var ErrFirmwareImage = errors.New("siren: not the image of the manifest")

// OpenFirmware says what may be installed on hardware of the model that runs the
// release installed, 0 for none: it verifies the manifest with the root and
// compares the image.
func OpenFirmware(d Envelope, root Root, installed Firmware, image io.Reader) (Firmware, error) {
	f, err := ReadFirmware(d)
	switch {
	case err != nil:
		return Firmware{}, err
	case f.Root != root.Version:
		return Firmware{}, fmt.Errorf("%w: the manifest is for root %d, held %d", ErrDocumentRoot, f.Root, root.Version)
	}
	if err := root.Verify(d); err != nil {
		return Firmware{}, err
	}
	if installed.Model != "" && f.Model != installed.Model {
		return Firmware{}, fmt.Errorf("%w: it is for %q, not for %q", ErrFirmwareImage, f.Model, installed.Model)
	}
	if f.Release < installed.Release {
		return Firmware{}, fmt.Errorf("%w: release %d, installed %d", ErrDocumentOlder, f.Release, installed.Release)
	}
	found, err := f.Describe(io.LimitReader(image, int64(f.Size)+1))
	if err != nil {
		return Firmware{}, err
	}
	if found != f {
		return Firmware{}, fmt.Errorf("%w: %d bytes with the digest %x, want %d with %x", ErrFirmwareImage, found.Size, found.Digest, f.Size, f.Digest)
	}
	return f, nil
}
