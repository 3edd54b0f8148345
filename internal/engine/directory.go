// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package engine

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/tocsin-alert/tocsin/internal/durable"
	"github.com/tocsin-alert/tocsin/internal/journal"
	"github.com/tocsin-alert/tocsin/internal/problem"
)

const (
	// storeVersion is the version of the directory's layout.
	storeVersion = 1
	versionFile  = "version"
	lockFile     = "lock"
)

func prepareDir(dir string) error {
	if info, err := os.Stat(dir); err == nil && info.IsDir() {
		return nil
	}
	err := os.MkdirAll(dir, 0o700)
	if err == nil {
		err = durable.SyncDirectory(filepath.Dir(dir))
	}
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("the directory %s cannot be made", dir),
			"Make it by hand for the node's user, or name another one.")
	}
	return nil
}

// dirLock holds a directory for this process. The kernel lets go of it when the
// process ends, however it ends.
type dirLock struct{ file *os.File }

func lockDir(dir string) (*dirLock, error) {
	path := filepath.Join(dir, lockFile)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, problem.Wrap(err, problem.Unavailable, fmt.Sprintf("the directory %s cannot be used", dir),
			"Give it to the node's user, with write permission.")
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		holder, _ := io.ReadAll(io.LimitReader(file, 32))
		return nil, errors.Join(problem.New(problem.Conflict,
			fmt.Sprintf("the directory %s is in use by process %s", dir, strings.TrimSpace(string(holder))),
			"Stop that process, or name another directory."), file.Close())
	}
	if err == nil {
		err = file.Truncate(0)
	}
	if err == nil {
		_, err = file.WriteAt([]byte(strconv.Itoa(os.Getpid())+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(problem.Wrap(err, problem.Unavailable, fmt.Sprintf("the directory %s cannot be locked", dir),
			"Use a local disk that has space and can be written."), file.Close())
	}
	return &dirLock{file: file}, nil
}

func (l *dirLock) unlock() error {
	if l == nil {
		return nil
	}
	return l.file.Close()
}

// checkVersion refuses a directory with a newer layout before anything in it is
// touched, and marks a new one.
func checkVersion(dir string) error {
	path := filepath.Join(dir, versionFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return markVersion(path)
	}
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be read", path), "Check the disk and the file's owner.")
	}
	version, err := strconv.Atoi(strings.TrimSpace(string(raw)))
	if err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s holds no version number", path),
			"Restore the file from the backup; this version writes "+strconv.Itoa(storeVersion)+".")
	}
	if version > storeVersion {
		return problem.Wrap(journal.ErrNewerVersion, problem.Conflict,
			fmt.Sprintf("the directory %s has layout %d, this version knows %d", dir, version, storeVersion),
			"Run the newer version again, or restore the backup from before the update. Nothing was changed.")
	}
	return nil
}

// markVersion writes the file so that a crash leaves either none or a whole one.
func markVersion(path string) error {
	if err := durable.Replace(path, []byte(strconv.Itoa(storeVersion)+"\n")); err != nil {
		return problem.Wrap(err, problem.Unavailable, fmt.Sprintf("%s cannot be written", path),
			"Check that the disk has space and can be written.")
	}
	return nil
}
