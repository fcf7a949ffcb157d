#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <vector>

#include "saddle/metric/extractor.h"

namespace saddle::metric {

/// The perceptual distance between images by their feature maps, in the manner of LPIPS (Zhang et
/// al. 2018, arXiv:1801.03924) but without learned weights, so that its numbers are not LPIPS: each
/// position of a map is divided by its length over the channels (+ 1e-10); the squared differences
/// are summed over channels, averaged over positions and summed over the maps.
/// a, b: the same maps [N,c,h,w] of N images each -> float64 [N]. Throws Error(kInput) when the
/// maps do not pair up, Error(kNumeric) on NaN or Inf.
at::Tensor perceptual_distance(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b);

/// The same between images [N,C,H,W] by the maps of an extractor, one number a pair.
std::vector<double> perceptual_distances(const Extractor& extractor, const at::Tensor& a,
                                         const at::Tensor& b);

}  // namespace saddle::metric
