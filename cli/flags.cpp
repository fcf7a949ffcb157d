#include "cli/flags.h"

#include <CLI/CLI.hpp>

namespace saddle::cli {

void add_json(CLI::App& verb, bool& json) {
  verb.add_flag("--json", json, "Print machine-readable JSON on standard output");
}

void add_assignments(CLI::App& verb, std::vector<std::string>& assignments, const char* doc,
                     const char* value) {
  verb.add_option("--set", assignments, doc)
      ->type_name(value)
      ->allow_extra_args(false)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

}  // namespace saddle::cli
