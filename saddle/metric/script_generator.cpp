#include "saddle/metric/script_generator.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <array>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/extractor_rows.h"
#include "saddle/metric/script_module.h"
#include "saddle/tensor/precision.h"

namespace saddle::metric {

namespace {

constexpr std::int64_t kGeneratorPiece = 64;
constexpr std::array<std::string_view, 2> kLatentAttributes{"latent_size", "z_dim"};

/// Images in [-1,1] of what a generator gives in `range`.
at::Tensor signed_images(const at::Tensor& x, PixelRange range, at::ScalarType type) {
  if (x.scalar_type() == at::kByte || range == PixelRange::kBytes) {
    return x.to(type).div(127.5).sub(1);
  }
  return range == PixelRange::kUnit ? x.mul(2).sub(1) : x;
}

}  // namespace

ScriptGenerator::ScriptGenerator(const std::filesystem::path& file,
                                 const ScriptGeneratorOptions& options, at::Device device)
    : options_(options),
      device_(device),
      module_(std::make_shared<ScriptModule>(file, scalar_type(options.precision), device,
                                             "generator")),
      latent_size_(options.latent),
      name_(cat("torchscript ", module_->sha256().substr(0, 12))) {
  if (latent_size_ == 0) latent_size_ = module_->integer_attribute(kLatentAttributes).value_or(0);
  if (latent_size_ < 1) {
    throw Error(ErrorCode::kInput, "generator",
                cat(module_->file(),
                    ": the size of its latents is not known, as it has no attribute latent_size or "
                    "z_dim; give it with the option latent"));
  }
}

std::string ScriptGenerator::protocol() const {
  return cat("generator: TorchScript ", module_->file(), ", sha256 ", module_->sha256(),
             ", evaluation mode; latents N(0, I) of ", latent_size_, " numbers; ",
             kFloatWidthWords[static_cast<std::size_t>(options_.precision)], " images in ",
             kPixelRangeWords[static_cast<std::size_t>(options_.range)], ", clamped");
}

std::string ScriptGenerator::identity() const {
  return cat(protocol(), "; on ", device_.str());
}

at::Tensor ScriptGenerator::images(const at::Tensor& latents) const {
  if (latents.dim() != 2 || latents.size(0) < 1 || latents.size(1) != latent_size_) {
    throw Error(
        ErrorCode::kInput, "generator",
        cat("latents: got ", shape_text(latents.sizes()), ", expected [n,", latent_size_, "]"));
  }
  const NoGrad no_grad;
  const PrecisionScope full(Precision::kFloat32, device_);
  const at::ScalarType type = scalar_type(options_.precision);
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < latents.size(0); first += kGeneratorPiece) {
    const std::int64_t n = std::min(kGeneratorPiece, latents.size(0) - first);
    const at::Tensor z = latents.narrow(0, first, n).detach().to(device_, type);
    const ScriptModule::Result result = module_->run(z, {});
    const bool one = result.tensors.size() == 1;
    const at::Tensor x = one ? result.tensors.front() : at::Tensor();
    if (!one || x.dim() != 4 || x.size(0) != n || x.numel() == 0 ||
        (x.scalar_type() != at::kByte && !x.is_floating_point())) {
      throw Error(ErrorCode::kInput, "generator",
                  cat(module_->file(), ": forward gave ", one ? shape_text(x.sizes()) : result.type,
                      " for ", n, " latents, expected images [n,C,H,W], float or u8"));
    }
    const at::Tensor images = signed_images(x, options_.range, type).to(at::kCPU, type);
    if (!at::isfinite(images).all().item<bool>()) {
      throw Error(ErrorCode::kNumeric, "generator",
                  cat(module_->file(), ": forward gave NaN or Inf, expected finite images"));
    }
    parts.push_back(images.clamp(-1, 1));
  }
  return at::cat(parts).contiguous();
}

}  // namespace saddle::metric
