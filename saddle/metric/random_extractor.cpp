#include <ATen/ATen.h>

#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/kernel/activation.h"
#include "saddle/kernel/convolution.h"
#include "saddle/metric/extractor_rows.h"
#include "saddle/tensor/random.h"

namespace saddle::metric {

namespace {

constexpr std::string_view kRandomNetwork = "random-conv/1";
constexpr double kSlope = 0.2;
constexpr double kBiasDeviation = 0.1;
constexpr std::int64_t kKernel = 3;

std::string random_name(const ExtractorOptions& options) {
  std::string name = cat(kRandomNetwork, " seed ", options.seed);
  if (options.widths != ExtractorOptions{}.widths) {
    name += cat(" widths ", shape_text(options.widths));
  }
  return name + input_name(options);
}

/// Means over the four quarters and standard deviations over all positions: [n,c,h,w] -> [n,5c].
at::Tensor stage_statistics(const at::Tensor& map) {
  const at::Tensor quarters = at::adaptive_avg_pool2d(map, {2, 2}).flatten(1);
  const at::Tensor deviations = map.flatten(2).std(2, /*unbiased=*/false);
  return at::cat({quarters, deviations}, 1);
}

class RandomExtractor final : public Extractor {
 public:
  RandomExtractor(const ExtractorOptions& options, at::Device device)
      : options_(options), device_(device), name_(random_name(options)) {
    if (options.widths.empty()) {
      throw Error(ErrorCode::kUsage, "extractor",
                  "extractor.widths: got none, expected the channels of at least one stage");
    }
  }

  const std::string& name() const override { return name_; }
  std::string protocol() const override {
    return cat("extractor: ", kRandomNetwork, ", stages of ", shape_text(options_.widths),
               " channels, random weights of seed ", options_.seed,
               "; output: quarter means and standard deviations of every stage; ",
               input_clauses(options_, PixelRange::kSigned));
  }
  std::string identity() const override { return cat(protocol(), "; on ", device_.str()); }
  bool rounds_to_bytes() const override { return options_.quantise; }

  ExtractorOutput run(const at::Tensor& images) const override {
    const auto rows = run_in_pieces(images, device_, [&](const at::Tensor& piece) {
      std::vector<at::Tensor> statistics;
      for (const at::Tensor& map : stages(piece)) statistics.push_back(stage_statistics(map));
      return std::vector{at::cat(statistics, 1)};
    });
    return {.features = rows.front(), .logits = {}};
  }

  std::vector<at::Tensor> maps(const at::Tensor& images) const override {
    return run_in_pieces(images, device_, [&](const at::Tensor& piece) { return stages(piece); });
  }

 private:
  std::vector<at::Tensor> stages(const at::Tensor& images) const {
    at::Tensor x = network_input(images, options_, PixelRange::kSigned, device_);
    if (x.size(2) < 3 || x.size(3) < 3) {
      throw Error(ErrorCode::kInput, "extractor",
                  cat("images: got ", x.size(2), " x ", x.size(3),
                      " pixels, expected at least 3 x 3 for the random network"));
    }
    std::vector<at::Tensor> maps;
    for (std::size_t i = 0; i < options_.widths.size() && x.size(2) > 2 && x.size(3) > 2; ++i) {
      const std::int64_t in = x.size(1), out = options_.widths[i];
      const RandomKey key = Streams(static_cast<std::uint64_t>(options_.seed))
                                .at("init", 0)
                                .fork(kRandomNetwork)
                                .fork(static_cast<std::uint64_t>(i));
      const double fan_in = static_cast<double>(in * kKernel * kKernel);
      const at::Tensor weight =
          random_normal(key.fork("weight"), {out, in, kKernel, kKernel}, x.options()) *
          std::sqrt(2 / ((1 + kSlope * kSlope) * fan_in));
      const at::Tensor bias = random_normal(key.fork("bias"), {out}, x.options()) * kBiasDeviation;
      x = kernel::leaky_relu(kernel::conv2d(x, weight, bias, /*stride=*/2, /*padding=*/1), kSlope);
      maps.push_back(x);
    }
    return maps;
  }

  ExtractorOptions options_;
  at::Device device_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Extractor> make_random_extractor(const ExtractorOptions& options,
                                                 at::Device device) {
  return std::make_unique<RandomExtractor>(options, device);
}

}  // namespace saddle::metric
