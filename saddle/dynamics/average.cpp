#include "saddle/dynamics/average.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>

#include "saddle/kernel/fused.h"
#include "saddle/tensor/precision.h"

namespace saddle {

double ema_decay(double half_life, double ramp, double samples_seen, double samples_per_update) {
  double h = half_life;
  if (ramp > 0) h = std::min(h, ramp * samples_seen);
  if (h <= 0) return 0;
  return std::pow(0.5, samples_per_update / h);
}

GeneratorAverage::GeneratorAverage(nn::Generator& average, nn::Generator& source,
                                   const EmaConfig& config, std::int64_t samples_per_update)
    : half_life_(static_cast<double>(to_samples(config.half_life, samples_per_update))),
      ramp_(config.ramp),
      samples_per_update_(static_cast<double>(samples_per_update)) {
  const auto collect = [](std::vector<at::Tensor>& list) {
    return [&list](const std::string&, at::Tensor& t) { list.push_back(t.detach()); };
  };
  average.parameters([this](const std::string& name, at::Tensor& t) {
    t.set_requires_grad(false);
    averages_.push_back(t.detach());
    named_.push_back({name, t.detach()});
  });
  average.buffers([this](const std::string& name, at::Tensor& t) {
    average_buffers_.push_back(t.detach());
    named_.push_back({name, t.detach()});
  });
  source.parameters(collect(values_));
  source.buffers(collect(buffers_));
}

void GeneratorAverage::update(std::int64_t samples) {
  const NoGrad no_grad;
  const double decay = updates_ == 0 ? 0.0
                                     : ema_decay(half_life_, ramp_, static_cast<double>(samples),
                                                 samples_per_update_);
  if (decay == 0.0) {
    copy_source();
  } else {
    kernel::lerp_update(averages_, values_, 1 - decay);
    for (std::size_t i = 0; i < buffers_.size(); ++i) average_buffers_[i].copy_(buffers_[i]);
  }
  ++updates_;
}

void GeneratorAverage::restart() {
  const NoGrad no_grad;
  copy_source();
  updates_ = 0;
}

void GeneratorAverage::copy_source() {
  for (std::size_t i = 0; i < values_.size(); ++i) averages_[i].copy_(values_[i]);
  for (std::size_t i = 0; i < buffers_.size(); ++i) average_buffers_[i].copy_(buffers_[i]);
}

void GeneratorAverage::state(StateVisitor& visitor) {
  visitor.number("updates", updates_);
  for (auto& entry : named_) visitor.tensor(entry.name, entry.tensor);
}

}  // namespace saddle
