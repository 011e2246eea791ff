package identity

import (
	_ "embed" // the word list
	"encoding/binary"
	"encoding/hex"
	"hash/crc32"
	"slices"
	"strings"
	"unicode"

	"seance/messaging/secret"
)

// PhraseWords is the number of words in a recovery phrase: three for every
// four bytes of the seed, and one that checks the others.
const PhraseWords = SeedSize/4*3 + 1

// prefixLength is the number of letters that tell the words apart.
const prefixLength = 3

// wordList has one word a line, in alphabetical order. It is Monero's English
// list, which the Session apps use.
//
//go:embed words-english.txt
var wordList string

// Phrase is the recovery phrase: 13 words, separated by single spaces. It is
// as secret as the seed.
func (s Seed) Phrase() string {
	list := strings.Fields(wordList)
	n := uint32(len(list))
	words := make([]string, 0, PhraseWords)
	for b := s.Expose(); len(b) >= 4; b = b[4:] {
		x := binary.LittleEndian.Uint32(b)
		w1 := x % n
		w2 := (x/n + w1) % n
		w3 := (x/n/n + w2) % n
		words = append(words, list[w1], list[w2], list[w3])
	}
	words = append(words, words[checkWord(words)])
	return strings.Join(words, " ")
}

// LinkCode is what a QR code holds from which the official apps restore an
// account: the seed in hexadecimal. It is as secret as the seed.
// session-desktop: ts/components/dialog/user-settings/pages/RecoveryPasswordSettingsPage.tsx.
func (s Seed) LinkCode() string { return hex.EncodeToString(s.Expose()) }

// ParsePhrase reads a recovery phrase as people type and paste it: any white
// space (and invisible characters, such as a byte order mark), letters of
// either case, each word in full or shortened to three letters or more. The
// error is a *PhraseError.
func ParsePhrase(phrase string) (Seed, error) {
	list := strings.Fields(wordList)
	typed := strings.FieldsFunc(phrase, func(r rune) bool { return unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if len(typed) != PhraseWords {
		return Seed{}, &PhraseError{Problem: WrongCount, Count: len(typed)}
	}
	words := make([]string, PhraseWords)
	index := make([]uint64, PhraseWords)
	for i, t := range typed {
		at, problem := findWord(list, strings.ToLower(t))
		if problem != 0 {
			return Seed{}, &PhraseError{Problem: problem, Position: i + 1, Typed: t, Count: len(typed)}
		}
		words[i], index[i] = list[at], uint64(at)
	}
	n := uint64(len(list))
	seed := make([]byte, 0, SeedSize)
	for i := 0; i+3 <= PhraseWords; i += 3 {
		w1, w2, w3 := index[i], index[i+1], index[i+2]
		x := w1 + n*((n+w2-w1)%n) + n*n*((n+w3-w2)%n)
		if x>>32 != 0 { // 2^32 is less than n^3: some triples stand for nothing
			return Seed{}, &PhraseError{Problem: ImpossibleWords, Position: i + 1, Count: len(typed)}
		}
		seed = binary.LittleEndian.AppendUint32(seed, uint32(x))
	}
	last := PhraseWords - 1
	if words[checkWord(words[:last])] != words[last] {
		clear(seed)
		return Seed{}, &PhraseError{Problem: WrongCheckWord, Position: PhraseWords, Typed: typed[last], Count: len(typed)}
	}
	return Seed{secret.New(seed)}, nil
}

// findWord is the place in the list of a word or of the beginning of one.
func findWord(list []string, typed string) (int, PhraseProblem) {
	at, _ := slices.BinarySearch(list, typed) // a word follows its own beginnings
	switch {
	case at == len(list) || !strings.HasPrefix(list[at], typed):
		return 0, UnknownWord
	case len(typed) < prefixLength:
		return 0, ShortWord
	}
	return at, 0
}

// checkWord is the place of the word that the last one repeats.
func checkWord(words []string) int {
	sum := crc32.NewIEEE()
	for _, w := range words {
		sum.Write([]byte(w[:prefixLength]))
	}
	return int(sum.Sum32() % uint32(len(words)))
}
