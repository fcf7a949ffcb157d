#include "saddle/data/stacked.h"

#include <cstring>
#include <utility>

#include "saddle/base/error.h"
#include "saddle/base/philox.h"
#include "saddle/base/text.h"

namespace saddle::data {
namespace {

constexpr std::int64_t kMostStackClasses = std::int64_t{1} << 31;

void require_grey_labelled(const Source& source) {
  const FieldSpec& x = source.fields()[field_index(source, "x")];
  if (x.dtype != codec::ElementType::kU8 || x.shape.size() != 3 || x.shape[0] != 1) {
    throw Error(ErrorCode::kInput, "data",
                cat("pictures to stack: got samples of shape ", shape_text(x.shape),
                    ", expected grey pictures of 8 bits [1,H,W]"));
  }
  if (source.classes() < 1 || !has_field(source, "label")) {
    throw Error(ErrorCode::kInput, "data", "pictures to stack: got no labels, expected some");
  }
}

std::int64_t stack_classes(std::int64_t classes, std::int64_t layers) {
  std::int64_t all = 1;
  for (std::int64_t i = 0; i < layers && all <= kMostStackClasses; ++i) all *= classes;
  if (layers < 1 || all > kMostStackClasses) {
    throw Error(ErrorCode::kUsage, "data",
                cat("layers to stack: got ", layers, " of ", classes,
                    " classes, expected at least one and at most 2^31 classes in all"));
  }
  return all;
}

class StackedSource final : public Source {
 public:
  StackedSource(std::shared_ptr<const Source> source, std::int64_t layers, std::uint64_t seed)
      : source_(std::move(source)),
        layers_(layers),
        classes_(stack_classes(source_->classes(), layers)),
        seed_(seed),
        x_(field_index(*source_, "x")),
        label_(field_index(*source_, "label")) {
    const auto& shape = source_->fields()[x_].shape;
    fields_ = {{"x", codec::ElementType::kU8, {layers, shape[1], shape[2]}},
               {"label", codec::ElementType::kI64, {}}};
  }

  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return kEndless; }
  std::int64_t classes() const override { return classes_; }

  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    std::vector<std::int64_t> drawn;
    for (const std::int64_t index : indices) {
      for (std::int64_t layer = 0; layer < layers_; ++layer) drawn.push_back(draw(index, layer));
    }
    const auto bytes = read_bytes(*source_, drawn);
    // Layers that follow each other are already the picture.
    std::memcpy(out[0].data(), bytes[x_].data(), bytes[x_].size());
    auto* label = numbers<std::int64_t>(out[1]);
    std::vector<std::int64_t> of_layers(drawn.size());
    std::memcpy(of_layers.data(), bytes[label_].data(), bytes[label_].size());
    for (std::size_t i = 0; i < indices.size(); ++i) {
      label[i] = 0;
      for (std::size_t layer = 0; layer < static_cast<std::size_t>(layers_); ++layer) {
        label[i] = label[i] * source_->classes() +
                   of_layers[i * static_cast<std::size_t>(layers_) + layer];
      }
    }
  }

  std::string fingerprint() const override {
    return cat("stacked v1 layers=", layers_,
               source_->size() == kEndless ? "" : cat(" seed=", seed_), " of ",
               source_->fingerprint());
  }

 private:
  std::int64_t draw(std::int64_t index, std::int64_t layer) const {
    if (source_->size() == kEndless) {
      // A world's samples are independent of each other; indices wrap far beyond any run.
      const auto place = static_cast<std::uint64_t>(index) * static_cast<std::uint64_t>(layers_) +
                         static_cast<std::uint64_t>(layer);
      return static_cast<std::int64_t>(place & (~std::uint64_t{0} >> 2));
    }
    auto sequence =
        PhiloxSequence::of(stream_key(seed_, "stack"), static_cast<std::uint64_t>(index),
                           static_cast<std::uint32_t>(layer));
    return static_cast<std::int64_t>(sequence.below(static_cast<std::uint64_t>(source_->size())));
  }

  std::shared_ptr<const Source> source_;
  std::int64_t layers_;
  std::int64_t classes_;
  std::uint64_t seed_;
  std::size_t x_;
  std::size_t label_;
  std::vector<FieldSpec> fields_;
};

}  // namespace

std::shared_ptr<Source> stacked_source(std::shared_ptr<const Source> source, std::int64_t layers,
                                       std::uint64_t seed) {
  require_grey_labelled(*source);
  return std::make_shared<StackedSource>(std::move(source), layers, seed);
}

}  // namespace saddle::data
