package messaging

import (
	"errors"
	"fmt"
	"testing"

	"seance/messaging/group"
)

// What waits for a key of a group says so, and is tried again.
func TestRefusal(t *testing.T) {
	for err, want := range map[error]string{
		errKeyNotStored: "the new key of the group is not in its swarm yet",
		fmt.Errorf("encrypt the message: %w", group.ErrNoKey): "it waits for a key of the group",
		errors.New("anything"):                                "it could not be stored in the recipient's swarm",
	} {
		if got, refused := refusal(err); got != want || refused {
			t.Errorf("%v: %q, %v", err, got, refused)
		}
	}
}
