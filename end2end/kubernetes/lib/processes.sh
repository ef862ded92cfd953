# Programs that outlive this script. Each has a file with its pid and start time; a process is
# touched only when both still agree, so a number that was used again is never hit.

# Start time of process $1 in clock ticks; fails when it is gone or a zombie.
born() {
  local fields
  fields=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
  read -ra fields <<<"${fields##*) }"
  [[ ${fields[0]} != [ZX] ]] && echo "${fields[19]}"
}

# Prints the pid of program $1 if it runs.
running() {
  local pid since
  [ -f "$state/pid/$1" ] && read -r pid since <"$state/pid/$1" || return 1
  [ "$(born "$pid")" = "$since" ] && echo "$pid"
}

# Remembers process $2 as program $1.
remember() {
  local since
  since=$(born "$2") || fail "$1 ended at once: $(tail -n 3 "$state/log/$1" 2>/dev/null)"
  echo "$2 $since" >"$state/pid/$1"
}

# Starts program $1 with the command that follows, its output in log/$1.
launch() {
  local program=$1
  shift
  setsid "$@" </dev/null >>"$state/log/$program" 2>&1 9>&- &
  remember "$program" $!
}

# Starts program $1 by its function `run_$1` unless it runs.
start_once() {
  running "$1" >/dev/null || "run_${1//-/_}"
}

# Ends program $1 with signal $2, and with KILL when that takes longer than five seconds.
stop() {
  local pid tick
  if pid=$(running "$1"); then
    kill -s "$2" "$pid" 2>/dev/null || true
    for tick in {1..50}; do running "$1" >/dev/null || break; sleep 0.1; done
    running "$1" >/dev/null && kill -s KILL "$pid"
  fi
  rm -f "$state/pid/$1"
}

# within SECONDS WHAT COMMAND...: repeats the command until it succeeds.
within() {
  local deadline=$((SECONDS + $1)) what=$2
  shift 2
  until "$@" >/dev/null 2>&1; do
    [ $SECONDS -lt $deadline ] || { obituaries; fail "waited in vain for $what; logs are in $state/log"; }
    sleep 0.2
  done
}

# Says which programs have ended by themselves, and their last words.
obituaries() {
  local file program
  for file in "$state"/pid/*; do
    program=$(basename "$file")
    running "$program" >/dev/null || say "$program ended: $(tail -n 1 "$state/log/$program")"
  done
}
