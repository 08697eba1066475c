// Computes with golang.org/x/mod/sumdb what hansa.kernel computes, for a given plan.
// Reads the plan as JSON on standard input and writes the answers as JSON.
package main

import (
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type plan struct {
	Name        string     `json:"name"`
	Seed        string     `json:"seed"`
	Sizes       []int64    `json:"sizes"`
	Inclusion   [][2]int64 `json:"inclusion"`
	Consistency [][2]int64 `json:"consistency"`
}

type answers struct {
	Vkey        string            `json:"vkey"`
	Notes       map[string]string `json:"notes"`
	Inclusion   map[string]string `json:"inclusion"`
	Consistency map[string]string `json:"consistency"`
	Tiles       map[string]string `json:"tiles"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func joined(hashes []tlog.Hash) string {
	var text []string
	for _, hash := range hashes {
		text = append(text, hash.String())
	}
	return strings.Join(text, " ")
}

func main() {
	var asked plan
	must(json.NewDecoder(os.Stdin).Decode(&asked))

	largest := asked.Sizes[len(asked.Sizes)-1]
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var found []tlog.Hash
		for _, index := range indexes {
			found = append(found, stored[index])
		}
		return found, nil
	})
	for n := int64(0); n < largest; n++ {
		hashes, err := tlog.StoredHashes(n, []byte(fmt.Sprintf("entry %d", n)), reader)
		must(err)
		stored = append(stored, hashes...)
	}

	seed, err := hex.DecodeString(asked.Seed)
	must(err)
	public := ed25519.NewKeyFromSeed(seed).Public().(ed25519.PublicKey)
	out := answers{
		Notes:       map[string]string{},
		Inclusion:   map[string]string{},
		Consistency: map[string]string{},
		Tiles:       map[string]string{},
	}
	out.Vkey, err = note.NewEd25519VerifierKey(asked.Name, public)
	must(err)
	id := strings.Split(out.Vkey, "+")[1]
	secret := base64.StdEncoding.EncodeToString(append([]byte{1}, seed...))
	signer, err := note.NewSigner("PRIVATE+KEY+" + asked.Name + "+" + id + "+" + secret)
	must(err)

	for _, size := range asked.Sizes {
		root, err := tlog.TreeHash(size, reader)
		must(err)
		text := fmt.Sprintf("%s\n%d\n%s\n", asked.Name, size, root)
		signed, err := note.Sign(&note.Note{Text: text}, signer)
		must(err)
		out.Notes[fmt.Sprint(size)] = string(signed)
		for _, tile := range tlog.NewTiles(8, 0, size) {
			// NewTiles lists every width that a partial tile ever had; keep the last.
			if tile.W < 256 && int64(tile.W) != (size>>(8*tile.L))%256 {
				continue
			}
			data, err := tlog.ReadTileData(tile, reader)
			must(err)
			path := strings.Replace(tile.Path(), "tile/8/", "tile/", 1)
			out.Tiles[path] = fmt.Sprintf("%x", sha256.Sum256(data))
		}
	}
	for _, pair := range asked.Inclusion {
		proof, err := tlog.ProveRecord(pair[1], pair[0], reader)
		must(err)
		out.Inclusion[fmt.Sprintf("%d/%d", pair[0], pair[1])] = joined(proof)
	}
	for _, pair := range asked.Consistency {
		proof, err := tlog.ProveTree(pair[1], pair[0], reader)
		must(err)
		out.Consistency[fmt.Sprintf("%d/%d", pair[0], pair[1])] = joined(proof)
	}
	must(json.NewEncoder(os.Stdout).Encode(out))
}
