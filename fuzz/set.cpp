#include <span>

#include "fuzz/target.h"
#include "saddle/config/writer.h"
#include "saddle/task/experiment.h"

// Arguments of --set, one a line.
void saddle::fuzz::fuzz_set(std::string_view bytes) {
  std::vector<std::string> assignments;
  while (!bytes.empty()) {
    const std::size_t end = std::min(bytes.find('\n'), bytes.size());
    assignments.emplace_back(bytes.substr(0, end));
    bytes.remove_prefix(std::min(end + 1, bytes.size()));
  }
  Experiment experiment;
  config::load(experiment, std::vector{config::set_source(assignments)});
  Experiment again;
  config::load(again, std::vector<config::Source>{{config::to_toml(experiment), "fuzz.toml"}});
  require(config::diff(experiment, again).empty());
}
