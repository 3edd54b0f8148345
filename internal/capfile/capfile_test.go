// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package capfile

import (
	"archive/zip"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/tocsin-alert/tocsin/cap"
	"github.com/tocsin-alert/tocsin/cap/container"
)

func message(identifier string) string {
	return fmt.Sprintf(`<alert xmlns=%q>
  <identifier>%s</identifier>
  <sender>s@kreis.example</sender>
  <sent>2026-11-23T14:00:00+01:00</sent>
  <status>Actual</status>
  <msgType>Alert</msgType>
  <scope>Public</scope>
</alert>`, cap.Namespace, identifier)
}

func feed(entries ...string) string {
	return `<feed xmlns="http://www.w3.org/2005/Atom"><id>urn:x</id><title>t</title><updated>2026-11-23T13:00:00Z</updated>` + strings.Join(entries, "") + `</feed>`
}

func link(href string) string {
	return fmt.Sprintf(`<entry><id>urn:%s</id><title>t</title><updated>2026-11-23T13:00:00Z</updated><link type="application/cap+xml" href="%s"/></entry>`, href, href)
}

// seen runs an opener and describes what it gives, then what it notes.
func seen(t *testing.T, o *Opener, names ...string) []string {
	t.Helper()
	var lines, notes []string
	o.Note = func(file string, note cap.Finding) { notes = append(notes, fmt.Sprintf("%s: %s", file, note.Rule)) }
	for m := range o.Messages(context.Background(), names) {
		reading, err := m.Read(cap.Strict)
		switch {
		case err != nil:
			lines = append(lines, fmt.Sprintf("%s: %v", m.File, err))
		default:
			lines = append(lines, fmt.Sprintf("%s: %s %v", m.File, reading.Alert.Identifier, reading.Valid()))
		}
	}
	return append(lines, notes...)
}

func write(t *testing.T, folder, name, content string) string {
	t.Helper()
	path := filepath.Join(folder, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func zipped(t *testing.T, files ...string) string {
	t.Helper()
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for i := 0; i < len(files); i += 2 {
		f, err := w.Create(files[i])
		if err != nil {
			t.Fatal(err)
		}
		io.WriteString(f, files[i+1])
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestFilesFoldersAndStandardInput(t *testing.T) {
	dir := t.TempDir()
	one := write(t, dir, "in/a.xml", message("a"))
	write(t, dir, "in/b/c.CAP", message("c"))
	write(t, dir, "in/README", "nothing")
	archive := write(t, dir, "z.zip", zipped(t, "m1.xml", message("m1"), "m2.xml", message("m2")))
	local := write(t, dir, "feed.xml", feed(link("http://elsewhere.example/1.xml")))
	empty := write(t, dir, "none/README", "")
	got := seen(t, &Opener{Stdin: strings.NewReader(message("in"))}, one, filepath.Join(dir, "in"), "-", archive, local, dir+"/gone.xml", filepath.Dir(empty))
	for i := range got {
		got[i] = strings.ReplaceAll(got[i], dir+"/", "")
	}
	want := []string{
		"in/a.xml: a true", "in/a.xml: a true", "in/b/c.CAP: c true", "-: in true", "z.zip!m1.xml: m1 true", "z.zip!m2.xml: m2 true",
		"feed.xml: it holds no message, but links to some: 1, the first at http://elsewhere.example/1.xml",
		"gone.xml: no such file or directory", "none: the folder holds no file that may be a message",
		"in: container.other-file", "none: container.other-file",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestFeedsAreFollowedOnTheirOwnHost(t *testing.T) {
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("another host was asked") }))
	defer other.Close()
	mux := http.NewServeMux()
	mux.HandleFunc("/feed", func(w http.ResponseWriter, _ *http.Request) {
		io.WriteString(w, feed(link("1.xml"), link("/1.xml#again"), link("gone.xml"), link("moved"), link("deep"), link(other.URL+"/secret"), link("file:///etc/passwd")))
	})
	mux.HandleFunc("/1.xml", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, message("m1")) })
	mux.Handle("/moved", http.RedirectHandler(other.URL+"/secret", http.StatusFound))
	mux.HandleFunc("/deep", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, feed(link("1.xml"))) })
	mux.HandleFunc("/far", func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, feed(link(other.URL+"/secret"))) })
	server := httptest.NewServer(mux)
	defer server.Close()
	var steps []int
	o := &Opener{Progress: func(done, of int) { steps = append(steps, done, of) }}
	got := seen(t, o, server.URL+"/feed", server.URL+"/far")
	for i := range got {
		got[i] = strings.NewReplacer(server.URL, "", strings.TrimPrefix(other.URL, "http://"), "OTHER").Replace(got[i])
	}
	want := []string{
		"/1.xml: m1 true", "/gone.xml: the server answers 404 Not Found", "/moved: fetching it: it redirects to OTHER",
		"/deep: it holds no message, but links to some: 1, the first at /1.xml",
		"/far: it holds no message, and links to none on its own host",
		"/feed: container.linked", "/far: container.linked",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]int{0, 4, 1, 4, 2, 4, 3, 4, 4, 4}, steps); diff != "" {
		t.Errorf("progress: %s", diff)
	}
}

