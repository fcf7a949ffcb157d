#include "saddle/task/gan_sampler.h"

#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"

namespace saddle {
namespace {

constexpr std::int64_t kSampleBatch = 256;
constexpr std::int64_t kStatisticsBatches = 64;
constexpr std::int64_t kLargestStatisticsBatch = 256;

Generators one_member(std::unique_ptr<nn::Generator> generator) {
  Generators members;
  members.push_back(std::move(generator));
  return members;
}

std::string member_prefix(std::size_t i) {
  return cat("member.", static_cast<std::int64_t>(i), ".");
}

// Which of n members makes each sample, [N] int64: a hash of its latents, so that it depends on
// nothing else.
at::Tensor owners_of(const at::Tensor& latents, std::size_t n) {
  const at::Tensor z = latents.to(at::kCPU, at::kFloat).contiguous();
  at::Tensor owners = at::empty({z.size(0)}, at::TensorOptions().dtype(at::kLong));
  const auto bytes = static_cast<std::size_t>(z.size(1)) * sizeof(float);
  const auto* row = static_cast<const char*>(z.const_data_ptr());
  for (std::int64_t i = 0; i < z.size(0); ++i, row += bytes) {
    const std::uint64_t hash = mix64(hash64(std::string_view(row, bytes)));
    owners.data_ptr<std::int64_t>()[i] = static_cast<std::int64_t>(hash % n);
  }
  return owners;
}

std::vector<at::Tensor> tensors_of(nn::Generator& generator) {
  std::vector<at::Tensor> list;
  const auto collect = [&](const std::string&, at::Tensor& t) { list.push_back(t.detach()); };
  generator.parameters(collect);
  generator.buffers(collect);
  return list;
}

}  // namespace

at::Tensor labels_with(const std::vector<double>& frequencies, const RandomKey& key,
                       std::int64_t n) {
  if (frequencies.empty()) return {};
  const at::Tensor u = random_uniform(key, {n}, at::TensorOptions().dtype(at::kDouble));
  at::Tensor labels = at::empty({n}, at::TensorOptions().dtype(at::kLong));
  std::vector<double> cumulative(frequencies.size());
  double sum = 0;
  for (std::size_t i = 0; i < frequencies.size(); ++i) cumulative[i] = sum += frequencies[i];
  const auto* uniform = u.const_data_ptr<double>();
  auto* out = labels.data_ptr<std::int64_t>();
  const auto last = static_cast<std::int64_t>(frequencies.size()) - 1;
  for (std::int64_t i = 0; i < n; ++i) {
    const auto at = std::ranges::upper_bound(cumulative, uniform[i] * sum);
    out[i] = std::min<std::int64_t>(at - cumulative.begin(), last);
  }
  return labels;
}

GanSampler::GanSampler(Generators members, DataFacts facts, Renderer renderer, at::Device device)
    : members_(std::move(members)),
      facts_(std::move(facts)),
      renderer_(std::move(renderer)),
      device_(device) {}

GanSampler::GanSampler(std::unique_ptr<nn::Generator> generator, DataFacts facts, Renderer renderer,
                       at::Device device)
    : GanSampler(one_member(std::move(generator)), std::move(facts), std::move(renderer), device) {}

data::Batch GanSampler::sample(const at::Tensor& latents, const at::Tensor& labels) {
  const NoGrad no_grad;
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < latents.size(0); first += kSampleBatch) {
    const std::int64_t n = std::min(kSampleBatch, latents.size(0) - first);
    nn::Condition condition;
    if (labels.defined() && facts_.dimensions.classes > 0) {
      condition.labels = labels.narrow(0, first, n).to(device_);
    }
    parts.push_back(make(latents.narrow(0, first, n), condition).to(at::kCPU, at::kFloat));
    parts.back() = parts.back().contiguous();
  }
  data::Batch batch;
  batch.set("x", at::cat(parts));
  if (labels.defined() && facts_.dimensions.classes > 0) batch.set("label", labels.cpu());
  return batch;
}

