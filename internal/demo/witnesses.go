// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package demo

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/tocsin-alert/tocsin/internal/node"
	"github.com/tocsin-alert/tocsin/internal/problem"
	"github.com/tocsin-alert/tocsin/internal/publiclog/signer"
	"github.com/tocsin-alert/tocsin/internal/witness"
)

// logOrigin is the name of the demo's log.
const logOrigin = "de-bb/log"

// demoWitnesses is how many witnesses there are, and demoQuorum how many of them
// have to cosign for grade A. Real ones are run by others on machines of theirs;
// these show how it goes, and their names say what they are.
const (
	demoWitnesses = 3
	demoQuorum    = 2
)

// witnesses are those of a running demo.
type witnesses struct {
	stop    context.CancelFunc
	serving sync.WaitGroup
}

// newWitnesses starts the witnesses, real ones that are asked over HTTP, and
// enters them into the node's configuration.
func newWitnesses(config *node.Config, logger *slog.Logger) (_ *witnesses, err error) {
	key, err := logKey(config.Log.Key)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	all := &witnesses{stop: stop}
	defer func() {
		if err != nil {
			all.close()
		}
	}()
	for i := range demoWitnesses {
		name := fmt.Sprintf("demo-witness-%d", i+1)
		dir := filepath.Join(config.Dir, "witnesses", name)
		if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
			if _, err := witness.Create(dir, name); err != nil {
				return nil, err
			}
		}
		w, err := witness.Open(witness.Options{Dir: dir, Logs: map[string][]string{key.Origin: key.Public()}, Now: time.Now, Logger: logger})
		if err != nil {
			return nil, err
		}
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, errors.Join(problem.Wrap(err, problem.Unavailable, "A demo witness finds no port on this machine.", "End programs that listen on many ports."), w.Close())
		}
		all.serving.Go(func() {
			if err := errors.Join(w.Serve(ctx, listener), w.Close()); err != nil {
				logger.Error("a demo witness ended", slog.String("witness", name), slog.Any("error", err))
			}
		})
		config.Log.Witnesses = append(config.Log.Witnesses, node.WitnessConfig{URL: "http://" + listener.Addr().String(), Key: w.Keys()[0], Operator: name})
	}
	config.Log.QuorumOperators = demoQuorum
	return all, nil
}

// logKey gives the key of the log, made at the first start: the witnesses have to
// know it before the node begins.
func logKey(file string) (signer.Key, error) {
	if _, err := os.Stat(file); errors.Is(err, fs.ErrNotExist) {
		return signer.Create(logOrigin, file, file+node.StateSuffix)
	}
	return signer.Load(file)
}

func (w *witnesses) close() {
	w.stop()
	w.serving.Wait()
}