func TestWhatIsTooLargeIsNotReadToItsEnd(t *testing.T) {
	endless := io.MultiReader(strings.NewReader("<alert>"), zeros{})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.Copy(w, zeros{}) }))
	defer server.Close()
	got := seen(t, &Opener{Stdin: endless}, "-", server.URL)
	if len(got) != 2 || !strings.Contains(got[0], "more than") || !strings.Contains(got[1], "more than") {
		t.Errorf("%q", got)
	}
}

// zeros never ends.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = '0'
	}
	return len(p), nil
}

func TestLongStreamsAreKeptWhole(t *testing.T) {
	long := strings.Repeat("x", 3*container.MaxMessage)
	kept, err := keep(strings.NewReader(long))
	if err != nil {
		t.Fatal(err)
	}
	defer kept.Close()
	raw, err := io.ReadAll(io.NewSectionReader(kept, 0, kept.size))
	if err != nil || string(raw) != long {
		t.Errorf("%d bytes, %v", len(raw), err)
	}
	if _, err := os.Stat(kept.file.Name()); err == nil {
		t.Error("the file can be seen")
	}
}

// Places are those in the file that the person named.
func TestPlacesAreThoseOfTheFile(t *testing.T) {
	broken := strings.Replace(message("x"), "Actual", "Perhaps", 1)
	for _, test := range []struct {
		name, text string
		line       int
	}{
		{"a file", broken, 5},
		{"an entry", "<feed xmlns='http://www.w3.org/2005/Atom'>\n<entry>\n<content type='application/cap+xml'>" + broken + "</content></entry></feed>", 7},
	} {
		t.Run(test.name, func(t *testing.T) {
			o := &Opener{Note: func(string, cap.Finding) {}, Stdin: strings.NewReader(test.text)}
			for m := range o.Messages(context.Background(), []string{"-"}) {
				reading, err := m.Read(cap.Strict)
				if err != nil {
					t.Fatal(err)
				}
				if len(reading.Findings) != 1 || reading.Findings[0].Line != test.line {
					t.Errorf("findings: %+v, want one in line %d", reading.Findings, test.line)
				}
				if line, _ := reading.Place("alert/status"); line != test.line {
					t.Errorf("status is in line %d, want %d", line, test.line)
				}
			}
		})
	}
}

func TestTheFederalFormIsKnown(t *testing.T) {
	form := `{"identifier": "m", "sender": "s", "sent": "2026-11-23T14:00:00+01:00", "status": "Actual", "msgType": "Alert", "scope": "Public",
 "info": [{"language": "LANG", "category": ["Geo"], "event": "e", "urgency": "Past", "severity": "Minor", "certainty": "Likely", "headline": "a<br/>b",
  "area": [{"areaDesc": "x", "polygon": ["13.0,52.4 13.1,52.4 13.1,52.5 13.0,52.4"]}]}]}`
	for language, lat := range map[string]float64{"DE": 52.4, "de": 13.0} {
		m := Message{File: "-", Form: container.JSON, Raw: []byte(strings.Replace(form, "LANG", language, 1)), Line: 1}
		reading, err := m.Read(cap.Strict)
		if err != nil || !reading.Valid() {
			t.Fatalf("%s: %v %+v", language, err, reading)
		}
		if got := reading.Alert.Info[0].Area[0].Polygon[0][0].Lat; got != lat {
			t.Errorf("%s: latitude %v, want %v", language, got, lat)
		}
	}
	broken := Message{File: "-", Form: container.JSON, Raw: []byte(strings.NewReplacer("LANG", "DE", "+01:00", "Z").Replace(form)), Line: 1}
	for mode, valid := range map[cap.Mode]bool{cap.Strict: false, cap.Lenient: true} {
		if reading, err := broken.Read(mode); err != nil || reading.Valid() != valid {
			t.Errorf("mode %v: %v %+v, want valid %v", mode, err, reading, valid)
		}
	}
}
