// Package theme says how things look: one style for each role that text has on
// the screen, and the few glyphs that are drawn around it. There is one accent
// colour.
//
// It knows nothing of what is drawn or where. It has no state and starts no
// goroutine; a Theme is a value, made anew when the terminal tells more about
// itself.
package theme
