#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>

#include "saddle/metric/script_generator_options.h"

namespace saddle::metric {

class ScriptModule;

/// A generator of images without classes in a TorchScript file, in evaluation mode: latents
/// float [n,latent] -> images [n,C,H,W], float in `range`, or u8.
class ScriptGenerator {
 public:
  /// Throws Error(kInput) when the file is missing, damaged or not TorchScript, or when the size of
  /// its latents is not known.
  explicit ScriptGenerator(const std::filesystem::path& file,
                           const ScriptGeneratorOptions& options = {},
                           at::Device device = at::kCPU);

  const std::string& name() const { return name_; }  ///< "torchscript 1f2e3d4c5b6a"
  /// The file, its sha256 and how it is asked, in clauses joined by "; ".
  std::string protocol() const;
  /// Everything that decides the images of a latent, for cache keys.
  std::string identity() const;
  std::int64_t latent_size() const { return latent_size_; }

  /// Images on the CPU, float in [-1,1] (clamped, not rounded to 8 bits) in the precision of the
  /// options. Throws Error(kInput) when forward refuses the latents or gives no images,
  /// Error(kNumeric) on NaN or Inf.
  at::Tensor images(const at::Tensor& latents) const;

 private:
  ScriptGeneratorOptions options_;
  at::Device device_;
  std::shared_ptr<const ScriptModule> module_;
  std::int64_t latent_size_ = 0;
  std::string name_;
};

}  // namespace saddle::metric
