#include "saddle/metric/sample_set.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <numeric>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/array_spec.h"
#include "saddle/metric/batches.h"
#include "saddle/tensor/precision.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kGeneratedAtOnce = 500;
constexpr std::int64_t kNoPiece = -1;

at::Tensor sample_order(std::uint64_t seed, std::int64_t n) {
  return random_order(Streams(seed).at("eval", 0).fork("sample order"), n);
}

class ArraySamples final : public SampleSet {
 public:
  ArraySamples(at::Tensor x, at::Tensor labels, std::string name,
               std::optional<std::uint64_t> order_seed)
      : x_(std::move(x)),
        labels_(std::move(labels)),
        name_(std::move(name)),
        order_seed_(order_seed) {
    if (order_seed_) order_ = sample_order(*order_seed_, x_.size(0));
    identity_ = array_hash(x_);
    if (labels_.defined()) identity_ += "+" + array_hash(labels_);
    shape_ = x_.sizes().slice(1).vec();
  }
  const std::string& name() const override { return name_; }
  const std::string& identity() const override { return identity_; }
  std::string cache_key() const override {
    return order_seed_ ? cat(identity_, ", order ", *order_seed_) : identity_;
  }
  std::int64_t size() const override { return x_.size(0); }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  data::Batch read(std::int64_t first, std::int64_t count) const override {
    data::Batch batch;
    batch.set("x", ordered(x_, first, count));
    if (labels_.defined()) batch.set("label", ordered(labels_, first, count));
    return batch;
  }
  at::Tensor read_paired(std::int64_t first, std::int64_t count) const override {
    return x_.narrow(0, first, count);
  }

 private:
  at::Tensor ordered(const at::Tensor& all, std::int64_t first, std::int64_t count) const {
    return order_seed_ ? all.index_select(0, order_.narrow(0, first, count))
                       : all.narrow(0, first, count);
  }

  at::Tensor x_, labels_;
  std::string name_, identity_;
  std::optional<std::uint64_t> order_seed_;
  at::Tensor order_;  ///< int64 [size]; undefined without a seed
  std::vector<std::int64_t> shape_;
};

class SourceSamples final : public SampleSet {
 public:
  SourceSamples(std::shared_ptr<const data::Source> source, const data::Transform& transform,
                std::string name, std::uint64_t seed)
      : source_(std::move(source)), transform_(transform), name_(std::move(name)), seed_(seed) {
    identity_ = source_->fingerprint();
    if (transform_.pad > 0) {
      identity_ += cat(", padded by ", transform_.pad, " of ", transform_.pad_value);
    }
    const auto& spec = source_->fields()[data::field_index(*source_, "x")];
    shape_ = spec.shape.size() == 3 ? data::transformed_shape(transform_, spec.shape) : spec.shape;
    if (shape_.size() != 1 && shape_.size() != 3) {
      throw Error(ErrorCode::kUnsupported, "eval",
                  cat("samples of ", name_, ": got ", shape_text(shape_),
                      ", expected points [D] or images [C,H,W]"));
    }
    if (source_->size() != data::Source::kEndless) {
      order_ = sample_order(seed, source_->size());
    }
  }
  const std::string& name() const override { return name_; }
  const std::string& identity() const override { return identity_; }
  std::string cache_key() const override {
    return order_.defined() ? cat(identity_, ", order ", seed_) : identity_;
  }
  std::int64_t size() const override { return source_->size(); }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  data::Batch read(std::int64_t first, std::int64_t count) const override {
    std::vector<std::int64_t> indices = places(first, count);
    if (order_.defined()) {
      const auto* order = order_.const_data_ptr<std::int64_t>();
      std::copy(order + first, order + first + count, indices.begin());
    }
    return samples(indices);
  }
  at::Tensor read_paired(std::int64_t first, std::int64_t count) const override {
    return samples(places(first, count)).at("x");
  }

 private:
  static std::vector<std::int64_t> places(std::int64_t first, std::int64_t count) {
    std::vector<std::int64_t> out(static_cast<std::size_t>(count));
    std::iota(out.begin(), out.end(), first);
    return out;
  }
  data::Batch samples(const std::vector<std::int64_t>& indices) const {
    data::Batch batch = data::read_batch(*source_, indices);
    if (images()) batch.set("x", evaluation_images(batch.at("x"), transform_));
    return batch;
  }

  std::shared_ptr<const data::Source> source_;
  data::Transform transform_;
  std::string name_, identity_;
  std::vector<std::int64_t> shape_;
  std::uint64_t seed_;
  at::Tensor order_;  ///< int64 [size]; undefined for an endless source
};

