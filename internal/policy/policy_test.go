// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

// Package policy holds the rules of the source tree as tests: who may import
// whom and why, package comments, licence headers, formatting and tidiness.
package policy

import (
	"bytes"
	"encoding/json"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/tocsin-alert/tocsin/"

// floors lists the rooms from the ground up. A package imports only from floors
// below its own, or from packages under its own folder.
var floors = []struct {
	why   string
	rooms []string
}{
	{"libraries know nothing of the system, so that others can use them alone",
		[]string{"acoustics", "cap", "geo", "radio", "siting", "web"}},
	{"who checks warnings needs to read them, and nothing else of the system",
		[]string{"tlog"}},
	{"files that must survive a crash are written by one package, which knows nobody",
		[]string{"internal/durable"}},
	{"how much memory there is, for who begins work that needs much",
		[]string{"internal/machine"}},
	{"tests take the power from disks, wait, and listen, whatever it is for",
		[]string{"internal/powercut", "internal/eventually", "internal/freeport"}},
	{"errors and words are for everyone and know nobody",
		[]string{"internal/problem", "internal/catalogue"}},
	{"processes that hold keys answer the node beside them in one way",
		[]string{"internal/unixsocket"}},
	{"witnesses know logs, and nothing of what is in them",
		[]string{"internal/witness"}},
	{"the journal and the bus carry what others mean",
		[]string{"internal/journal", "internal/bus", "internal/refusal"}},
	{"what drives the journal and the bus, and the envelope of a command",
		[]string{"internal/engine", "internal/command"}},
	{"pure knowledge of authorities, sirens and wording",
		[]string{"internal/authority", "internal/siren", "internal/wording"}},
	{"the people, and what they sign",
		[]string{"internal/operator"}},
	{"when sirens are tested, and who may",
		[]string{"internal/siren/testplan"}},
	{"the rules of a warning's life are pure: they know people and authorities, not channels or screens",
		[]string{"internal/warning"}},
	{"the public log knows warnings and people, and is written by the core",
		[]string{"internal/publiclog"}},
	{"dispatch and reach know warnings, but no channel and no screen",
		[]string{"internal/dispatch", "internal/coverage", "internal/intake"}},
	{"which way to a siren is used when, without knowing what carries it",
		[]string{"internal/siren/route"}},
	{"certificates of sirens come from a book in the journal, whatever transport they are for",
		[]string{"internal/siren/enrolment"}},
	{"plans stand on who hears which siren, and on the registry",
		[]string{"internal/planning"}},
	{"transports of sirens speak to brokers; the rules of devices stay below",
		[]string{"internal/siren/mqtt", "internal/siren/radio", "internal/siren/controller", "internal/siren/onair"}},
	{"tests of sirens are carried out over the transport, and the node's own broker knows its topics",
		[]string{"internal/siren/testrun", "internal/siren/listener"}},
	{"real and simulated devices use the same transport",
		[]string{"internal/siren/agent", "internal/siren/simulator"}},
	{"other systems are shown the sirens",
		[]string{"internal/siren/homeassistant"}},
	{"a fleet with its broker for the tests of others",
		[]string{"internal/siren/sirentest"}},
	{"roles and channels meet only over the journal and the bus, so that each can run as its own process",
		[]string{"internal/core", "internal/console", "internal/public", "internal/channel/siren", "internal/channel/public", "internal/channel/webhook", "internal/channel/channeltest"}},
	{"the node builds everything from one configuration",
		[]string{"internal/node", "internal/client"}},
	{"the demo is a node with a made-up authority and a simulated fleet",
		[]string{"internal/demo"}},
	{"audits of logs speak to people as the pages do, and know no node",
		[]string{"internal/logaudit"}},
	{"what commands read and write of messages",
		[]string{"internal/capfile", "internal/captext"}},
	{"a verdict shows texts of messages",
		[]string{"internal/verification"}},
	{"what the check command reports of them",
		[]string{"internal/capreport"}},
	{"commands hold no logic", []string{"cmd/tocsin", "cmd/tocsin-agent"}},
}

// forbidden names imports that are wrong whatever the floor.
var forbidden = []struct{ from, to, why string }{
	{"internal/warning", "net/http", "the rules do no I/O"},
	{"internal/warning", "os", "the rules do no I/O"},
	{"internal/authority", "os", "the rules do no I/O"},
	{"internal/siren", "net", "device rules are pure; transports live in siren/mqtt"},
	{"internal/public", "github.com/tocsin-alert/tocsin/internal/siren", "the public page knows no sirens: some towns keep their sites secret"},
	{"internal/channel", "net/http/httptest", "test servers stay in tests"},
}

type goPackage struct {
	ImportPath   string
	Dir          string
	Imports      []string
	GoFiles      []string
	TestGoFiles  []string
	XTestGoFiles []string
}

func packages(t *testing.T) []goPackage {
	t.Helper()
	command := exec.Command("go", "list", "-json=ImportPath,Dir,Imports,GoFiles,TestGoFiles,XTestGoFiles", "./...")
	command.Dir = root(t)
	out, err := command.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []goPackage
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p goPackage
		if err := decoder.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func root(t *testing.T) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// room finds the floor of a package: that of the longest room that is its
// folder or one above it. Floor -1 means that it has none.
func room(path string) (floor int, name string) {
	floor = -1
	for i, f := range floors {
		for _, r := range f.rooms {
			if (path == r || strings.HasPrefix(path, r+"/")) && len(r) > len(name) {
				floor, name = i, r
			}
		}
	}
	return floor, name
}

func TestImportsPointDown(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		if strings.HasPrefix(from, "internal/policy") || strings.HasPrefix(from, "e2e") || strings.HasPrefix(from, "bench") {
			continue
		}
		floor, own := room(from)
		if floor < 0 {
			t.Errorf("%s stands on no floor: add it to the list in this test and to ARCHITECTURE.md", from)
			continue
		}
		for _, imported := range p.Imports {
			for _, f := range forbidden {
				if (from == f.from || f.from == "internal/channel" && strings.HasPrefix(from, f.from)) && imported == f.to {
					t.Errorf("%s imports %s: %s", from, imported, f.why)
				}
			}
			to, ours := strings.CutPrefix(imported, module)
			if !ours {
				continue
			}
			below, other := room(to)
			if other != own && below >= floor {
				t.Errorf("%s imports %s, which is not below it: %s", from, to, floors[floor].why)
			}
		}
	}
}

func TestLibrariesImportOnlyTheStandardLibrary(t *testing.T) {
	for _, p := range packages(t) {
		from := strings.TrimPrefix(p.ImportPath, module)
		library, _, _ := strings.Cut(from, "/")
		if !slices.Contains([]string{"acoustics", "cap", "geo", "radio", "siting", "tlog"}, library) {
			continue
		}
		for _, imported := range p.Imports {
			if library == "tlog" && (imported == module+"cap" || strings.HasPrefix(imported, "golang.org/x/mod/sumdb/")) {
				continue // the tree and the signed notes, and the one parser of messages
			}
			if strings.Contains(strings.Split(imported, "/")[0], ".") && imported != module+library && !strings.HasPrefix(imported, module+library+"/") {
				t.Errorf("%s imports %s: the library must be usable without anything else", from, imported)
			}
		}
	}
}

func TestEveryPackageHasOneComment(t *testing.T) {
	for _, p := range packages(t) {
		files := p.GoFiles
		if len(files) == 0 {
			files = slices.Concat(p.TestGoFiles, p.XTestGoFiles)
		}
		var with []string
		for _, name := range files {
			parsed, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.PackageClauseOnly|parser.ParseComments)
			if err != nil {
				t.Fatal(err)
			}
			if parsed.Doc != nil && strings.TrimSpace(parsed.Doc.Text()) != "" {
				with = append(with, name)
			}
		}
		if len(with) != 1 {
			t.Errorf("%s has %d package comments (%v), not one", p.ImportPath, len(with), with)
		}
	}
}

