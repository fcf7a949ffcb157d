#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/data/shapes.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

class ShapeSource final : public Source {
 public:
  ShapeSource(const ShapesWorld& world, Split split)
      : world_(world),
        split_(split),
        fields_{
            {"x", codec::ElementType::kU8, {3, world.resolution, world.resolution}},
            {"label", codec::ElementType::kI64, {}},
            {"factors", codec::ElementType::kF32, {static_cast<std::int64_t>(kShapeFactorCount)}}} {
  }
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return kEndless; }
  std::int64_t classes() const override { return world_.kinds; }
  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    const std::size_t pixels = fields_[0].bytes();
    auto* x = numbers<std::uint8_t>(out[0]);
    auto* label = numbers<std::int64_t>(out[1]);
    auto* factors = numbers<float>(out[2]);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const auto sample = shape_sample(world_, split_, static_cast<std::uint64_t>(indices[i]));
      label[i] = sample.label;
      draw_shape(sample.label, sample.factors, static_cast<int>(world_.resolution),
                 {x + i * pixels, pixels});
      std::ranges::copy(normalised_factors(world_, sample.factors),
                        factors + i * kShapeFactorCount);
    }
  }
  std::string fingerprint() const override {
    return cat("shapes v1 resolution=", world_.resolution, " kinds=", world_.kinds,
               " size=", world_.min_size, "..", world_.max_size, " spread=", world_.spread,
               " gradient=", world_.gradient, " rotate=", world_.rotate ? "true" : "false",
               split_ == Split::kTrain ? " split=train" : " split=test");
  }
  std::vector<std::string> class_names() const override {
    return {kShapeKinds.begin(), kShapeKinds.begin() + world_.kinds};
  }

 private:
  ShapesWorld world_;
  Split split_;
  std::vector<FieldSpec> fields_;
};

}  // namespace

std::shared_ptr<Source> make_source(const ShapesWorld& world, Split split,
                                    const std::string& path) {
  if (!path.empty()) {
    throw Error(ErrorCode::kUsage, "data",
                cat("the world 'shapes' draws its own samples: got the data path '", path,
                    "'; leave it out, or choose a data.name that reads files"));
  }
  require_shapes_fit(world);
  return std::make_shared<ShapeSource>(world, split);
}

}  // namespace saddle::data
