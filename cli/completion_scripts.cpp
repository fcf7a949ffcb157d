#include "cli/complete.h"

namespace saddle::cli {
namespace {

// Bash breaks a word at '=', and what is offered replaces only what follows it.
constexpr std::string_view kBash = R"(# bash completion for saddle; made by `saddle completion bash`
_saddle() {
  local line=${COMP_LINE:0:COMP_POINT} words=() piece answer
  for piece in "${COMP_WORDS[@]:0:COMP_CWORD}"; do
    if ((${#words[@]})) && [[ $line != [[:space:]]* ]]; then
      words[-1]+=$piece
    else
      words+=("$piece")
    fi
    line=${line#*"$piece"}
  done
  piece=${line#"${line%%[![:space:]]*}"}
  if [[ $line == "$piece" ]] && ((${#words[@]})); then words[-1]+=$piece; else words+=("$piece"); fi
  [[ $COMP_WORDBREAKS == *=* ]] && piece=${piece##*=}
  local before=${words[-1]%"$piece"}
  [[ ${words[-1]} == [\"\']* ]] && words[-1]=${words[-1]:1} before=

  COMPREPLY=()
  while IFS= read -r answer; do
    answer=${answer%%$'\t'*}
    case $answer in
      :files) compopt -o default ;;
      :directories) compopt -o dirnames ;;
      *=) COMPREPLY+=("${answer#"$before"}") && compopt -o nospace ;;
      *) COMPREPLY+=("${answer#"$before"}") ;;
    esac
  done < <("${words[0]/#\~\//$HOME/}" completion -- "${words[@]:1}" 2>/dev/null)
}
complete -F _saddle saddle
)";

constexpr std::string_view kZsh = R"(#compdef saddle
# zsh completion for saddle; made by `saddle completion zsh`
_saddle() {
  local -a before closed open
  local answer word doc names
  before=("${(@Q)words[2,CURRENT-1]}")
  while IFS= read -r answer; do
    word=${answer%%$'\t'*} doc=
    [[ $answer == *$'\t'* ]] && doc=${answer#*$'\t'}
    case $word in
      :*) names=$word ;;
      *=) open+=("${word//:/\\:}${doc:+:$doc}") ;;
      *) closed+=("${word//:/\\:}${doc:+:$doc}") ;;
    esac
  done < <("${(Q)words[1]/#\~\//$HOME/}" completion -- "${before[@]}" "${(Q)PREFIX}" 2>/dev/null)
  if [[ -n $names ]]; then
    compset -P '--*='
    [[ $names == :files ]] && _files || _files -/
    return
  fi
  _describe -t words 'saddle' closed -- open -S ''
}
if [[ $funcstack[1] == _saddle ]]; then _saddle "$@"; else compdef _saddle saddle; fi
)";

constexpr std::string_view kFish = R"(# fish completion for saddle; made by `saddle completion fish`
function __saddle_answer
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l flag (string match -r '^--[^=]*=' -- "$typed")
    set -l rest (string replace -r '^--[^=]*=' '' -- "$typed")
    for answer in ($words[1] completion -- $words[2..-1] "$typed" 2>/dev/null)
        switch $answer
            case ':files'
                printf '%s\n' "$flag"(__fish_complete_path "$rest")
            case ':directories'
                printf '%s\n' "$flag"(__fish_complete_directories "$rest" '')
            case '*'
                echo $answer
        end
    end
end
complete -c saddle -f -a '(__saddle_answer)'
)";

}  // namespace

std::string completion_script(const std::string& shell) {
  return std::string(shell == "bash" ? kBash : shell == "zsh" ? kZsh : kFish);
}

}  // namespace saddle::cli
