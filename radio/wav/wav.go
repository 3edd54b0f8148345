// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package wav reads and writes sound as radio equipment takes it: one channel of
// 16-bit samples, in a RIFF WAVE file or without any header.
package wav

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"time"
)

// Bounds of what is read and written.
const (
	MinRate     = 8000    // samples per second
	MaxRate     = 192_000 // samples per second
	DefaultRate = 22_050  // samples per second, what multimon-ng takes

	// MaxSamples is what one sound holds at most: 12 minutes at the default rate.
	MaxSamples = 1 << 24
)

// Sound is one channel of samples.
type Sound struct {
	Rate    int // samples per second
	Samples []int16
}

// Duration is how long the sound takes.
func (s Sound) Duration() time.Duration {
	return time.Duration(float64(len(s.Samples)) / float64(s.Rate) * float64(time.Second))
}

// CheckRate refuses a rate out of bounds.
func CheckRate(rate int) error {
	if rate < MinRate || rate > MaxRate {
		return fmt.Errorf("rate %d: it must be %d to %d samples per second", rate, MinRate, MaxRate)
	}
	return nil
}

// Raw gives the samples without a header: signed, 16 bits, little-endian.
func (s Sound) Raw() []byte {
	raw := make([]byte, 0, 2*len(s.Samples))
	for _, v := range s.Samples {
		raw = binary.LittleEndian.AppendUint16(raw, uint16(v))
	}
	return raw
}

const (
	formatPCM        = 1
	formatExtensible = 0xFFFE
	headerBytes      = 44
)

// Bytes gives the sound as a WAVE file: a header of 44 bytes and the samples.
func (s Sound) Bytes() ([]byte, error) {
	if err := CheckRate(s.Rate); err != nil {
		return nil, err
	}
	if len(s.Samples) > MaxSamples {
		return nil, fmt.Errorf("%d samples: one file holds at most %d", len(s.Samples), MaxSamples)
	}
	size := uint32(2 * len(s.Samples))
	out := make([]byte, 0, headerBytes+size)
	out = append(out, "RIFF"...)
	out = binary.LittleEndian.AppendUint32(out, headerBytes-8+size)
	out = append(out, "WAVEfmt "...)
	out = binary.LittleEndian.AppendUint32(out, 16)
	out = binary.LittleEndian.AppendUint16(out, formatPCM)
	out = binary.LittleEndian.AppendUint16(out, 1)
	out = binary.LittleEndian.AppendUint32(out, uint32(s.Rate))
	out = binary.LittleEndian.AppendUint32(out, uint32(2*s.Rate))
	out = binary.LittleEndian.AppendUint16(out, 2)
	out = binary.LittleEndian.AppendUint16(out, 16)
	out = append(out, "data"...)
	out = binary.LittleEndian.AppendUint32(out, size)
	return append(out, s.Raw()...), nil
}

// Read reads a WAVE file of one channel of 16-bit samples. Chunks other than
// "fmt " and "data" are passed over; a file whose data chunk says that its length
// is unknown, as programs write it into pipes, is read to its end. The errors
// name what is wrong and the bytes where it stands.
func Read(r io.Reader) (Sound, error) {
	in := &counter{r: r}
	var riff [12]byte
	if err := in.fill(riff[:]); err != nil {
		return Sound{}, fmt.Errorf("read header: %w", err)
	}
	if string(riff[:4]) != "RIFF" || string(riff[8:]) != "WAVE" {
		return Sound{}, errors.New("no WAVE file: it does not begin with RIFF and WAVE")
	}
	var s Sound
	for {
		at := in.n
		var head [8]byte
		if err := in.fill(head[:]); err != nil {
			return Sound{}, fmt.Errorf("read chunk at byte %d: %w; the file has no data chunk", at, err)
		}
		size := binary.LittleEndian.Uint32(head[4:])
		switch string(head[:4]) {
		case "fmt ":
			rate, err := in.format(size)
			if err != nil {
				return Sound{}, fmt.Errorf("fmt chunk at byte %d: %w", at, err)
			}
			s.Rate = rate
			continue
		case "data":
			if s.Rate == 0 {
				return Sound{}, fmt.Errorf("data chunk at byte %d: no fmt chunk stands before it", at)
			}
			var err error
			if s.Samples, err = in.samples(size); err != nil {
				return Sound{}, fmt.Errorf("data chunk at byte %d: %w", at, err)
			}
			return s, nil
		}
		if err := in.skip(size); err != nil {
			return Sound{}, fmt.Errorf("chunk %q at byte %d: %w", head[:4], at, err)
		}
	}
}

// counter reads and knows how far it is.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) fill(into []byte) error {
	n, err := io.ReadFull(c.r, into)
	c.n += int64(n)
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// skip passes over a chunk and the byte that pads it to an even length.
func (c *counter) skip(size uint32) error {
	length := int64(size) + int64(size%2)
	n, err := io.CopyN(io.Discard, c.r, length)
	c.n += n
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// pcm is the tail of the sub-format of integer samples in the extensible form.
const pcm = "\x01\x00\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"

func (c *counter) format(size uint32) (rate int, err error) {
	if size < 16 || size > 256 {
		return 0, fmt.Errorf("%d bytes long, not 16 to 256", size)
	}
	chunk := make([]byte, size+size%2)
	if err := c.fill(chunk); err != nil {
		return 0, err
	}
	tag := binary.LittleEndian.Uint16(chunk)
	if tag == formatExtensible && size >= 40 && string(chunk[24:40]) == pcm {
		tag = formatPCM
	}
	channels, bits := binary.LittleEndian.Uint16(chunk[2:]), binary.LittleEndian.Uint16(chunk[14:])
	if tag != formatPCM || channels != 1 || bits != 16 {
		return 0, fmt.Errorf("format %d with %d channels of %d bits: only one channel of 16-bit integer samples is read (sox IN -c 1 -b 16 -e signed OUT.wav makes it)", tag, channels, bits)
	}
	if declared := binary.LittleEndian.Uint32(chunk[4:]); declared <= math.MaxInt32 {
		rate = int(declared)
	}
	return rate, CheckRate(rate)
}

// unknownLength is the least length of a data chunk that stands for "to the end".
const unknownLength = 0x7FFF_0000

func (c *counter) samples(size uint32) ([]int16, error) {
	streamed := size >= unknownLength
	if !streamed && (size%2 != 0 || size/2 > MaxSamples) {
		return nil, fmt.Errorf("%d bytes long: it must be even and at most %d (sox IN OUT.wav trim 0 60 cuts it)", size, 2*MaxSamples)
	}
	var samples []int16
	if !streamed {
		samples = make([]int16, 0, size/2) // memory that a short file does not fill is never touched
	}
	block := make([]byte, 1<<15)
	for streamed || len(samples) < int(size/2) {
		want := block
		if rest := int(size/2) - len(samples); !streamed && 2*rest < len(block) {
			want = block[:2*rest]
		}
		n, err := io.ReadFull(c.r, want)
		c.n += int64(n)
		for i := 0; i+1 < n; i += 2 {
			samples = append(samples, int16(binary.LittleEndian.Uint16(want[i:])))
		}
		if len(samples) > MaxSamples {
			return nil, fmt.Errorf("more than %d samples (sox IN OUT.wav trim 0 60 cuts it)", MaxSamples)
		}
		end := errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF)
		if end && streamed {
			return samples, nil
		}
		if end {
			return nil, fmt.Errorf("the file ends after %d of %d samples", len(samples), size/2)
		}
		if err != nil {
			return nil, err
		}
	}
	return samples, nil
}
