// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package population_test

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/tocsin-alert/tocsin/geo"
	"github.com/tocsin-alert/tocsin/geo/population"
)

func read(content []byte, opts population.Options) (*population.Grid, *population.Report, error) {
	return population.Read(context.Background(), bytes.NewReader(content), int64(len(content)), opts)
}

const header2022 = "GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner\n"

func TestTablesAsPublished(t *testing.T) {
	village := []population.Cell{{Centre: at(4_337_050, 2_689_150), People: 4}, {Centre: at(4_337_150, 2_689_150), People: 12}}
	square := []population.Cell{{Centre: at(4_337_500, 2_689_500), People: 12}}
	for name, c := range map[string]struct {
		table string
		want  []population.Cell
		year  int
	}{
		"2022 at 100 m":       {header2022 + "CRS3035RES100mN2689100E4337000;4337050;2689150;4\nCRS3035RES100mN2689100E4337100;4337150;2689150;12\n", village, 2022},
		"without a last line": {header2022 + "CRS3035RES100mN2689100E4337000;4337050;2689150;4\nCRS3035RES100mN2689100E4337100;4337150;2689150;12", village, 2022},
		"from Windows":        {"\ufeff" + strings.ReplaceAll(header2022+"CRS3035RES100mN2689100E4337000;4337050;2689150;4\nCRS3035RES100mN2689100E4337100;4337150;2689150;12\n", "\n", "\r\n"), village, 2022},
		"other columns":       {"Einwohner,Durchschnittsalter,GITTER_ID_100m\n4,\"41.2\",CRS3035RES100mN2689100E4337000\n12,39,\"CRS3035RES100mN2689100E4337100\"\n", village, 2022},
		"with decimals":       {header2022 + "CRS3035RES100mN2689100E4337000;4337050,0;2689150.0;4,0\nCRS3035RES100mN2689100E4337100;4337150;2,68915e+06;12\n", village, 2022},
		"2011 at 100 m":       {"Gitter_ID_100m;x_mp_100m;y_mp_100m;Einwohner\n100mN26891E43370;4337050;2689150;4\n100mN26891E43371;4337150;2689150;12\n100mN26890E43341;4334150;2689050;-1\n", village, 2011},
		"2022 at 1 km":        {"GITTER_ID_1km;x_mp_1km;y_mp_1km;Einwohner\nCRS3035RES1000mN2689000E4337000;4337500;2689500;12\n", square, 2022},
		"2011 at 1 km":        {"\"Gitter_ID_1km\";\"Einwohner\"\n\"1kmN2689E4337\";\"12\"\n\"1kmN2689E4338\";\"-1\"\n", square, 2011},
		"middles only":        {"x_mp_1km;y_mp_1km;Einwohner\n4337500;2689500;12\n4338500;2689500;-1\n", square, 2011},
		"middles, no side":    {"x_mp;y_mp;Einwohner\n4337500;2689500;12\n", square, 0},
		"a shuffled village":  {header2022 + "CRS3035RES100mN2689100E4337100;4337150;2689150;12\nCRS3035RES100mN2689100E4337000;4337050;2689150;4\n\n", village, 2022},
	} {
		t.Run(name, func(t *testing.T) {
			g, report, err := read([]byte(c.table), population.Options{})
			if err != nil {
				t.Fatal(err)
			}
			var got []population.Cell
			for _, cell := range g.All() {
				got = append(got, cell)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("cells (-want +got):\n%s", diff)
			}
			if g.Year() != c.year || report.Refused != 0 || report.Cells != len(c.want) {
				t.Errorf("year %d, not %d; report %+v", g.Year(), c.year, report)
			}
			if !strings.Contains(g.Licence(), "dl-de/by-2-0") || !report.LicenceAssumed {
				t.Errorf("licence %q", g.Licence())
			}
		})
	}
}