// headed are the endings of files that carry their licence in their first
// lines; all others name it in REUSE.toml or in a file beside them.
var headed = []string{".go", ".ts", ".css", ".html", ".yaml", ".yml", ".toml", ".sh", ".md"}

// elsewhere are the folders whose files come from others and name their own licence.
var elsewhere = []string{"web/vendor/", "web/dist/", "LICENSES/", "e2e/testdata/"}

func TestEveryFileNamesItsLicence(t *testing.T) {
	for _, path := range tracked(t) {
		if slices.ContainsFunc(elsewhere, func(prefix string) bool { return strings.HasPrefix(path, prefix) }) || !slices.Contains(headed, filepath.Ext(path)) {
			continue
		}
		if _, err := os.Stat(filepath.Join(root(t), path+".license")); err == nil {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root(t), path))
		if err != nil {
			t.Fatal(err)
		}
		if head := content[:min(len(content), 400)]; !bytes.Contains(head, []byte("SPDX-License-Identifier: ")) || !bytes.Contains(head, []byte("SPDX-FileCopyrightText: ")) {
			t.Errorf("%s has no licence header", path)
		}
	}
}

// tracked lists the files of the tree that are, or would be, under version control.
func tracked(t *testing.T) []string {
	t.Helper()
	command := exec.Command("git", "ls-files", "--cached", "--others", "--exclude-standard")
	command.Dir = root(t)
	out, err := command.Output()
	if err != nil {
		t.Skipf("no git here to list the files: %v", err)
	}
	var paths []string
	for path := range strings.Lines(string(out)) {
		path = strings.TrimSuffix(path, "\n")
		if _, err := os.Stat(filepath.Join(root(t), path)); err == nil {
			paths = append(paths, path)
		}
	}
	return paths
}

