#pragma once

#include <ATen/ATen.h>
#include <ATen/Parallel.h>

#include <gtest/gtest.h>

#include <functional>
#include <string>

#include "saddle/base/error.h"
#include "saddle/tensor/random.h"

namespace saddle {

/// Tests run beside each other: several threads each would wait for one another.
inline const bool one_thread = [] {
  at::set_num_threads(1);
  return true;
}();

/// Fixed normal numbers; `index` chooses which.
inline at::Tensor test_normal(at::IntArrayRef shape, std::uint64_t index,
                              at::ScalarType type = at::kDouble) {
  return random_normal(Streams(1).at("test", index), shape, at::TensorOptions(type));
}

/// The largest difference relative to the largest number of `expected`; inf where not finite.
inline double relative_error(const at::Tensor& got, const at::Tensor& expected) {
  if (got.sizes() != expected.sizes()) return HUGE_VAL;
  const at::Tensor difference = got.detach().to(at::kDouble) - expected.detach().to(at::kDouble);
  if (!difference.isfinite().all().item<bool>()) return HUGE_VAL;
  const double scale = expected.detach().to(at::kDouble).abs().max().item<double>();
  return difference.abs().max().item<double>() / std::max(scale, 1e-300);
}

/// The message of the Error that `call` throws, "" when it throws none.
inline std::string error_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return {};
}

}  // namespace saddle
