#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "saddle/metric/classifier.h"
#include "saddle/metric/extractor_options.h"

namespace saddle::metric {

/// What an extractor gives for a batch, on the CPU.
struct ExtractorOutput {
  at::Tensor features;  ///< [N,d]
  at::Tensor logits;    ///< [N,K], or undefined
};

/// Turns images into features. Images are u8 [N,C,H,W], or float in [-1,1], which is rounded to 8
/// bits first (unless the options say otherwise). The same images give the same rows whatever else
/// is in the batch, but for rounding.
class Extractor {
 public:
  virtual ~Extractor() = default;

  /// Short, with all that makes numbers incomparable: "pixels", "random-conv/1 seed 0",
  /// "torchscript 1f2e3d4c5b6a, resized to 299 (bilinear_tf1)".
  virtual const std::string& name() const = 0;
  /// How features are made, in clauses joined by "; ". The width d is that of the features.
  virtual std::string protocol() const = 0;
  /// Everything that decides the output, for cache keys.
  virtual std::string identity() const = 0;
  /// Whether float images are rounded to 8 bits first.
  virtual bool rounds_to_bytes() const = 0;
  /// Throws Error(kInput) on what are no images or none that the network takes, Error(kNumeric)
  /// when images or features hold NaN or Inf, Error(kUnsupported) when it gives maps instead.
  virtual ExtractorOutput run(const at::Tensor& images) const = 0;
  /// Feature maps [N,c,h,w] for the perceptual distance, on the CPU. Errors as run;
  /// Error(kUnsupported) where there are none.
  virtual std::vector<at::Tensor> maps(const at::Tensor& images) const = 0;
};

/// A row of the table of extractors that need no file and no data.
struct ExtractorRow {
  std::string_view name;
  std::string_view doc;  ///< one line
  std::unique_ptr<Extractor> (*make)(const ExtractorOptions&, at::Device);
};

/// - pixels: the pixels in [0,1], flattened;
/// - random: "random-conv/1", a convolutional network with weights drawn by a seed. Stages of a 3 x
///   3 convolution of stride 2 and padding 1 and a leaky ReLU of slope .2 on pixels in [-1,1], as
///   long as the map keeps both sides of 2 or more; weights N(0, 2 / (1.04 fan_in)) (He et al.
///   2015), biases N(0, .01). Each stage gives its means over the four quarters of the map and its
///   standard deviations over all positions: 5 numbers a channel. maps() gives the stages.
std::span<const ExtractorRow> extractor_table();

/// The row called `what`, else the TorchScript file of this path (a name with '.' or '/').
/// Throws Error(kUsage) for other words, errors of the row.
std::unique_ptr<Extractor> make_extractor(std::string_view what,
                                          const ExtractorOptions& options = {},
                                          at::Device device = at::kCPU);

/// A TorchScript file as torch.jit.script(model).save(path) writes it, in evaluation mode. It takes
/// float [N,C,H,W] and gives features [N,d] (or [N,d,1,1]), or a pair (features, logits), or a
/// tuple of maps [N,c,h,w] for the perceptual distance.
///
/// Public FID is that of the TensorFlow graph of 2015 (pt_inception-2015-12-05, not torchvision's
/// weights): 8-bit images, resize = 299 by bilinear_tf1, the 2048 numbers of pool3; whether the
/// file resizes or scales pixels itself stands with the file. The file that takes 0..255 and
/// resizes within, for example, wants range = "0..255", resize = 0 and arguments =
/// ["return_features"]. Its Inception Score of the CIFAR-10 training images is 11.2368.
///
/// Throws Error(kInput) when the file is missing, damaged or not TorchScript, or when `arguments`
/// names what forward does not know.
std::unique_ptr<Extractor> make_script_extractor(const std::filesystem::path& file,
                                                 const ExtractorOptions& options = {},
                                                 at::Device device = at::kCPU);

/// The classifier of the real set: its 128 penultimate features and its logits.
std::unique_ptr<Extractor> make_classifier_extractor(std::shared_ptr<const Classifier> classifier);

}  // namespace saddle::metric
