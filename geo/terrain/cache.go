// SPDX-FileCopyrightText: 2026 The Tocsin Authors
// SPDX-License-Identifier: EUPL-1.2

package terrain

import (
	"container/list"
	"fmt"
	"io"
	"os"
	"sync"
)

// raster is what a format knows of its samples. It does not change.
type raster interface {
	size() (columns, rows int)
	// block is how many columns and rows are read together.
	block() (columns, rows int)
	// load reads the block in column bx and row by of blocks: row by row, block()
	// samples wide even at the edges; NaN where nothing is known.
	load(in io.ReaderAt, bx, by int) ([]float32, error)
}

// cache keeps the blocks that were used last.
type cache struct {
	mu     sync.Mutex
	left   int64 // bytes that may still be kept
	byUse  *list.List
	blocks map[blockKey]*list.Element
}

type blockKey struct {
	tile   *tile
	bx, by int
}

type block struct {
	key     blockKey
	heights []float32
}

func newCache(memory int64) *cache {
	return &cache{left: memory, byUse: list.New(), blocks: map[blockKey]*list.Element{}}
}

// cursor reads samples one after the other, which mostly lie in one block; only
// for another block it asks the cache. It is for one goroutine.
type cursor struct {
	cache *cache
	block *block
}

// at gives a sample of a tile.
func (c *cursor) at(t *tile, column, row int) (float32, error) {
	width, height := t.raster.block()
	key := blockKey{t, column / width, row / height}
	if c.block == nil || c.block.key != key {
		b, err := c.cache.get(key)
		if err != nil {
			return 0, err
		}
		c.block = b
	}
	return c.block.heights[row%height*width+column%width], nil
}

// around gives the four samples from a column and row on whose weights are not 0,
// row by row.
func (c *cursor) around(t *tile, column, row int, weights [4]float64) (heights [4]float32, err error) {
	width, height := t.raster.block()
	x, y := column%width, row%height
	if x+1 == width || y+1 == height { // they may lie in several blocks
		for i, w := range weights {
			if w != 0 {
				if heights[i], err = c.at(t, column+i%2, row+i/2); err != nil {
					return heights, err
				}
			}
		}
		return heights, nil
	}
	if _, err := c.at(t, column, row); err != nil {
		return heights, err
	}
	upper := c.block.heights[y*width+x:]
	return [4]float32{upper[0], upper[1], upper[width], upper[width+1]}, nil
}

// get gives a block, from the file if it is not kept.
func (c *cache) get(key blockKey) (*block, error) {
	c.mu.Lock()
	if e, ok := c.blocks[key]; ok {
		c.byUse.MoveToFront(e)
		c.mu.Unlock()
		return e.Value.(*block), nil
	}
	c.mu.Unlock()
	// Files are open only while a block is read: there may be thousands.
	f, err := os.Open(key.tile.path)
	if err != nil {
		return nil, fmt.Errorf("read terrain: %w", err)
	}
	defer f.Close()
	heights, err := key.tile.raster.load(f, key.bx, key.by)
	if err != nil {
		return nil, err
	}
	b := &block{key, heights}
	c.keep(b)
	return b, nil
}

func (c *cache) keep(b *block) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if _, ok := c.blocks[b.key]; ok {
		return // another was quicker
	}
	c.blocks[b.key] = c.byUse.PushFront(b)
	c.left -= 4 * int64(len(b.heights))
	for c.left < 0 && c.byUse.Len() > 1 {
		oldest := c.byUse.Remove(c.byUse.Back()).(*block)
		delete(c.blocks, oldest.key)
		c.left += 4 * int64(len(oldest.heights))
	}
}
