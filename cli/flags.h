#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace saddle::cli {

// Flags that several verbs have.

/// --json: the answer as JSON.
void add_json(CLI::App& verb, bool& json);
/// --set, once for each assignment; `value` is one of the k...Value words of command_tree.h, by
/// which completion knows what to offer.
void add_assignments(CLI::App& verb, std::vector<std::string>& assignments, const char* doc,
                     const char* value);

}  // namespace saddle::cli
