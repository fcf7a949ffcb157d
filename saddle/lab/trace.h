#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "saddle/dynamics/optimizers.h"
#include "saddle/objective/objectives.h"
#include "saddle/objective/penalties.h"

namespace saddle::lab {

/// Two numbers agree when |a - b| <= atol + rtol |b|.
struct TraceTolerance {
  double rtol = 0, atol = 0;
};

/// One pair of networks trained by one objective, as expected.json describes it.
struct TraceRun {
  std::string pair, name;        ///< "dcgan", "ns_r1"
  std::filesystem::path inputs;  ///< initial weights, samples and latents
  std::filesystem::path record;  ///< what training gave
  std::string initial_generator = "init.G";
  std::string initial_discriminator;  ///< prefix of its weights: "init.D"
  objective::ObjectiveConfig objective;
  objective::PenaltyConfig penalty;
  Adam generator, discriminator;
  std::map<std::string, std::vector<double>> losses;  ///< as expected.json repeats them
};

/// A directory of recorded training.
struct Trace {
  std::int64_t steps = 0;
  TraceTolerance step;    ///< of gradients, losses and logits
  TraceTolerance weight;  ///< of the weights after the last step
  std::vector<TraceRun> runs;
};

/// Reads `directory`/expected.json. Throws Error(kInput) where it is missing, damaged, lacks a
/// field, names an objective that is not known or a file that is not there.
Trace read_trace(const std::filesystem::path& directory);

}  // namespace saddle::lab