func TestRowsWithFaults(t *testing.T) {
	good := "CRS3035RES100mN2689100E4337000;4337050;2689150;4\n"
	row := "CRS3035RES100mN2689100E4337100;4337150;2689150;"
	for name, c := range map[string]struct {
		rows string
		want population.Finding
	}{
		"negative":      {row + "-3\n", population.Finding{Code: population.CodeNegative, Row: 3, Column: "Einwohner", Rows: 1}},
		"two negatives": {row + "-3\n" + row + "-4\n", population.Finding{Code: population.CodeNegative, Row: 3, Column: "Einwohner", Rows: 2}},
		"decimal comma": {row + "41,7\n", population.Finding{Code: population.CodeDecimal, Row: 3, Column: "Einwohner", Rows: 1}},
		"word":          {row + "viele\n", population.Finding{Code: population.CodeValue, Row: 3, Column: "Einwohner", Rows: 1}},
		"infinite":      {row + "inf\n", population.Finding{Code: population.CodeValue, Row: 3, Column: "Einwohner", Rows: 1}},
		"too many":      {row + "1000001\n", population.Finding{Code: population.CodeValue, Row: 3, Column: "Einwohner", Rows: 1}},
		"census of 2011": {"100mN26891E43371;4337150;2689150;4\n",
			population.Finding{Code: population.CodeYear, Row: 3, Column: "GITTER_ID_100m", Rows: 1}},
		"name cut off": {"CRS3035RES100mN2689100;4337150;2689150;4\n", population.Finding{Code: population.CodeID, Row: 3, Column: "GITTER_ID_100m", Rows: 1}},
		"another grid": {"CRS3035RES1000mN2689000E4337000;4337500;2689500;4\n", population.Finding{Code: population.CodeID, Row: 3, Column: "GITTER_ID_100m", Rows: 1}},
		"rounded":      {"CRS3035RES100mN2689100E4337100;4.337e+06;2689150;4\n", population.Finding{Code: population.CodeMismatch, Row: 3, Column: "GITTER_ID_100m", Rows: 1}},
		"no number":    {"CRS3035RES100mN2689100E4337100;;2689150;4\n", population.Finding{Code: population.CodePosition, Row: 3, Column: "x_mp_100m", Rows: 1}},
		"again":        {good, population.Finding{Code: population.CodeTwice, Row: 3, Column: "GITTER_ID_100m", Rows: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			g, report, err := read([]byte(header2022+good+c.rows), population.Options{})
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]population.Finding{c.want}, report.Findings, cmpopts.IgnoreFields(population.Finding{}, "Message", "Remedy")); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if f := report.Findings[0]; f.Message == "" || f.Remedy == "" {
				t.Errorf("says %q", f)
			}
			if g.Len() != 1 || g.Residents() != 4 || report.Refused != c.want.Rows {
				t.Errorf("%d cells, %d people, %d refused", g.Len(), g.Residents(), report.Refused)
			}
		})
	}
}

