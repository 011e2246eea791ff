// Package cli is the command tree: what may be typed behind "seance", one file
// a command.
//
// It owns flags, the objects that are printed as JSON, the lines that people
// read, and exit statuses. It does not know how a message travels: commands
// call messaging.Client. A command is a function of an Env, so that many can
// run in one process at a time; nothing here touches the process's own streams,
// variables, working directory or exit.
//
// A command that needs the network runs the engine (messaging.Client.Run) on a
// goroutine that ends before the command does.
//
// A passphrase comes from what the command line, a variable or config.toml names
// (passphrases.go, sources.go), else from whoever is at the terminal. What only
// the process can do for that is in package process, which main hands over.
//
// What others wrote passes render before people see it; JSON has it as it is.
package cli
