#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace saddle::cli {

// Flags that several verbs have.

void add_json(CLI::App& verb, bool& json);
/// --set, once for each assignment; `value` is what completion knows the words by.
void add_assignments(CLI::App& verb, std::vector<std::string>& assignments, const char* doc,
                     const char* value);

}  // namespace saddle::cli
