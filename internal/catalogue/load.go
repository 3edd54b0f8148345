// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package catalogue

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"go.yaml.in/yaml/v3"
)

//go:embed messages/*.yaml
var files embed.FS

// entry is the text of one key.
type entry struct {
	German  *phrase `yaml:"de"`
	English *phrase `yaml:"en"`
	Simple  *phrase `yaml:"de-simple"`
}

// phrase is a text in one language: plain, or one form per number.
type phrase struct {
	Zero, One, Other string
}

// UnmarshalYAML reads a text, or the mapping of its forms.
func (p *phrase) UnmarshalYAML(node *yaml.Node) error {
	if node.Kind == yaml.ScalarNode {
		p.Other = node.Value
	} else {
		forms := map[string]string{}
		if err := node.Decode(&forms); err != nil {
			return err
		}
		for form, text := range forms {
			switch form {
			case "zero":
				p.Zero = text
			case "one":
				p.One = text
			case "other":
				p.Other = text
			default:
				return fmt.Errorf("line %d: no such form %q; use zero, one and other", node.Line, form)
			}
		}
	}
	if p.Other == "" {
		return fmt.Errorf("line %d: the text is empty", node.Line)
	}
	return nil
}

func mustLoad(source fs.FS) map[string]entry {
	loaded, err := load(source)
	if err != nil {
		panic("catalogue: " + err.Error())
	}
	return loaded
}

// load reads every messages/*.yaml; a key stands in one file only.
func load(source fs.FS) (map[string]entry, error) {
	names, err := fs.Glob(source, "messages/*.yaml")
	if err != nil {
		return nil, fmt.Errorf("list the message files: %w", err)
	}
	all, origin := map[string]entry{}, map[string]string{}
	for _, name := range names {
		content, err := fs.ReadFile(source, name)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		entries, err := parse(content)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		for key, e := range entries {
			if other, taken := origin[key]; taken {
				return nil, fmt.Errorf("read %s: the key %q stands in %s already", name, key, other)
			}
			all[key], origin[key] = e, name
		}
	}
	return all, nil
}

func parse(content []byte) (map[string]entry, error) {
	decoder := yaml.NewDecoder(bytes.NewReader(content))
	decoder.KnownFields(true)
	entries := map[string]entry{}
	if err := decoder.Decode(&entries); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	for key, e := range entries {
		if e.German == nil || e.English == nil {
			return nil, fmt.Errorf("the key %q needs de and en", key)
		}
	}
	return entries, nil
}
