// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package console

import (
	"context"
	"io"
	"os"
	"strings"

	"github.com/tocsin-alert/tocsin/internal/catalogue"
	"github.com/tocsin-alert/tocsin/internal/operator"
	"github.com/tocsin-alert/tocsin/internal/planning/study"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/refusal"
	"github.com/tocsin-alert/tocsin/internal/siren"
	"github.com/tocsin-alert/tocsin/internal/siren/registry"
)

// planners are those who import files and ask questions; everyone reads.
var planners = []operator.Role{operator.Author, operator.Releaser, operator.Administrator}

// offerOwn gives the planner what the node knows itself.
func (s *Service) offerOwn() {
	if s.o.Planner == nil {
		return
	}
	s.o.Planner.Offer(study.Own{
		Role: study.Sirens, Name: "registry.csv",
		Describe: func() study.Dataset {
			all := s.view.fleet.All()
			counts := map[string]int64{"sirens": int64(len(all)), "generated": 0}
			for _, entry := range all {
				if entry.Generated {
					counts["generated"]++
				}
			}
			return study.Dataset{Counts: counts}
		},
		Write: func(w io.Writer) error {
			return registry.WriteCSV(w, planned(s.view.fleet.All()), registry.WriteOptions{})
		},
	})
	if regions := s.o.Gazetteer.Regions(); regions != nil {
		outlined := int64(0)
		for _, region := range regions.All() {
			if len(region.Outline) > 0 {
				outlined++
			}
		}
		s.o.Planner.Offer(study.Own{
			Role: study.Regions, Name: "regions.geojson",
			Describe: func() study.Dataset {
				return study.Dataset{Counts: map[string]int64{"regions": outlined}, Licence: strings.Join(regions.Licences(), "; ")}
			},
			Write: func(w io.Writer) error {
				raw, err := regions.GeoJSON(0)
				if err == nil {
					_, err = w.Write(raw)
				}
				return err
			},
		})
	}
	if s.o.Audience != nil {
		grid := s.o.Audience.Grid()
		s.o.Planner.Offer(study.Own{
			Role: study.Population, Name: "population.cells",
			Describe: func() study.Dataset {
				return study.Dataset{Licence: grid.Licence(), Counts: map[string]int64{
					"cells": int64(grid.Len()), "people": grid.Residents(), "side": int64(grid.Side()), "year": int64(grid.Year()),
				}}
			},
			Write: func(w io.Writer) error {
				_, err := grid.WriteTo(w)
				return err
			},
		})
	}
}

// planned are the sirens as a plan needs them: without their keys and the ways to
// them, which nobody needs who looks at a plan.
func planned(all []siren.Siren) []siren.Siren {
	list := make([]siren.Siren, len(all))
	for i, entry := range all {
		list[i] = siren.Siren{
			ID: entry.ID, Name: entry.Name, ARS: entry.ARS, Position: entry.Position, Type: entry.Type,
			Equipment: entry.Equipment, Generated: entry.Generated,
		}
	}
	return list
}

// Plans reports whether this node plans.
func (s *Service) Plans() bool { return s.o.Planner != nil }

// planner is the library of those who may change it, or a refusal.
func (s *Service) planner(who Identity) (*study.Library, error) {
	if err := s.require(who, planners...); err != nil {
		return nil, err
	}
	return s.library()
}

func (s *Service) library() (*study.Library, error) {
	if s.o.Planner == nil {
		return nil, refusal.New(problem.NotFound, "study.off")
	}
	return s.o.Planner, nil
}

// Datasets are what a study can be about, and what is being imported.
type Datasets struct {
	Datasets []study.Dataset   `json:"datasets"`
	Imports  []study.Importing `json:"imports"`
}

// Datasets lists them.
func (s *Service) Datasets() (Datasets, error) {
	library, err := s.library()
	if err != nil {
		return Datasets{}, err
	}
	return Datasets{Datasets: listed(library.Datasets()), Imports: listed(library.Imports())}, nil
}

// ImportDataset keeps a file for planners. It ends with the context.
func (s *Service) ImportDataset(ctx context.Context, who Identity, u study.Upload) (study.Dataset, error) {
	library, err := s.planner(who)
	if err != nil {
		return study.Dataset{}, err
	}
	u.By = who.Name
	return library.Import(ctx, u)
}

// RemoveDataset forgets a kept file; used says that it may be one that studies use.
func (s *Service) RemoveDataset(who Identity, digest string, used bool) error {
	library, err := s.planner(who)
	if err != nil {
		return err
	}
	return library.Remove(digest, used)
}

// Studies lists the studies, the newest first.
func (s *Service) Studies(who Identity) ([]study.Study, error) {
	library, err := s.library()
	if err != nil {
		return nil, err
	}
	list := library.Studies()
	for i := range list {
		list[i] = inWordsOf(who, list[i])
	}
	return list, nil
}

// Study gives one.
func (s *Service) Study(who Identity, id string) (study.Study, error) {
	library, err := s.library()
	if err != nil {
		return study.Study{}, err
	}
	found, err := library.Study(id)
	return inWordsOf(who, found), err
}

// inWordsOf words why a study failed in the language of whoever asks.
func inWordsOf(who Identity, found study.Study) study.Study {
	if found.Failure != nil {
		found.Failure = found.Failure.In(catalogue.For(who.Language))
	}
	return found
}

// AskStudy keeps a question; it is reckoned when its turn comes.
func (s *Service) AskStudy(ctx context.Context, who Identity, q study.Question) (study.Study, error) {
	library, err := s.planner(who)
	if err != nil {
		return study.Study{}, err
	}
	return library.Ask(ctx, q, who.Name)
}

// CancelStudy ends a study that waits or runs.
func (s *Service) CancelStudy(who Identity, id string) error {
	library, err := s.planner(who)
	if err != nil {
		return err
	}
	return library.Cancel(id)
}

// DeleteStudy forgets a study that is over.
func (s *Service) DeleteStudy(who Identity, id string) error {
	library, err := s.planner(who)
	if err != nil {
		return err
	}
	return library.Delete(id)
}

// StudyAnswer is what came out of a study that is done.
func (s *Service) StudyAnswer(id string) (study.Answer, error) {
	library, err := s.library()
	if err != nil {
		return study.Answer{}, err
	}
	return library.Answer(id)
}

// StudyFile opens a file that came out of a study: one of Study.Results. The
// caller closes it.
func (s *Service) StudyFile(id, name string) (*os.File, error) {
	library, err := s.library()
	if err != nil {
		return nil, err
	}
	return library.File(id, name)
}

// PlansChanged is closed when datasets or studies change after the call; nil where
// the node does not plan.
func (s *Service) PlansChanged() <-chan struct{} {
	if s.o.Planner == nil {
		return nil
	}
	return s.o.Planner.Changed()
}
