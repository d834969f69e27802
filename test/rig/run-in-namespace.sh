#!/bin/sh
# run-in-namespace.sh COMMAND...   A mount and network namespace of its own with an empty /sys/bus, where a fake USB bus can be
# mounted at /dev/bus/usb (which must exist). Needs root. Nothing done in there is seen outside.
exec unshare --mount --net --propagation private sh -c 'mount -t tmpfs rig /sys/bus && exec "$@"' sh "$@"
