#include "saddle/tensor/state.h"

#include <ATen/ops/empty.h>
#include <ATen/ops/scalar_tensor.h>

#include <algorithm>
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/tensor/precision.h"

namespace saddle {
namespace {

constexpr std::string_view kStateComponent = "state";

bool is_undefined_mark(const at::Tensor& tensor) {
  return tensor.scalar_type() == at::kByte && tensor.dim() == 2 && tensor.numel() == 0;
}

std::string describe(const at::Tensor& tensor) {
  return cat(c10::toString(tensor.scalar_type()), " ", shape_text(tensor.sizes()));
}

[[noreturn]] void fail_entry(std::string_view name, std::string_view got,
                             std::string_view expected) {
  throw Error(ErrorCode::kInput, kStateComponent,
              cat("entry '", name, "' does not fit: got ", got, ", expected ", expected));
}

}  // namespace

void StatePrefix::enter(std::string_view name) {
  lengths_.push_back(text_.size());
  text_ += name;
  text_ += '.';
}

void StatePrefix::leave() {
  text_.resize(lengths_.back());
  lengths_.pop_back();
}

StateSaver::StateSaver(bool clone) : clone_(clone) {}

void StateSaver::tensor(std::string_view name, at::Tensor& value) {
  at::Tensor saved;
  if (!value.defined()) {
    saved = at::empty({0, 0}, at::kByte);
  } else {
    NoGrad no_grad;
    saved = clone_ ? value.detach().clone() : value.detach();
  }
  dict_.push_back({prefix_.of(name), std::move(saved)});
}

void StateSaver::number(std::string_view name, std::int64_t& value) {
  dict_.push_back({prefix_.of(name), at::scalar_tensor(value, at::kLong)});
}

void StateSaver::number(std::string_view name, double& value) {
  dict_.push_back({prefix_.of(name), at::scalar_tensor(value, at::kDouble)});
}

void StateSaver::text(std::string_view name, std::string& value) {
  at::Tensor bytes = at::empty({static_cast<std::int64_t>(value.size())}, at::kByte);
  if (!value.empty()) std::memcpy(bytes.data_ptr(), value.data(), value.size());
  dict_.push_back({prefix_.of(name), std::move(bytes)});
}

StateDict StateSaver::take() {
  std::vector<std::string_view> names;
  names.reserve(dict_.size());
  for (const auto& entry : dict_) names.push_back(entry.name);
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) {
    throw Error(ErrorCode::kInternal, kStateComponent, cat("entry '", *twice, "' is listed twice"));
  }
  return std::move(dict_);
}

StateLoader::StateLoader(const StateDict& dict) : dict_(dict), used_(dict.size(), false) {}

const at::Tensor& StateLoader::find(std::string_view name) {
  const std::string full = prefix_.of(name);
  for (std::size_t i = 0; i < dict_.size(); ++i) {
    const std::size_t at = (next_ + i) % dict_.size();
    if (dict_[at].name != full) continue;
    used_[at] = true;
    next_ = at + 1;
    return dict_[at].tensor;
  }
  throw Error(ErrorCode::kInput, kStateComponent,
              cat("entry '", full,
                  "' is missing; the state was saved by another version or for "
                  "another configuration"));
}

void StateLoader::tensor(std::string_view name, at::Tensor& value) {
  const at::Tensor& loaded = find(name);
  NoGrad no_grad;
  if (is_undefined_mark(loaded)) {
    value = at::Tensor();
    return;
  }
  if (!value.defined()) {
    value = loaded.clone();
    return;
  }
  if (loaded.scalar_type() != value.scalar_type() || loaded.sizes() != value.sizes()) {
    fail_entry(prefix_.of(name), describe(loaded), describe(value));
  }
  value.copy_(loaded);
}

void StateLoader::number(std::string_view name, std::int64_t& value) {
  const at::Tensor& loaded = find(name);
  if (loaded.dim() != 0 || loaded.scalar_type() != at::kLong) {
    fail_entry(prefix_.of(name), describe(loaded), "a 0-dim Long tensor");
  }
  value = loaded.item<std::int64_t>();
}

void StateLoader::number(std::string_view name, double& value) {
  const at::Tensor& loaded = find(name);
  if (loaded.dim() != 0 || loaded.scalar_type() != at::kDouble) {
    fail_entry(prefix_.of(name), describe(loaded), "a 0-dim Double tensor");
  }
  value = loaded.item<double>();
}

void StateLoader::text(std::string_view name, std::string& value) {
  const at::Tensor& loaded = find(name);
  if (loaded.dim() != 1 || loaded.scalar_type() != at::kByte) {
    fail_entry(prefix_.of(name), describe(loaded), "a 1-dim Byte tensor");
  }
  const at::Tensor bytes = loaded.cpu().contiguous();
  value.assign(static_cast<const char*>(bytes.data_ptr()), static_cast<std::size_t>(bytes.numel()));
}

void StateLoader::finish() const {
  for (std::size_t i = 0; i < dict_.size(); ++i) {
    if (used_[i]) continue;
    throw Error(ErrorCode::kInput, kStateComponent,
                cat("entry '", dict_[i].name,
                    "' is not known here; the state was saved by another "
                    "version or for another configuration"));
  }
}

}  // namespace saddle
