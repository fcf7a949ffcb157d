#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/base/schedule.h"
#include "saddle/config/visitor.h"

namespace saddle {

enum class PrecisionChoice { kAuto, kFloat32, kBFloat16 };
inline constexpr std::array<std::string_view, 3> kPrecisionWords{"auto", "float32", "bfloat16"};

/// How long and on what a run trains.
struct TrainConfig {
  std::int64_t seed = 0;
  std::int64_t batch = 64;
  Length length{.count = 300'000};
  std::string max_time;
  Length tick{.count = 4'000};
  std::int64_t threads = 0;
  std::int64_t workers = 1;
  PrecisionChoice precision = PrecisionChoice::kAuto;

  void fields(config::Visitor& v) {
    v.field("seed", seed, "seed of every random stream of the run", {.low = 0});
    v.field("batch", batch, "real samples of one discriminator update",
            {.low = 1, .high = 1 << 20});
    v.field("length", length, "how long to train, in real samples or steps");
    v.field("max_time", max_time,
            "stop and save after this wall time (90s, 10m, 2h); empty: no limit");
    v.field("tick", tick, "how often signals are read and logged");
    v.field("threads", threads,
            "CPU threads of the networks; 0: all cores unless the machine is busy "
            "(--deterministic: all)",
            {.low = 0, .high = 1024});
    v.field("workers", workers,
            "background threads that read data; any number gives the same bytes",
            {.low = 0, .high = 256});
    v.choice("precision", precision, kPrecisionWords,
             "numbers inside the networks; auto measures which is faster here, or follows a rule "
             "with --deterministic");
  }
  bool operator==(const TrainConfig&) const = default;
};

/// When the whole state is written, and how many copies stay.
struct CheckpointConfig {
  Length every{.count = 100'000};
  std::int64_t keep = 3;

  void fields(config::Visitor& v) {
    v.field("every", every, "distance between checkpoints; the end of a run always has one");
    v.field("keep", keep, "how many of the newest checkpoints stay", {.low = 1, .high = 1e6});
  }
  bool operator==(const CheckpointConfig&) const = default;
};

/// The picture of fixed latents that is drawn while training.
struct SamplesConfig {
  Length every{.count = 25'000};
  std::int64_t count = 100;

  void fields(config::Visitor& v) {
    v.field("every", every, "distance between sample sheets; 0: none");
    v.field("count", count, "samples on a sheet", {.low = 1, .high = 65536});
  }
  bool operator==(const SamplesConfig&) const = default;
};

enum class EvaluationSplit { kTest, kTrain };

/// Metrics of the averaged generator while it trains.
struct EvaluationConfig {
  static constexpr std::array<std::string_view, 2> kSplits{"test", "train"};
  Length every{.count = 0};
  std::vector<std::string> metrics;
  std::int64_t samples = 2000;
  EvaluationSplit split = EvaluationSplit::kTest;
  std::string extractor = "random";
  std::string best;

  void fields(config::Visitor& v) {
    v.field("every", every, "distance between measurements; 0: none");
    v.field("metrics", metrics,
            "names of metrics; none: what the kind of data is judged by (`saddle docs metrics`)");
    v.field("samples", samples, "generated samples of a measurement", {.low = 10, .high = 1e7});
    v.choice("split", split, kSplits,
             "real samples that `metrics` compare with; train where there is no test split");
    v.field("extractor", extractor,
            "what turns images into features for `metrics`: random, pixels or a TorchScript file");
    v.field("best", best,
            "a metric whose best measurement keeps its checkpoint beside the newest; \"\": none");
  }
  bool operator==(const EvaluationConfig&) const = default;
};

}  // namespace saddle
