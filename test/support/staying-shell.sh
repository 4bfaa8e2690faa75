#!/bin/sh
# A shell for `npm --script-shell` that stays between npm and the script: it waits, and passes no signal on.
sh "$@"
exit $?
