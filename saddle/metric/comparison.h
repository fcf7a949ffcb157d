#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/metric/evaluation.h"
#include "saddle/metric/measure.h"
#include "saddle/metric/set_features.h"

namespace saddle::metric {

/// The row of the table of measures that gives this metric; null for metrics of pairs.
const Measure* measure_of(std::string_view name);

/// Everything a request is about, read once.
class Comparison {
 public:
  /// Throws Error(kUsage) where images come without an extractor, Error(kInput) on sets that do not
  /// fit each other.
  explicit Comparison(const EvaluationRequest& request);

  /// All metrics of the request that this measure gives. Throws Error(kUsage) for what it needs and
  /// the request lacks, else as the measure.
  void run(const Measure& measure, Evaluation& out) const;

  /// The metrics of the request that this measure could not give.
  void append_failed(const Measure& measure, const Error& error, Evaluation& out) const;

 private:
  /// Readings of a measure; what LibTorch refuses becomes Error(kNumeric).
  std::vector<Reading> measured(const Measure& measure, const Sides& sides, const RandomKey& key,
                                bool aside) const;
  void read();
  void read_real();
  SetFeatures features(const SampleSet& set, std::int64_t n) const;
  void require_one_shape() const;
  void require(const Measure& measure) const;

  /// Rows of the real set in two parts: as many as real and fake rows where there are enough, else
  /// two halves.
  std::pair<std::int64_t, std::int64_t> floor_sizes() const;
  bool floor_at_same_n() const;
  std::optional<Sides> real_parts(std::int64_t split) const;
  /// Nothing, and a word to the log, where these sides are too few: half of a set may be where the
  /// whole is not.
  std::optional<std::vector<Reading>> aside(const Measure& measure, const Sides& sides,
                                            const RandomKey& key, std::string_view what) const;
  std::vector<std::vector<Reading>> floor_readings(const Measure& measure) const;
  std::vector<Reading> baseline_readings(const Measure& measure) const;
  /// What a generator gives that knows each number's own distribution and nothing else: of images
  /// their pixels, else the features.
  std::shared_ptr<const FeatureRows> independent_rows() const;

  std::string features_text() const;
  std::string sets_text() const;
  std::string floor_text(const Measure& measure) const;
  std::string baseline_text(const Measure& measure) const;
  MetricValue value_of(const Measure& measure, const Reading& reading, bool floor) const;

  static constexpr std::int64_t kMarginalSamples = 2000;

  const EvaluationRequest& request_;
  unsigned needs_ = 0;
  RandomKey key_ = Streams(request_.seed).at("eval", 0).fork("measure");
  Sides sides_;
  SetFeatures all_real_;  ///< the reference first, then what the floor may take besides
  std::int64_t n_real_ = 0, n_fake_ = 0;
  mutable std::shared_ptr<const FeatureRows> independent_;  ///< of the baseline, once it is needed
};

}  // namespace saddle::metric