at::Tensor GanSampler::make(const at::Tensor& latents, const nn::Condition& condition) {
  const at::Tensor z = latents.to(device_);
  if (members_.size() == 1) return members_.front()->forward(z, condition, {.training = false});
  const at::Tensor owners = owners_of(latents, members_.size());
  at::Tensor samples;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const at::Tensor rows = owners.eq(static_cast<std::int64_t>(i)).nonzero().squeeze(1);
    if (rows.size(0) == 0) continue;
    nn::Condition part = condition;
    if (part.labels.defined()) part.labels = part.labels.index_select(0, rows.to(device_));
    const at::Tensor x =
        members_[i]->forward(z.index_select(0, rows.to(device_)), part, {.training = false});
    if (!samples.defined()) {
      std::vector<std::int64_t> shape = x.sizes().vec();
      shape[0] = latents.size(0);
      samples = at::empty(shape, x.options());
    }
    samples.index_copy_(0, rows.to(device_), x);
  }
  return samples;
}

NamedTensors GanSampler::weights() const {
  NamedTensors list;
  for (std::size_t i = 0; i < members_.size(); ++i) {
    const std::string prefix = members_.size() == 1 ? "" : member_prefix(i);
    const auto collect = [&](const std::string& name, at::Tensor& t) {
      list.push_back({prefix + name, t.detach()});
    };
    members_[i]->parameters(collect);
    members_[i]->buffers(collect);
  }
  return list;
}

Generators load_generators(const std::function<std::unique_ptr<nn::Generator>()>& make,
                           const NamedTensors& weights) {
  Generators members;
  while (true) {
    // A lone generator has no prefix.
    const std::string prefix = member_prefix(members.size());
    NamedTensors own;
    for (const NamedTensor& w : weights) {
      if (w.name.starts_with(prefix)) own.push_back({w.name.substr(prefix.size()), w.tensor});
    }
    if (own.empty() && !members.empty()) return members;
    auto generator = make();
    load_generator(*generator, own.empty() ? weights : own);
    members.push_back(std::move(generator));
    if (own.empty()) return members;
  }
}

void copy_generator(nn::Generator& from, nn::Generator& to) {
  const NoGrad no_grad;
  const auto source = tensors_of(from);
  const auto target = tensors_of(to);
  for (std::size_t i = 0; i < source.size(); ++i) target[i].copy_(source[i]);
}

void load_generator(nn::Generator& generator, const NamedTensors& weights) {
  const NoGrad no_grad;
  const auto load = [&](const std::string& name, at::Tensor& t) {
    const auto found = std::ranges::find(weights, name, &NamedTensor::name);
    if (found == weights.end()) {
      throw Error(ErrorCode::kInput, "weights",
                  cat("no tensor '", name,
                      "' among the generator's weights; the run's config.toml "
                      "and its checkpoint do not belong together"));
    }
    if (found->tensor.sizes() != t.sizes()) {
      throw Error(ErrorCode::kInput, "weights",
                  cat("generator tensor '", name, "' has shape ", shape_text(found->tensor.sizes()),
                      ", expected ", shape_text(t.sizes())));
    }
    t.detach().copy_(found->tensor);
  };
  generator.parameters(load);
  generator.buffers(load);
}

void estimate_statistics(nn::Generator& generator, const DataFacts& facts, const Streams& streams,
                         std::int64_t batch, at::Device device) {
  bool any = false;
  generator.buffers([&](const std::string&, at::Tensor&) { any = true; });
  if (!any) return;
  const NoGrad no_grad;
  batch = std::min(batch, kLargestStatisticsBatch);
  for (std::int64_t i = 0; i < kStatisticsBatches; ++i) {
    const RandomKey key = streams.at("eval", static_cast<std::uint64_t>(i)).fork("statistics");
    const at::Tensor z = random_normal(key.fork("latent"), {batch, generator.latent_size()},
                                       at::TensorOptions().dtype(at::kFloat).device(device));
    nn::Condition condition;
    const at::Tensor labels = labels_with(facts.frequencies, key.fork("label"), batch);
    if (labels.defined()) condition.labels = labels.to(device);
    Ledger ledger;
    generator.forward(z, condition,
                      {.training = true,
                       .ledger = &ledger,
                       .statistics_share = 1.0 / static_cast<double>(i + 1)});
    ledger.apply();
  }
}

}  // namespace saddle
