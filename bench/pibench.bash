# SPDX-License-Identifier: GPL-3.0-or-later
# pibench.bash: completion for bash.  It knows nothing by itself: commands, options, kernels, their parameters and
# methods, and lessons are what the program tells at that moment (--help, list, learn).
# Without installing it: . bench/pibench.bash

_pibench_options()
{
  "$1" "$2" --help | sed -n 's/^  *\(-., \)\{0,1\}\(--[a-z-]*=\{0,1\}\).*/\2/p'
}

# What may stand behind "KERNEL:": "key=", and for choices and methods "key=value".
_pibench_pairs()
{
  "$1" list | awk -v kernel="$2" '
    /^[a-z]/ { here = ($1 == kernel ":"); key = ""; next }
    !here { next }
    /^  [a-z]/ { key = $1; print key "="; text = substr($0, 15) }
    /^              [^ ]/ { text = substr($0, 15) }
    key == "method" && (/^  method/ || /^              [^ ]/) { sub(/ .*/, "", text); print key "=" text; next }
    /^  [a-z]/ {
      parts = split(text, part, /; */)
      for (p = 2; p <= parts; p++)
        if (part[p] ~ /^[a-z0-9]+(, [a-z0-9]+)+( \(default\))?$/) {
          sub(/ \(default\)/, "", part[p])
          n = split(part[p], value, ", ")
          for (v = 1; v <= n; v++)
            print key "=" value[v]
        }
    }'
}

# For the word of a benchmark, "mc:points=1e9,met": all that it may become.
_pibench_benchmark()
{
  local program=$1 word=$2 before pair
  if [[ $word != *:* ]]; then
    "$program" list | sed -n 's/^\([a-z][a-z0-9-]*\): .*/\1/p'
    return
  fi
  before=$word
  [[ $word == *,* ]] && before=${word%,*}, || before=${word%%:*}:
  for pair in $(_pibench_pairs "$program" "${word%%:*}"); do
    # "method=" alone gives way to its values once it is written
    [[ $pair == *= && $before$pair == "$word" ]] || printf '%s\n' "$before$pair"
  done
}

_pibench_words()
{
  local program=$1 command=$2 word=$3
  case $command,$word in
    help,*) "$program" --help | sed -n 's/^  \([a-z]*\)  *[a-z].*/\1/p' ;;
    *,-*) _pibench_options "$program" "$command" ;;
    run,* | verify,*) _pibench_benchmark "$program" "$word" ;;
    ab,*) [[ $COMP_LINE == *' -- '* ]] && _pibench_benchmark "$program" "$word" ;;
    learn,*) "$program" learn | sed -n 's/^ *\([a-z][a-z-]*\)   *.*/\1/p' ;;
  esac
}

_pibench()
{
  local program=${COMP_WORDS[0]} command=${COMP_WORDS[1]} word=${COMP_LINE:0:COMP_POINT} keep
  word=${word##*[[:space:]]}
  ((COMP_CWORD == 1)) && command=help
  local IFS=$'\n'
  mapfile -t COMPREPLY < <(compgen -W "$(_pibench_words "$program" "$command" "$word" 2>/dev/null)" -- "$word")
  [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
  # readline replaces what stands behind the last ':' or '=' only
  keep=${word%"${word##*[:=]}"}
  COMPREPLY=("${COMPREPLY[@]#"$keep"}")
}

complete -o bashdefault -o default -F _pibench pibench
