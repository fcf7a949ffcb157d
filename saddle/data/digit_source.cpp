#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/data/digits.h"
#include "saddle/data/source.h"

namespace saddle::data {

namespace {

class DigitSource final : public Source {
 public:
  DigitSource(const DigitsWorld& world, Split split)
      : world_(world),
        split_(split),
        fields_{{"x", codec::ElementType::kU8, {1, world.resolution, world.resolution}},
                {"label", codec::ElementType::kI64, {}}} {}
  const std::vector<FieldSpec>& fields() const override { return fields_; }
  std::int64_t size() const override { return kEndless; }
  std::int64_t classes() const override { return 10; }
  void read(std::span<const std::int64_t> indices, std::span<const Buffer> out) const override {
    const auto pixels = static_cast<std::size_t>(world_.resolution * world_.resolution);
    auto* x = numbers<std::uint8_t>(out[0]);
    auto* label = numbers<std::int64_t>(out[1]);
    for (std::size_t i = 0; i < indices.size(); ++i) {
      const auto sample = digit_sample(world_, split_, static_cast<std::uint64_t>(indices[i]));
      label[i] = sample.label;
      draw_digit(sample.label, sample.factors, static_cast<int>(world_.resolution),
                 {x + i * pixels, pixels});
    }
  }
  std::string fingerprint() const override {
    return cat("digits v1 resolution=", world_.resolution, " slant=", world_.slant,
               " thickness=", world_.thickness, " jitter=", world_.jitter,
               split_ == Split::kTrain ? " split=train" : " split=test");
  }

 private:
  DigitsWorld world_;
  Split split_;
  std::vector<FieldSpec> fields_;
};

}  // namespace

std::shared_ptr<Source> make_source(const DigitsWorld& world, Split split,
                                    const std::string& path) {
  if (!path.empty()) {
    throw Error(ErrorCode::kUsage, "data",
                cat("the world 'digits' draws its own samples: got the data path '", path,
                    "'; leave it out, or choose data.name = \"idx\""));
  }
  if (world.resolution != 28 && world.resolution != 32) {
    throw Error(ErrorCode::kUsage, "data",
                cat("data.resolution: got ", world.resolution, ", expected 28 or 32"));
  }
  return std::make_shared<DigitSource>(world, split);
}

}  // namespace saddle::data