func TestSecretAndEmptyValues(t *testing.T) {
	table := header2022 + "CRS3035RES100mN2689100E4337000;4337050;2689150;4\n"
	for i, value := range []string{"–", "-", "\x96", ".", "0", "-1", ""} {
		table += fmt.Sprintf("CRS3035RES100mN2689100E4338%d00;4338%d50;2689150;%s\n", i, i, value)
	}
	g, report, err := read([]byte(table), population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if g.Len() != 1 || report.Secret != 4 || report.Empty != 3 || report.Refused != 0 || report.Rows != 8 {
		t.Errorf("%+v", report)
	}
}

func TestTablesInTheWrongPlace(t *testing.T) {
	for name, c := range map[string]struct{ x, y, says string }{
		"UTM":         {"391250", "5819350", "looks like UTM"},
		"Gauß-Krüger": {"3591250", "5819350", "looks like Gauß-Krüger"},
		"degrees":     {"13.05", "52.40", "looks like degrees"},
		"swapped":     {"2689150", "4337050", "other way round"},
		"corners":     {"4337000", "2689100", "not the middle"},
		"elsewhere":   {"2000050", "2000050", "outside Germany"},
	} {
		_, _, err := read([]byte("x_mp_100m;y_mp_100m;Einwohner\n"+c.x+";"+c.y+";3\n"), population.Options{})
		f, ok := errors.AsType[*geo.Fault](err)
		if !ok || f.Code != population.CodeEmpty || !strings.Contains(f.Message, c.says) || !strings.Contains(f.Message, "row 2, column x_mp_100m") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Of an archive with several tables the one with people is taken, in Latin-1 too.
func TestArchivesOfSeveralTables(t *testing.T) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for _, entry := range [][2]string{
		{"liste.csv", "Spalte;Bedeutung\nEinwohner;Zahl\n"},
		{"alter_100m.csv", "GITTER_ID_100m;x_mp_100m;y_mp_100m;Durchschnittsalter\nCRS3035RES100mN2689100E4337000;4337050;2689150;44\n"},
		{"bevoelkerung_1km.csv", "GITTER_ID_1km;Einwohner\nCRS3035RES1000mN2689000E4337000;40\n"},
		{"bevoelkerung_100m.csv", "GITTER_ID_100m;x_mp_100m;y_mp_100m;Einwohner;Stra\xdfe\nCRS3035RES100mN2689100E4337000;4337050;2689150;4;M\xfcnchner\n"},
	} {
		w, err := z.Create(entry[0])
		if err == nil {
			_, err = w.Write([]byte(entry[1]))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	grid, report, err := population.Read(context.Background(), bytes.NewReader(archive.Bytes()), int64(archive.Len()), population.Options{})
	if err != nil || grid.Residents() != 4 || report.Entry != "bevoelkerung_100m.csv" {
		t.Errorf("%+v, %v", report, err)
	}
}

func TestFilesRefused(t *testing.T) {
	classes := "Gitter_ID_1km;Einwohner\n"
	for i := range 1000 {
		classes += fmt.Sprintf("1kmN%dE4337;%d\n", 2600+i%1000, 1+i%6)
	}
	many := header2022
	for i := range 500 {
		many += fmt.Sprintf("CRS3035RES100mN2689100E4%03d000;4%03d050;2689150;4\n", i, i)
	}
	for name, c := range map[string]struct {
		content string
		opts    population.Options
		code    string
	}{
		"nothing":         {"", population.Options{}, population.CodeEmpty},
		"no header":       {"CRS3035RES100mN2689100E4337000;4337050;2689150;4\n", population.Options{}, population.CodeColumns},
		"averages":        {"GITTER_ID_100m;x_mp_100m;y_mp_100m;Durchschnittsalter\n", population.Options{}, population.CodeColumns},
		"no place":        {"Einwohner\n4\n", population.Options{}, population.CodeColumns},
		"header only":     {header2022, population.Options{}, population.CodeEmpty},
		"UTF-16":          {"\xff\xfeG\x00I\x00", population.Options{}, population.CodeFormat},
		"one long row":    {header2022 + strings.Repeat("4", 70_000), population.Options{}, population.CodeFormat},
		"classes":         {classes, population.Options{}, population.CodeClasses},
		"too little room": {many, population.Options{Memory: population.Memory(400)}, population.CodeMemory},
		"too large":       {many, population.Options{MaxBytes: 1000}, population.CodeSize},
		"half a gzip":     {"\x1f\x8b\x08", population.Options{}, population.CodeFormat},
		"half a zip":      {"PK\x03\x04....", population.Options{}, population.CodeFormat},
		"no compact file": {"TOCSIN POPULATION 1\n{}\n", population.Options{}, population.CodeFormat},
	} {
		_, _, err := read([]byte(c.content), c.opts)
		if f, ok := errors.AsType[*geo.Fault](err); !ok || f.Code != c.code || f.Remedy == "" {
			t.Errorf("%s: %v, not %s", name, err, c.code)
		}
	}
	_, _, err := read([]byte(many), population.Options{Memory: population.Memory(400)})
	if err == nil || !strings.Contains(err.Error(), "500 inhabited cells") {
		t.Errorf("does not say what it needs: %v", err)
	}
}

func TestPackedTables(t *testing.T) {
	table := header2022 + "CRS3035RES100mN2689100E4337000;4337050;2689150;4\n"
	square := "GITTER_ID_1km;x_mp_1km;y_mp_1km;Einwohner\nCRS3035RES1000mN2689000E4337000;4337500;2689500;12\n"
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	z.Write([]byte(table))
	z.Close()
	var archive bytes.Buffer
	a := zip.NewWriter(&archive)
	for _, e := range [][2]string{
		{"Zensus2022_Bevoelkerungszahl_1km-Gitter.csv", square},
		{"Zensus2022_Bevoelkerungszahl_100m-Gitter.csv", table},
		{"Datensatzbeschreibung.xlsx", "PK"},
		{"__MACOSX/._Zensus2022_10km-Gitter.csv", "x"},
	} {
		w, err := a.Create(e[0])
		if err != nil {
			t.Fatal(err)
		}
		w.Write([]byte(e[1]))
	}
	a.Close()
	for name, c := range map[string]struct {
		content []byte
		opts    population.Options
		side    int
	}{
		"gzip":         {packed.Bytes(), population.Options{}, 100},
		"zip":          {archive.Bytes(), population.Options{}, 100},
		"zip, the 1km": {archive.Bytes(), population.Options{Side: 1000}, 1000},
	} {
		var told int64
		c.opts.Progress = func(done, total int64) { told = total }
		g, _, err := read(c.content, c.opts)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if g.Side() != c.side || g.Len() != 1 || told == 0 {
			t.Errorf("%s: %d cells of %d m, progress of %d", name, g.Len(), g.Side(), told)
		}
	}
	if _, _, err := read(archive.Bytes(), population.Options{Side: 10000}); err == nil {
		t.Error("there is no grid of 10 km in the archive")
	}
	damaged := bytes.Clone(packed.Bytes())
	damaged[len(damaged)-6] ^= 1
	if _, _, err := read(damaged, population.Options{}); err == nil {
		t.Error("a damaged gzip was taken")
	}
}

func TestReadingCanBeCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	content := []byte(header2022)
	if _, _, err := population.Read(ctx, bytes.NewReader(content), int64(len(content)), population.Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}

func TestCompactFilesGiveTheSameGrid(t *testing.T) {
	table := header2022 + "CRS3035RES100mN2689100E4337000;4337050;2689150;4\nCRS3035RES100mN3189100E4137000;4137050;3189150;70000\n"
	g, _, err := read([]byte(table), population.Options{Name: "village.csv", Licence: "made up"})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n, err := g.WriteTo(&out); err != nil || n != int64(out.Len()) {
		t.Fatalf("%d bytes of %d, %v", n, out.Len(), err)
	}
	again, report, err := read(out.Bytes(), population.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(g, again, cmp.AllowUnexported(population.Grid{})); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	if again.Licence() != "made up" || again.Source() != "village.csv" || report.Cells != 2 || report.LicenceAssumed {
		t.Errorf("%q %q %+v", again.Licence(), again.Source(), report)
	}
	for i := range out.Bytes() {
		damaged := bytes.Clone(out.Bytes())
		damaged[i] ^= 4
		if _, _, err := read(damaged, population.Options{}); err == nil {
			t.Errorf("with byte %d changed it was taken", i)
		}
		if _, _, err := read(out.Bytes()[:i], population.Options{}); err == nil {
			t.Errorf("cut off at %d it was taken", i)
		}
	}
	if _, _, err := read(out.Bytes(), population.Options{Memory: 1}); err == nil {
		t.Error("taken without memory")
	}
}

func FuzzRead(f *testing.F) {
	g, err := population.New(100, []population.Cell{{Centre: at(4_337_050, 2_689_150), People: 4}, {Centre: at(4_337_150, 2_689_150), People: 400}})
	if err != nil {
		f.Fatal(err)
	}
	var compact bytes.Buffer
	g.WriteTo(&compact)
	f.Add(compact.Bytes())
	f.Add([]byte(header2022 + "CRS3035RES100mN2689100E4337000;4337050;2689150;4\n"))
	f.Add([]byte("x_mp_1km,y_mp_1km,Einwohner\n4337500,2689500,\"–\"\n"))
	f.Add([]byte("Gitter_ID_100m\tEinwohner\n100mN26891E43371\t-1\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		g, report, err := read(content, population.Options{Memory: 64 << 20, MaxBytes: 1 << 20})
		if err != nil {
			return
		}
		if g.Len() == 0 || g.Len() != report.Cells || g.Residents() < int64(g.Len()) {
			t.Fatalf("%d cells, %d people, %+v", g.Len(), g.Residents(), report)
		}
		var out bytes.Buffer
		if _, err := g.WriteTo(&out); err != nil {
			t.Fatal(err)
		}
		again, _, err := read(out.Bytes(), population.Options{Memory: 64 << 20})
		if err != nil {
			t.Fatalf("what it wrote it does not read: %v", err)
		}
		if diff := cmp.Diff(g, again, cmp.AllowUnexported(population.Grid{})); diff != "" {
			t.Fatalf("(-written +read):\n%s", diff)
		}
	})
}
