#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <span>

#include "saddle/data/source.h"

namespace saddle::data {

/// Samples in memory as a source: x [N,...] u8, i8 to i64, f32 or f64, labels [N] int64 in [0,
/// classes) or undefined; both are kept, not copied, and must not change. `classes` 0 takes the
/// largest label plus one. Throws Error(kInput) when counts differ, x is empty or a label is out of
/// range.
std::shared_ptr<Source> array_source(const at::Tensor& x, const at::Tensor& labels = {},
                                     std::int64_t classes = 0);

/// The same of plain arrays, which are copied: samples one after the other in C order, `shape` that
/// of one sample ({2} for points, {3, 32, 32} for images), and one label for each or none. Throws
/// Error(kInput) also when `values` are no whole number of samples.
std::shared_ptr<Source> array_source(std::span<const float> values, at::IntArrayRef shape,
                                     std::span<const std::int64_t> labels = {},
                                     std::int64_t classes = 0);
std::shared_ptr<Source> array_source(std::span<const std::uint8_t> values, at::IntArrayRef shape,
                                     std::span<const std::int64_t> labels = {},
                                     std::int64_t classes = 0);

/// Samples `first` .. `first + count - 1` of a finite or endless source, read once into memory.
/// Throws Error(kInput) when the source has fewer.
std::shared_ptr<Source> subset(const Source& source, std::int64_t first, std::int64_t count);

}  // namespace saddle::data
