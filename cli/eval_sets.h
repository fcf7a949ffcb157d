#pragma once

#include <memory>
#include <optional>
#include <string>

#include "cli/eval_config.h"
#include "cli/options.h"
#include "saddle/metric/evaluation.h"
#include "saddle/metric/sample_set.h"
#include "saddle/task/open_run.h"

namespace saddle::cli {

/// One side of a comparison as the command line names it.
struct EvalSide {
  std::shared_ptr<const metric::SampleSet> set;
  std::shared_ptr<const data::Source> source;  ///< what it reads; null for arrays and generators
  data::Transform transform{};                 ///< of `source`
  metric::PathSubject path{};                  ///< of a generator of images
};

/// The sets of a command. Runs are opened once, whoever refers to them.
class EvalSides {
 public:
  EvalSides(const EvalOptions& options, const EvalConfig& config, Log log);

  /// `spec`: FILE.npy, FILE.safetensors#KEY, FILE.npz#KEY, a run, a TorchScript generator (.pt), or
  /// any data that `saddle train` reads, PATH#test for its test split. `labels`: an array of the
  /// labels, or "". Throws Error(kInput) when it is nothing of these.
  EvalSide open(const std::string& spec, const std::string& labels);
  /// A split of the data that a run was trained on.
  EvalSide data_of(OpenRun& run, data::Split split);
  /// Opens a run. Throws as open_run.
  OpenRun& run(const std::string& path);

 private:
  EvalSide files(const std::string& path, data::Split split) const;
  std::unique_ptr<metric::SampleSet> array_samples(const std::string& spec,
                                                   const at::Tensor& labels) const;

  const EvalOptions& options_;
  const EvalConfig& config_;
  Log log_;
  std::vector<std::pair<std::string, std::unique_ptr<OpenRun>>> runs_;
};

/// Whether a path is the directory of a run.
bool is_run(const std::string& path);

}  // namespace saddle::cli
