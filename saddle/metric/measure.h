#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/metric/feature_rows.h"
#include "saddle/metric/memorisation.h"
#include "saddle/metric/result.h"
#include "saddle/metric/settings.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

/// What a measure compares. What it does not need may be missing.
struct Sides {
  std::shared_ptr<const FeatureRows> real, fake, train;
  at::Tensor real_labels, fake_labels, train_labels;  ///< int64 [n]
  at::Tensor real_logits, fake_logits;                ///< [n,K]
};

/// How the warning begins of a reading that these samples do not give; its value is NaN.
inline constexpr std::string_view kNotMeasured = "not measured: ";

/// How a measure is asked.
struct Asked {
  const EvaluationSettings& settings;
  RandomKey key;
  /// Of floor and baseline: no spread is wanted, and a few subsets do.
  bool aside = false;
  /// Names that were asked for, of whatever measures.
  std::span<const std::string> wanted{};

  bool wants(std::string_view name) const { return std::ranges::count(wanted, name) > 0; }
};

/// One number of a measure.
struct Reading {
  std::string_view name;
  double value = kNone;
  double spread = kNone;
  std::vector<double> parts{};
  std::string warning{};
  std::vector<NearestPair> nearest{};  ///< of memorisation: one a fake, in the fakes' order
};

/// Parts of Sides that a measure cannot do without.
enum Needs : unsigned {
  kNeedsReal = 1,
  kNeedsTrain = 2,
  kNeedsRealLabels = 4,
  kNeedsFakeLabels = 8,
  kNeedsLogits = 16,
  kUsesTrain = 32,  ///< takes the training set where it is given
  kMayUseTrain = kNeedsTrain | kUsesTrain,
};

/// What stands in for the fakes in the real-vs-real floor and in the trivial baseline.
enum class FloorKind { kNone, kRealParts, kRealLogits, kTrainingSet };
enum class BaselineKind {
  kNone,
  kIndependent,   ///< each pixel, or feature, drawn by itself from its values in the real set
  kTrainingRows,  ///< the training set, as a generator would give it that knows it by heart
  kShuffledLogits,
};

/// Something that gives one or more metrics of the catalogue at once.
struct Measure {
  std::vector<std::string_view> names;
  unsigned needs = kNeedsReal;
  FloorKind floor = FloorKind::kRealParts;
  BaselineKind baseline = BaselineKind::kIndependent;
  /// Whether of two equal distributions it gives more the fewer samples there are.
  bool falls_with_n = false;
  /// Throws Error(kInput) or Error(kNumeric) on samples of which it cannot be measured. Readings
  /// that are not wanted may be left out, but the same for all sides.
  std::vector<Reading> (*run)(const Sides&, const Asked&) = nullptr;
  /// Settings that numbers must share to be compared, as protocol and conditions tell them.
  Conditions (*conditions)(const EvaluationSettings&) = nullptr;
  /// What value and spread are, in clauses joined by "; ".
  std::string_view doc;
};

/// The table of measures.
std::span<const Measure> measures();

/// Rows of it, by what they look at.
std::vector<Measure> distance_measures();
std::vector<Measure> sample_measures();

/// Standard error of a share of n.
double share_error_of(double share, std::int64_t n);

}  // namespace saddle::metric
