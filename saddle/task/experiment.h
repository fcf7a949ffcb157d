#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "saddle/config/presets.h"
#include "saddle/config/reader.h"
#include "saddle/config/visitor.h"
#include "saddle/data/sources.h"
#include "saddle/dynamics/dynamics.h"
#include "saddle/dynamics/ema.h"
#include "saddle/dynamics/optimizers.h"
#include "saddle/loader/transform.h"
#include "saddle/nn/networks.h"
#include "saddle/objective/objectives.h"
#include "saddle/objective/penalties.h"
#include "saddle/train/config.h"

namespace saddle {

/// Points: worlds whose truth is known.
struct PointsTask {
  static constexpr std::string_view kName = "points";
  static constexpr std::string_view kDoc =
      "points of one or more numbers: worlds with known modes and density";
  void fields(config::Visitor&) {}
  bool operator==(const PointsTask&) const = default;
};

/// Images, with or without labels.
struct ImageTask {
  static constexpr std::string_view kName = "image";
  static constexpr std::string_view kDoc = "images, with labels where the data has them";
  data::Transform transform;

  void fields(config::Visitor& v) {
    v.group("transform", transform, "what happens to an image on its way to the network");
  }
  bool operator==(const ImageTask&) const = default;
};

/// The table of tasks: one row here and one in table.cpp.
using TaskConfig = std::variant<ImageTask, PointsTask>;

/// One optimizer a player.
struct OptimizersConfig {
  OptimizerConfig generator;
  OptimizerConfig discriminator;

  void fields(config::Visitor& v) {
    v.variant("generator", generator, "moves the generator");
    v.variant("discriminator", discriminator, "moves the discriminator");
  }
  bool operator==(const OptimizersConfig&) const = default;
};

/// Everything that decides a run, but for where the data lies.
struct Experiment {
  TaskConfig task;
  data::SourceConfig data;
  nn::GeneratorConfig generator;
  nn::DiscriminatorConfig discriminator;
  objective::ObjectiveConfig objective;
  objective::PenaltyConfig penalty;
  DynamicsConfig dynamics;
  OptimizersConfig optimizer;
  EmaConfig ema;
  TrainConfig train;
  CheckpointConfig checkpoint;
  SamplesConfig samples;
  EvaluationConfig eval;

  void fields(config::Visitor& v);
  std::string_view data_name() const;
  bool operator==(const Experiment&) const = default;
};

/// What the user asked for, by source.
struct ExperimentRequest {
  std::string preset;                    ///< "": the built-in digits, unless a file is given
  std::vector<std::string> files;        ///< of --config
  std::vector<std::string> assignments;  ///< of --set
};

struct ResolvedExperiment {
  Experiment experiment;
  config::Loaded loaded;
  std::string preset;
};

/// Reads preset, files and assignments in order of precedence and checks that the parts go
/// together. Throws Error(kUsage) listing every mistake.
ResolvedExperiment resolve_experiment(const ExperimentRequest& request,
                                      const std::filesystem::path& preset_directory);

/// The config of a run read back from its config.toml, with assignments on top. Throws
/// Error(kUsage) listing every mistake, Error(kInput) when the file cannot be read.
ResolvedExperiment read_experiment(const std::filesystem::path& config_file,
                                   std::span<const std::string> assignments);

/// Whether a run may go on with another value of this config key; any other change would make it
/// another run.
bool may_change_on_resume(std::string_view key);

/// Whether the networks are told labels.
bool is_conditional(const Experiment& experiment);

/// Throws Error(kUsage) for parts that do not go together, each with what to change.
void check_experiment(const Experiment& experiment);

}  // namespace saddle
