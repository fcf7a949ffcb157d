#include <ATen/ATen.h>

#include <array>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/extractor_rows.h"

namespace saddle::metric {

namespace {

constexpr std::array<ExtractorRow, 2> kExtractors{{
    {"pixels", "the pixels themselves, in [0,1]", make_pixel_extractor},
    {"random", "a convolutional network with random weights of a seed", make_random_extractor},
}};

class PixelExtractor final : public Extractor {
 public:
  PixelExtractor(const ExtractorOptions& options, at::Device device)
      : options_(options), device_(device), name_(cat("pixels", input_name(options))) {}

  const std::string& name() const override { return name_; }
  std::string protocol() const override {
    return cat("extractor: the pixels, flattened; ", input_clauses(options_, PixelRange::kUnit));
  }
  std::string identity() const override { return protocol(); }
  bool rounds_to_bytes() const override { return options_.quantise; }
  ExtractorOutput run(const at::Tensor& images) const override {
    auto rows = run_in_pieces(images, device_, [&](const at::Tensor& piece) {
      return std::vector{network_input(piece, options_, PixelRange::kUnit, device_).flatten(1)};
    });
    return {.features = rows.front(), .logits = {}};
  }
  std::vector<at::Tensor> maps(const at::Tensor&) const override { throw_no_maps(name_); }

 private:
  ExtractorOptions options_;
  at::Device device_;
  std::string name_;
};

class ClassifierExtractor final : public Extractor {
 public:
  explicit ClassifierExtractor(std::shared_ptr<const Classifier> classifier)
      : classifier_(std::move(classifier)),
        name_(cat(Classifier::kArchitecture, " ", classifier_->weights_hash().substr(0, 12))) {}

  const std::string& name() const override { return name_; }
  std::string protocol() const override {
    return cat("extractor: ", classifier_->description(),
               "; output: penultimate features after ReLU and logits; images rounded to 8 bits; "
               "input float32 [N,C,H,W] in -1..1 (x = u / 127.5 - 1)");
  }
  std::string identity() const override {
    return cat(protocol(), "; weights ", classifier_->weights_hash());
  }
  bool rounds_to_bytes() const override { return true; }
  ExtractorOutput run(const at::Tensor& images) const override {
    const auto rows = run_in_pieces(images, at::kCPU, [&](const at::Tensor& piece) {
      const Classifier::Output out = classifier_->run(piece);
      return std::vector{out.features, out.logits};
    });
    require_finite_features(rows[0], name_);
    return {.features = rows[0], .logits = rows[1]};
  }
  std::vector<at::Tensor> maps(const at::Tensor&) const override { throw_no_maps(name_); }

 private:
  std::shared_ptr<const Classifier> classifier_;
  std::string name_;
};

}  // namespace

std::span<const ExtractorRow> extractor_table() {
  return kExtractors;
}

std::unique_ptr<Extractor> make_pixel_extractor(const ExtractorOptions& options,
                                                at::Device device) {
  return std::make_unique<PixelExtractor>(options, device);
}

std::unique_ptr<Extractor> make_classifier_extractor(std::shared_ptr<const Classifier> classifier) {
  return std::make_unique<ClassifierExtractor>(std::move(classifier));
}

std::unique_ptr<Extractor> make_extractor(std::string_view what, const ExtractorOptions& options,
                                          at::Device device) {
  std::vector<std::string> names;
  for (const ExtractorRow& row : kExtractors) {
    if (row.name == what) return row.make(options, device);
    names.emplace_back(row.name);
  }
  if (what.find_first_of("./") != std::string_view::npos) {
    return make_script_extractor(what, options, device);
  }
  throw Error(ErrorCode::kUsage, "extractor",
              cat("'", what, "' is no extractor and no TorchScript file", suggestion(what, names)));
}

}  // namespace saddle::metric
