#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "cli/command_tree.h"
#include "saddle/config/describe.h"

namespace saddle::cli {

/// A word that may stand where the cursor is. It ends in '=' where a value follows.
struct Candidate {
  std::string word;
  std::string doc;
};

/// What may stand where the cursor is. The shell itself completes names of files.
struct Completion {
  enum class Names { kNone, kFiles, kDirectories };
  std::vector<Candidate> candidates;  ///< only those that begin with what is typed already
  Names names = Names::kNone;
};

/// What completion cannot read from the verbs and flags; each is called only when it is needed.
struct CompletionSources {
  std::function<std::vector<Candidate>()> presets;
  std::function<std::vector<config::KeyInfo>()> keys;        ///< of the config, with all rows
  std::function<std::vector<Candidate>()> experiments;       ///< of the lab
  std::function<std::vector<config::KeyInfo>()> parameters;  ///< of the experiments on the line
  std::function<std::vector<config::KeyInfo>()> settings;    ///< of toy games
  std::function<std::vector<Candidate>()> metrics;           ///< names of metrics
  std::function<std::vector<config::KeyInfo>()> measures;    ///< what --set of `saddle eval` takes
};

/// Completes the last of `words`, the command line after the program's name up to the cursor; the
/// last is "" after a space. Words that the program would refuse lead to no candidates.
Completion complete(const Verb& program, std::span<const std::string> words,
                    const CompletionSources& sources);

/// One line for each candidate, `word<TAB>what it is`, and ":files" or ":directories" where the
/// shell shall add names of these: what the completion scripts read.
std::string completion_text(const Completion& completion);

/// The script that completes `saddle` in bash, zsh or fish. It asks the program, so that it knows
/// the verbs, flags, presets and keys of the program that is there.
std::string completion_script(const std::string& shell);

}  // namespace saddle::cli
