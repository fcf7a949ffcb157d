#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "saddle/nn/network.h"
#include "saddle/task/table.h"
#include "saddle/train/task.h"

namespace saddle {

/// n labels [n] int64 with the given shares; undefined without shares.
at::Tensor labels_with(const std::vector<double>& frequencies, const RandomKey& key,
                       std::int64_t n);

/// How a task draws its samples.
struct Renderer {
  std::function<codec::Image8(const data::Batch&, std::int64_t columns)> sheet;
  std::function<std::vector<codec::Image8>(const data::Batch&)> singles;
};

using Generators = std::vector<std::unique_ptr<nn::Generator>>;

/// A generator in evaluation mode, or a mixture of several in equal shares: which one makes a
/// sample is a function of its latents.
class GanSampler final : public Sampler {
 public:
  /// `members`: one or more of one structure.
  GanSampler(Generators members, DataFacts facts, Renderer renderer, at::Device device);
  GanSampler(std::unique_ptr<nn::Generator> generator, DataFacts facts, Renderer renderer,
             at::Device device);

  data::Batch sample(const at::Tensor& latents, const at::Tensor& labels) override;
  std::int64_t latent_size() const override { return members_.front()->latent_size(); }
  std::int64_t classes() const override { return facts_.dimensions.classes; }
  at::Tensor draw_labels(const RandomKey& key, std::int64_t n) const override {
    return labels_with(facts_.frequencies, key, n);
  }
  codec::Image8 picture(const data::Batch& batch, std::int64_t columns) const override {
    return renderer_.sheet(batch, columns);
  }
  std::vector<codec::Image8> pictures(const data::Batch& batch) const override {
    return renderer_.singles(batch);
  }
  /// Of a mixture, every name follows "member.<i>.".
  NamedTensors weights() const override;

 private:
  at::Tensor make(const at::Tensor& latents, const nn::Condition& condition);

  Generators members_;
  DataFacts facts_;
  Renderer renderer_;
  at::Device device_;
};

/// Parameters and buffers of `from` into `to`, a network of the same structure.
void copy_generator(nn::Generator& from, nn::Generator& to);

/// The generators that these weights of a GanSampler make, each from `make`. Throws Error(kInput)
/// naming the first tensor that is missing or has another shape.
Generators load_generators(const std::function<std::unique_ptr<nn::Generator>()>& make,
                           const NamedTensors& weights);

/// Puts named weights into a generator. Throws Error(kInput) naming the first that is missing or
/// has another shape.
void load_generator(nn::Generator& generator, const NamedTensors& weights);

/// Replaces running statistics by their mean over 64 batches of `batch` (at most 256)
/// latents of stream "eval", so that samples do not depend on the batch they are made in. Nothing
/// where there are none.
void estimate_statistics(nn::Generator& generator, const DataFacts& facts, const Streams& streams,
                         std::int64_t batch, at::Device device);

}  // namespace saddle
