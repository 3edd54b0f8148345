// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package tlog

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
)

// decodeJSON reads one JSON object as every reader would: it refuses what they
// understand differently. Those are a name twice in one object, a name in other
// letters than the field's, unknown names, and anything after the object.
func decodeJSON(raw []byte, into any) error {
	known := map[string]bool{}
	fieldNames(reflect.TypeOf(into), known)
	if err := checkNames(raw, known); err != nil {
		return err
	}
	decoder := json.NewDecoder(bytes.NewReader(raw))
	decoder.DisallowUnknownFields()
	return decoder.Decode(into)
}

// fieldNames collects the JSON names of a type and of those within it.
func fieldNames(t reflect.Type, known map[string]bool) {
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice:
		fieldNames(t.Elem(), known)
	case reflect.Struct:
		for field := range t.Fields() {
			if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "" {
				known[name] = true
				fieldNames(field.Type, known)
			}
		}
	}
}

func checkNames(raw []byte, known map[string]bool) error {
	decoder := json.NewDecoder(bytes.NewReader(raw))
	var seen []map[string]bool // nil for an array
	isName := false
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('{'):
			seen, isName = append(seen, map[string]bool{}), true
			continue
		case json.Delim('['):
			seen = append(seen, nil)
		case json.Delim('}'), json.Delim(']'):
			seen = seen[:len(seen)-1]
		default:
			if isName {
				name := token.(string) // where a name stands there is nothing else
				if !known[name] {
					return fmt.Errorf("there is no field %q", name)
				}
				if seen[len(seen)-1][name] {
					return fmt.Errorf("the field %q is there twice in one object", name)
				}
				seen[len(seen)-1][name], isName = true, false
				continue
			}
		}
		if len(seen) == 0 {
			if decoder.More() {
				return errors.New("there is something after the object")
			}
			continue
		}
		isName = seen[len(seen)-1] != nil
	}
}
