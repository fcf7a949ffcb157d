#include "fuzz/target.h"
#include "saddle/config/presets.h"
#include "saddle/config/writer.h"
#include "saddle/task/experiment.h"

// A config file on top of the defaults. What was read, written and read again is the same.
void saddle::fuzz::fuzz_config(std::string_view bytes) {
  config::parse_preset_head("fuzz", bytes);
  const auto load = [](std::string text) {
    Experiment experiment;
    config::load(experiment, std::vector<config::Source>{{std::move(text), "fuzz.toml"}});
    return experiment;
  };
  const Experiment once = load(std::string(bytes));
  require(config::diff(once, load(config::to_toml(once))).empty());
  check_experiment(once);
}
