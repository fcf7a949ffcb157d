#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <vector>

#include "saddle/data/source.h"
#include "saddle/metric/classifier.h"

namespace saddle::lab {

/// How pictures spread over the modes that a classifier of single layers sees in them.
struct StackSpread {
  std::vector<std::int64_t> counts{};  ///< of each mode: the layers' classes as one number's digits
  std::int64_t modes = 0;              ///< with a picture
  double kl = 0;                       ///< nats, to even counts; infinite where numbers are not
};

/// Judges n pictures [B,layers,H,W] in [-1,1] that `next` makes B at a time, layer by layer.
StackSpread judge_stacks(const metric::Classifier& classifier, std::int64_t layers, std::int64_t n,
                         const std::function<at::Tensor(std::int64_t count)>& next);

/// The same of pictures of a stacked source from index `first` on.
StackSpread judge_stacked_source(const metric::Classifier& classifier, const data::Source& stacked,
                                 std::int64_t first, std::int64_t n);

/// The classifier of procedural digits, learnt from `pictures` of them; leaves no files.
metric::Classifier digit_judge(std::int64_t pictures,
                               const metric::ClassifierProgressCallback& progress = {});

}  // namespace saddle::lab
