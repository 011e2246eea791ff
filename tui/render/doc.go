// Package render turns text into cells: it makes text safe, measures it,
// wraps it and cuts it. It is the one place in the program where what other
// people wrote is made fit for a terminal, and the one place that decides how
// wide something is.
//
// It owns no state, starts no goroutine and knows nothing of messages, colours
// or the screen's layout.
//
// Everything that came from somebody else passes Text or Line (or Name) once
// before it reaches any other function of tui. The results hold no control
// character but, in Text, the line feed.
//
// Terminals disagree about the width of joined characters, so there are two
// measures. Width is what the renderer of Bubble Tea counts with, and is used
// for whatever something else is drawn beside. Wrap counts with the larger of
// all known answers, so that no terminal breaks a line by itself.
//
// Wire reference: UAX #29 (grapheme clusters, through clipperhouse/uax29) and
// UAX #9 (the bidirectional controls that are taken out).
package render