class GeneratedSamples final : public SampleSet {
 public:
  GeneratedSamples(KeyedSampler sampler, std::string name, const std::string& identity,
                   std::uint64_t seed)
      : sampler_(std::move(sampler)),
        name_(std::move(name)),
        identity_(identity.empty() ? "" : cat(identity, ", seed ", seed)),
        streams_(seed) {
    shape_ = piece(0).at("x").sizes().slice(1).vec();
  }
  const std::string& name() const override { return name_; }
  const std::string& identity() const override { return identity_; }
  std::int64_t size() const override { return data::Source::kEndless; }
  const std::vector<std::int64_t>& shape() const override { return shape_; }
  data::Batch read(std::int64_t first, std::int64_t count) const override {
    std::vector<data::Batch> parts;
    for (std::int64_t at = first; at < first + count;) {
      const std::int64_t begin = at % kGeneratedAtOnce;
      const std::int64_t length = std::min(kGeneratedAtOnce - begin, first + count - at);
      data::Batch part;
      for (const data::Field& field : piece(at / kGeneratedAtOnce).fields) {
        part.set(field.name, field.values.narrow(0, begin, length));
      }
      parts.push_back(std::move(part));
      at += length;
    }
    if (parts.size() == 1) return parts.front();
    data::Batch whole;
    for (const data::Field& field : parts.front().fields) {
      std::vector<at::Tensor> values;
      for (const data::Batch& part : parts) values.push_back(part.at(field.name));
      whole.set(field.name, at::cat(values));
    }
    return whole;
  }

 private:
  /// Samples 500 k .. 500 k + 499; the last piece stays, because reading goes forward.
  const data::Batch& piece(std::int64_t k) const {
    if (k == kept_) return last_;
    const NoGrad no_grad;
    const RandomKey key = streams_.at("eval", static_cast<std::uint64_t>(k));
    each_fake([&](std::int64_t n) { return sampler_(key, n); }, kGeneratedAtOnce, kGeneratedAtOnce,
              [this](const data::Batch& batch) { last_ = batch; });
    kept_ = k;
    return last_;
  }

  KeyedSampler sampler_;
  std::string name_, identity_;
  Streams streams_;
  std::vector<std::int64_t> shape_;
  mutable std::int64_t kept_ = kNoPiece;
  mutable data::Batch last_;
};

at::Tensor checked_labels_of(const at::Tensor& labels, std::int64_t n, const std::string& name) {
  if (!labels.defined()) return labels;
  if (labels.dim() != 1 || labels.size(0) != n || at::isFloatingType(labels.scalar_type())) {
    throw Error(ErrorCode::kInput, "eval",
                cat("labels of ", name, ": got ", at::toString(labels.scalar_type()), " ",
                    shape_text(labels.sizes()), ", expected whole numbers [", n, "]"));
  }
  return labels.to(at::kLong).contiguous();
}

}  // namespace

std::unique_ptr<SampleSet> array_set(const at::Tensor& array, const at::Tensor& labels,
                                     std::string name, std::optional<std::uint64_t> order_seed) {
  const bool known = array.defined() && array.dim() >= 1 && array.dim() <= 4 && array.numel() > 0 &&
                     !array.is_complex() && array.scalar_type() != at::kBool;
  if (!known) {
    throw Error(
        ErrorCode::kInput, "eval",
        cat(name, ": got ",
            array.defined() ? cat(at::toString(array.scalar_type()), " ", shape_text(array.sizes()))
                            : std::string("nothing"),
            ", expected rows [n,d] or images [n,C,H,W], with a sample at least"));
  }
  at::Tensor x = array.contiguous();
  if (x.dim() == 1) x = x.unsqueeze(1);
  if (x.dim() == 3) x = x.unsqueeze(1);
  if (x.dim() == 4 && x.scalar_type() != at::kByte) {
    const double low = x.min().to(at::kDouble).item<double>();
    const double high = x.max().to(at::kDouble).item<double>();
    if (!at::isFloatingType(x.scalar_type()) || !(low >= -1) || !(high <= 1)) {
      throw Error(ErrorCode::kInput, "eval",
                  cat("images of ", name, ": got ", at::toString(x.scalar_type()), " from ", low,
                      " to ", high, ", expected u8, or floats in [-1,1]"));
    }
  }
  const std::int64_t n = x.size(0);
  const at::Tensor checked = checked_labels_of(labels, n, name);
  return std::make_unique<ArraySamples>(std::move(x), checked, std::move(name), order_seed);
}

std::unique_ptr<SampleSet> source_set(std::shared_ptr<const data::Source> source,
                                      const data::Transform& transform, std::string name,
                                      std::uint64_t seed) {
  return std::make_unique<SourceSamples>(std::move(source), transform, std::move(name), seed);
}

std::unique_ptr<SampleSet> generated_set(KeyedSampler sampler, std::string name,
                                         const std::string& identity, std::uint64_t seed) {
  return std::make_unique<GeneratedSamples>(std::move(sampler), std::move(name), identity, seed);
}

}  // namespace saddle::metric
