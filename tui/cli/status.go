package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"syscall"

	"seance/messaging"
	"seance/messaging/id"
	"seance/network"
	"seance/store"
)

// Exit statuses, which scripts rely on.
const (
	statusDone    = 0
	statusFailed  = 1
	statusUsage   = 2 // the command line is wrong, a malformed identifier included
	statusOffline = 3 // the network could not be reached
	statusUnknown = 4 // no such account, conversation or message
	statusLocked  = 5 // the passphrase is wrong, or needed and not to be had
)

// usageError is a command line that cannot be carried out, whatever the
// profile and the network are like.
type usageError struct{ text string }

func (e usageError) Error() string { return e.text }

func usagef(format string, a ...any) error { return usageError{fmt.Sprintf(format, a...)} }

// status is the exit status that an error stands for.
func status(err error) int {
	var usage usageError
	switch {
	case err == nil, closedPipe(err):
		return statusDone
	case errors.As(err, &usage), errors.Is(err, id.ErrMalformed), errors.Is(err, messaging.ErrInvalid),
		errors.Is(err, messaging.ErrAmbiguous), errors.Is(err, messaging.ErrOtherNetwork):
		return statusUsage
	case errors.Is(err, messaging.ErrPassphrase):
		return statusLocked
	case errors.Is(err, messaging.ErrUnknown), errors.Is(err, messaging.ErrNoAccount):
		return statusUnknown
	case errors.Is(err, network.ErrOffline), errors.Is(err, network.ErrNoAnswer), errors.Is(err, network.ErrNoServer):
		return statusOffline
	}
	return statusFailed
}

// closedPipe reports whether nobody reads standard output any more, as in
// "seance messages Alice | head -1". That is no failure.
func closedPipe(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, io.ErrClosedPipe)
}

// advice is what to do about an error, "" where its own text says enough.
func advice(err error) string {
	var locked *store.LockedError
	switch {
	case errors.As(err, new(keptError)):
		return "" // it says what happens next
	case errors.As(err, new(noInvitationError)):
		return ""
	case errors.As(err, new(noMemberError)):
		return "'seance group show GROUP' lists the members"
	case errors.As(err, &locked):
		return "end that process, or name another profile with --profile"
	case errors.Is(err, messaging.ErrNoAccount):
		return "make one with 'seance account create --name NAME' or 'seance account restore'"
	case errors.Is(err, messaging.ErrAccountExists):
		return "name another profile with --profile"
	case errors.Is(err, messaging.ErrOtherNetwork):
		return "leave --network and SEANCE_NETWORK out, or name another profile with --profile"
	case errors.As(err, new(noMessageError)):
		return "'seance messages CONV --ids' prints their IDs"
	case errors.As(err, new(noGroupError)):
		return "'seance group list' tells them"
	case errors.Is(err, messaging.ErrUnknown):
		return "'seance conversations' lists what there is"
	case errors.Is(err, network.ErrOffline):
		return "check the connection, and what --network names"
	case errors.Is(err, network.ErrNoAnswer), errors.Is(err, network.ErrNoServer):
		return "try again in a moment"
	case errors.Is(err, syscall.ENOSPC) && !errors.Is(err, store.ErrFull):
		return "make room and try again"
	case errors.Is(err, fs.ErrPermission):
		return "check the permissions"
	}
	return ""
}