func TestGoFilesAreFormatted(t *testing.T) {
	command := exec.Command("gofmt", "-l", ".")
	command.Dir = root(t)
	out, err := command.CombinedOutput()
	if err != nil {
		t.Fatalf("gofmt: %v %s", err, out)
	}
	if len(out) > 0 {
		t.Errorf("run gofmt -w on:\n%s", out)
	}
}

func TestModuleFilesAreTidy(t *testing.T) {
	command := exec.Command("go", "mod", "tidy", "-diff")
	command.Dir = root(t)
	if out, err := command.CombinedOutput(); err != nil {
		t.Errorf("run go mod tidy: %v\n%s", err, out)
	}
}

// The project speaks of itself alone, and nothing of where it was made stays in it.
func TestNothingOfTheWorkshopStaysIn(t *testing.T) {
	traces := []string{"/work/" + "main", "/work/" + "shared", "registry.npm" + "js.org", "proxy." + "golang.org"}
	for _, path := range tracked(t) {
		if strings.HasPrefix(path, "web/vendor/") || strings.HasPrefix(path, "web/dist/") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root(t), path))
		if err != nil {
			t.Fatal(err)
		}
		for _, trace := range traces {
			if bytes.Contains(content, []byte(trace)) {
				t.Errorf("%s names %s", path, trace)
			}
		}
	}
}

// The documents link to each other and to the code by relative paths.
func TestDocumentsLinkToWhatExists(t *testing.T) {
	for _, path := range tracked(t) {
		if filepath.Ext(path) != ".md" || strings.HasPrefix(path, "web/vendor/") || strings.HasPrefix(path, "LICENSES/") {
			continue
		}
		content, err := os.ReadFile(filepath.Join(root(t), path))
		if err != nil {
			t.Fatal(err)
		}
		for _, target := range links(string(content)) {
			file, _, _ := strings.Cut(target, "#")
			if file == "" || strings.Contains(file, "://") || strings.HasPrefix(file, "mailto:") {
				continue
			}
			if _, err := os.Stat(filepath.Join(root(t), filepath.Dir(path), file)); err != nil {
				t.Errorf("%s links to %s, which is not there", path, target)
			}
		}
	}
}

func links(markdown string) []string {
	var targets []string
	for rest := markdown; ; {
		_, after, found := strings.Cut(rest, "](")
		if !found {
			return targets
		}
		target, tail, closed := strings.Cut(after, ")")
		if !closed {
			return targets
		}
		targets = append(targets, target)
		rest = tail
	}
}

// A file that a stranger opens should hold one idea.
func TestFilesStayShort(t *testing.T) {
	const limit = 600
	err := filepath.WalkDir(root(t), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == ".git" || d.Name() == "vendor" || d.Name() == "dist" || d.Name() == "node_modules") {
			return fs.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if lines := bytes.Count(content, []byte("\n")); lines > limit {
			t.Errorf("%s has %d lines: split it by idea (limit %d)", path, lines, limit)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
