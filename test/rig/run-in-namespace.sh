#!/bin/sh
# run-in-namespace.sh COMMAND...   A mount and network namespace of its own with an empty /sys/bus and an empty /dev/bus/usb, where a
# fake USB bus can be mounted. The rest of /dev is there by links. Needs root. Nothing done in there is seen outside.
exec unshare --mount --net --propagation private sh -ec '
  mount -t tmpfs rig /sys/bus
  mkdir /sys/bus/dev
  mount --rbind /dev /sys/bus/dev
  mount -t tmpfs rig /dev
  for node in /sys/bus/dev/*; do
    [ "$node" = /sys/bus/dev/bus ] || ln -s "$node" /dev/
  done
  mkdir -p /dev/bus/usb
  exec "$@"' sh "$@"
