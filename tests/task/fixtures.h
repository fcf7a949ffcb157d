#pragma once

#include <ATen/ATen.h>

#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

#include "saddle/task/experiment.h"
#include "saddle/task/gan_stage.h"
#include "saddle/task/table.h"
#include "saddle/tensor/state.h"
#include "tests/paths.h"

namespace saddle::test {

inline constexpr double kFloatDigits = 1e-5;  // float32 sums of about a hundred terms near 1

/// A preset with small networks and these assignments on top.
inline Experiment experiment_of(const std::string& preset, std::vector<std::string> more = {}) {
  std::vector<std::string> set{"train.batch=16"};
  if (preset == "digits") {
    for (const char* small : {"generator.latent=5", "generator.width=2", "discriminator.width=2"}) {
      set.push_back(small);
    }
  } else {
    for (const char* small : {"generator.width=8", "discriminator.width=8"}) set.push_back(small);
  }
  set.insert(set.end(), more.begin(), more.end());
  return resolve_experiment({.preset = preset, .files = {}, .assignments = set},
                            std::filesystem::path(kSourceDirectory) / "presets")
      .experiment;
}

/// Points that are told labels of the ring's modes.
inline Experiment labelled_ring(std::vector<std::string> more = {}) {
  more.insert(more.end(), {"generator.condition=\"concat\"", "discriminator.condition=\"concat\""});
  return experiment_of("ring", more);
}

inline at::Tensor longs(std::vector<std::int64_t> values) {
  return at::tensor(values, at::kLong);
}

/// Standard normal latents of draw `draw`.
inline at::Tensor latents_of(std::uint64_t draw, std::int64_t n, std::int64_t size) {
  return random_normal(Streams(11).at("test", draw), {n, size},
                       at::TensorOptions().dtype(at::kFloat));
}

/// The entries of a state below `prefix`, without it.
inline NamedTensors part_of(const StateDict& state, const std::string& prefix) {
  NamedTensors part;
  for (const auto& entry : state) {
    if (entry.name.starts_with(prefix)) {
      part.push_back({entry.name.substr(prefix.size()), entry.tensor});
    }
  }
  return part;
}

/// The tensor of this name; the test ends where there is none.
inline at::Tensor tensor_of(const NamedTensors& list, const std::string& name) {
  for (const auto& entry : list) {
    if (entry.name == name) return entry.tensor;
  }
  throw std::runtime_error("no tensor " + name);
}

inline double largest_difference(const at::Tensor& a, const at::Tensor& b) {
  return (a.to(at::kDouble) - b.to(at::kDouble)).abs().max().item().toDouble();
}

inline bool same_bytes(const NamedTensors& a, const NamedTensors& b) {
  if (a.size() != b.size()) return false;
  for (std::size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || !at::equal(a[i].tensor, b[i].tensor)) return false;
  }
  return true;
}

/// What a points generator of two hidden layers makes of its inputs [N,latent + classes]: the
/// formula of the network, in float64. Weighted layers are at positions 0, 2 and 4.
inline at::Tensor mlp_by_hand(const NamedTensors& weights, const at::Tensor& inputs) {
  at::Tensor x = inputs.to(at::kDouble);
  for (const char* layer : {"0", "2", "4"}) {
    const at::Tensor w = tensor_of(weights, std::string(layer) + ".weight").to(at::kDouble);
    const at::Tensor b = tensor_of(weights, std::string(layer) + ".bias").to(at::kDouble);
    x = x.matmul(w.t()).add(b);
    if (std::string(layer) != "4") x = at::where(x > 0, x, x.mul(0.2));
  }
  return x;
}

/// [latents, one-hot labels].
inline at::Tensor with_one_hot(const at::Tensor& latents, const at::Tensor& labels,
                               std::int64_t classes) {
  const at::Tensor hot = labels.unsqueeze(1).eq(at::arange(classes).unsqueeze(0));
  return at::cat({latents, hot.to(at::kFloat)}, 1);
}

}  // namespace saddle::test
