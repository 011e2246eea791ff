package identity

import "fmt"

// PhraseProblem says in which way a recovery phrase is wrong.
type PhraseProblem int

// What can be wrong with a recovery phrase.
const (
	// WrongCount: not 13 words. Count says how many there are.
	WrongCount PhraseProblem = iota + 1
	// UnknownWord: the word at Position is not, and does not begin, a word of
	// the list.
	UnknownWord
	// ShortWord: the word at Position could be several; three letters tell.
	ShortWord
	// ImpossibleWords: the three words from Position on are in the list, but no
	// phrase has them side by side.
	ImpossibleWords
	// WrongCheckWord: the last word does not confirm the others. One of them is
	// wrong, or their order is.
	WrongCheckWord
)

// PhraseError says what is wrong with a recovery phrase. Its text is one
// sentence for the person who typed it; since it repeats a word, it does not
// belong in a log.
type PhraseError struct {
	Problem  PhraseProblem
	Position int    // of the word, from 1; 0 for WrongCount
	Typed    string // the word as it was typed; empty unless one word is to blame
	Count    int    // words in all
}

func (e *PhraseError) Error() string {
	switch e.Problem {
	case WrongCount:
		return fmt.Sprintf("a recovery phrase has %d words, this one has %d", PhraseWords, e.Count)
	case UnknownWord:
		return fmt.Sprintf("word %d of the recovery phrase, %s, is not in the list of words", e.Position, quoted(e.Typed))
	case ShortWord:
		return fmt.Sprintf("word %d of the recovery phrase, %s, is too short: at least %d letters are needed", e.Position, quoted(e.Typed), prefixLength)
	case ImpossibleWords:
		return fmt.Sprintf("words %d to %d of the recovery phrase cannot stand together: one of them is wrong or they are in another order", e.Position, e.Position+2)
	default:
		return fmt.Sprintf("the last word of the recovery phrase, %s, does not fit the others: one of them is wrong or they are in another order", quoted(e.Typed))
	}
}

// quoted makes what was typed fit for one line of a terminal.
func quoted(typed string) string {
	const longest = 20
	if r := []rune(typed); len(r) > longest {
		typed = string(r[:longest]) + "…"
	}
	return fmt.Sprintf("%q", typed)
}
