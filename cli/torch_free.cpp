#include "cli/torch_free.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include "cli/eval_config.h"
#include "cli/text_verbs.h"
#include "cli/verb_data.h"
#include "cli/verb_lab.h"
#include "cli/verb_report.h"
#include "saddle/lab/table.h"
#include "saddle/train/run_directory.h"

namespace saddle::cli {
namespace {

std::optional<int> answer(const HelpText& help) {
  std::fputs(help.text.c_str(), stdout);
  return 0;
}
std::optional<int> answer(const VersionOptions& options) {
  if (options.json) return std::nullopt;
  std::puts("saddle " SADDLE_VERSION);
  return 0;
}
std::optional<int> answer(const TrainOptions& options) {
  if (options.dry_run) return run_dry(options);
  // What is wrong is said before the engine loads LibTorch. What is no file reads only once.
  const auto is_file = [](const std::string& path) {
    return std::filesystem::is_regular_file(path);
  };
  if (std::ranges::all_of(options.config_files, is_file)) resolve_training(options);
  return std::nullopt;
}
std::optional<int> answer(const SampleOptions& options) {
  require_run(options.run);
  return std::nullopt;
}
std::optional<int> answer(const EvalOptions& options) {
  if (!options.run.empty()) require_run(options.run);
  metrics_of(options);
  eval_config(options);
  return std::nullopt;
}
std::optional<int> answer(const ReportOptions& options) {
  return run_report(options);
}
std::optional<int> answer(const CompareOptions& options) {
  return run_compare(options);
}
std::optional<int> answer(const DataInspectOptions& options) {
  return run_data_inspect(options);
}
std::optional<int> answer(const DataPackOptions& options) {
  return run_data_pack(options);
}
std::optional<int> answer(const DataMakeOptions& options) {
  return run_data_make(options);
}
std::optional<int> answer(const LabListOptions& options) {
  return run_lab_list(options, lab::experiments());
}
std::optional<int> answer(const LabRunOptions& options) {
  if (needs_engine(options, lab::experiments())) return std::nullopt;
  return run_lab_run(options, lab::experiments());
}
std::optional<int> answer(const LabAllOptions& options) {
  if (needs_engine(options, lab::experiments())) return std::nullopt;
  return run_lab_all(options, lab::experiments());
}
std::optional<int> answer(const LabPlayOptions& options) {
  return run_lab_play(options);
}
std::optional<int> answer(const LabSweepOptions& options) {
  if (needs_engine(options, lab::experiments())) return std::nullopt;
  return run_lab_sweep(options, lab::experiments());
}
std::optional<int> answer(const LabVerifyOptions&) {
  return std::nullopt;
}
std::optional<int> answer(const PresetsOptions& options) {
  return run_presets(options);
}
std::optional<int> answer(const DocsOptions& options) {
  return run_docs(options);
}
std::optional<int> answer(const CompletionOptions& options) {
  return run_completion(options);
}

}  // namespace

std::optional<int> answer_without_torch(const Command& command) {
  return std::visit([](const auto& options) { return answer(options); }, command);
}

}  // namespace saddle::cli
