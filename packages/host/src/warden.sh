#!/bin/sh
# Outlives its owner, and then ends what the owner left behind.
#
# The owner holds the other end of our standard input. It tells us of each child (its process group) and of each temporary directory;
# when it is gone, by `kill -9` too, the input ends, and we kill every process
#   - of a group or a session that we were told of, or
#   - whose environment carries the owner's mark, so children that left their session (setsid) and those that we were not yet told of.
owner=$1
groups=' '
directories=''
newline='
'
trap '' INT TERM HUP PIPE

while read -r verb value; do
  case $verb in
    group) groups="$groups$value " ;;
    gone)
      case $groups in
        *" $value "*) groups="${groups%% "$value" *} ${groups#* "$value" }" ;;
      esac
      ;;
    directory) directories="$directories$value$newline" ;;
  esac
done

# Succeeds where something was still alive.
kill_all() {
  found=1
  for group in $groups; do
    kill -KILL -- "-$group" 2>/dev/null
  done
  for file in $(grep -lF "PLUGFEST_OWNER=$owner" /proc/[0-9]*/environ 2>/dev/null); do
    pid=${file#/proc/}
    kill -KILL "${pid%/environ}" 2>/dev/null && found=0
  done
  for file in /proc/[0-9]*/stat; do
    { read -r line <"$file"; } 2>/dev/null || continue
    # pid (any name) state parent group session
    set -- ${line##*) }
    case $groups in
      *" $4 "*) [ "$1" != Z ] && kill -KILL "${line%% *}" 2>/dev/null && found=0 ;;
    esac
  done
  return $found
}

# A fork in flight is missed by one look: three quiet looks in a row end it, and so do ten seconds.
quiet=0
looks=0
while [ $quiet -lt 3 ] && [ $looks -lt 100 ]; do
  if kill_all; then quiet=0; else quiet=$((quiet + 1)); fi
  looks=$((looks + 1))
  sleep 0.1
done

IFS=$newline
for directory in $directories; do
  rm -rf -- "$directory"
done
