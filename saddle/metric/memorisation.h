#pragma once

#include <cstdint>
#include <vector>

#include "saddle/metric/feature_rows.h"

namespace saddle::metric {

/// A fake and its nearest training sample: their places in their sets.
struct NearestPair {
  std::int64_t fake = 0, train = 0;
  double distance = 0;
};

/// How fakes lie to the training set against reals that the generator never saw.
struct Memorisation {
  double share = 0;  ///< of fakes nearer to the training set than to the unseen; ties one half
  double limit = 0;  ///< 0.5 + 4 standard errors: a higher share says memorised
  double mann_whitney_u = 0;   ///< pairs (fake, unseen) with the fake farther from the training set
  double z = 0;                ///< of U; far below 0: fakes lie too near
  double fake_distance = 0;    ///< median distance of a fake to the training set
  double unseen_distance = 0;  ///< the same of an unseen real
  std::int64_t copies = 0;     ///< fakes that equal a training row
  std::int64_t unseen_copies = 0;    ///< unseen rows that do
  std::vector<NearestPair> nearest;  ///< of each fake
};

/// Nearest-neighbour and data-copying tests (Meehan et al. 2020, arXiv:2004.05675; section 3 for
/// U). The share, which is 0.5 only between sets of equal size, takes evenly spaced rows of the
/// larger of training and unseen set; all else takes all rows. Throws Error(kInput) when the widths
/// differ.
Memorisation memorisation(const FeatureRows& train, const FeatureRows& unseen,
                          const FeatureRows& fake);

/// Near-duplicates among samples and the support they tell of (Arora and Zhang 2017,
/// arXiv:1706.08224).
struct Birthday {
  std::int64_t close_pairs = 0;
  std::int64_t pairs = 0;
  double support = 0;  ///< pairs / close pairs; +Inf when there is none
};

/// Pairs of different rows closer than `tau` > 0.
Birthday birthday(const FeatureRows& samples, double tau);

/// The 0.1 quantile of the distances of the even rows of a set to their nearest odd one (linear
/// between data points): what counts as a near-duplicate. Throws Error(kInput) below two rows.
double duplicate_distance(const FeatureRows& real);

/// Mean of |f_i/|f_i| - f_j/|f_j||^2 over pairs i < j. Throws Error(kInput) below two rows,
/// Error(kNumeric) for a row of zeros.
double pairwise_diversity(const FeatureRows& rows);

}  // namespace saddle::metric
