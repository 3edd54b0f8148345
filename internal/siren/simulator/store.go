// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package simulator

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/siren"
)

// Sounded is one start of a horn, a line of sounded.jsonl.
type Sounded struct {
	Siren  string    `json:"siren"`
	Frame  string    `json:"frame"`
	Signal string    `json:"signal"`
	At     time.Time `json:"at"`
}

// remembered is what one siren stored, a line of memory.jsonl; the last one counts.
type remembered struct {
	Siren  string       `json:"siren"`
	Memory siren.Memory `json:"memory"`
}

// store keeps the memories of a fleet and the record of what it sounded in two
// files that only grow. A line is with the kernel before put returns, so it
// survives the end of the process by any means; a real device would also wait
// for its flash.
type store struct {
	mu       sync.Mutex
	memories map[string]siren.Memory
	starts   []Sounded
	file     *os.File
	record   *os.File
}

func openStore(memories, record string) (*store, error) {
	s := &store{memories: map[string]siren.Memory{}}
	if err := os.MkdirAll(filepath.Dir(memories), 0o700); err != nil {
		return nil, err
	}
	err := readLines(memories, func(line remembered) { s.memories[line.Siren] = line.Memory })
	if err == nil {
		err = readLines(record, func(line Sounded) { s.starts = append(s.starts, line) })
	}
	if err == nil {
		err = s.compact(memories)
	}
	if err == nil {
		s.record, err = appendTo(record)
	}
	return s, err
}

// readLines reads a file of JSON lines. A last line without its end was torn
// when the process was killed: it never counted, and is cut off.
func readLines[T any](path string, take func(T)) error {
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	whole := bytes.LastIndexByte(raw, '\n') + 1
	for line := range bytes.Lines(raw[:whole]) {
		var value T
		if err := json.Unmarshal(line, &value); err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		take(value)
	}
	return os.Truncate(path, int64(whole))
}

// compact rewrites the memories with one line for each siren and goes on from there.
func (s *store) compact(path string) error {
	var lines bytes.Buffer
	encoder := json.NewEncoder(&lines)
	for id, memory := range s.memories {
		if err := encoder.Encode(remembered{id, memory}); err != nil {
			return err
		}
	}
	err := durable.Replace(path, lines.Bytes())
	if err == nil {
		s.file, err = appendTo(path)
	}
	return err
}

func appendTo(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
}

func (s *store) memory(id string) siren.Memory {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.memories[id]
}

func (s *store) put(id string, m siren.Memory) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := writeLine(s.file, remembered{id, m}); err != nil {
		return err
	}
	s.memories[id] = m
	return nil
}

func (s *store) sounded(start Sounded) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.starts = append(s.starts, start)
	return writeLine(s.record, start)
}

func (s *store) all() []Sounded {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.starts)
}

func writeLine(file *os.File, value any) error {
	line, err := json.Marshal(value)
	if err != nil {
		return err
	}
	n, err := file.Write(append(line, '\n'))
	if err != nil && n > 0 {
		// Half a line, on a full disk, would spoil the next one.
		if info, statErr := file.Stat(); statErr == nil {
			err = errors.Join(err, file.Truncate(info.Size()-int64(n)))
		}
	}
	return err
}

func (s *store) close(cause error) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := errors.Join(s.file.Close(), s.record.Close()); err != nil {
		return err
	}
	return cause
}
