#pragma once

#include <ATen/core/Tensor.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "saddle/metric/extractor.h"

namespace saddle::metric {

// What rows of the table of extractors share.

std::unique_ptr<Extractor> make_pixel_extractor(const ExtractorOptions& options, at::Device device);
std::unique_ptr<Extractor> make_random_extractor(const ExtractorOptions& options,
                                                 at::Device device);

at::ScalarType scalar_type(FloatWidth width);

/// Images as a network takes them: rounded to 8 bits, resized, grey repeated, in `range`, in the
/// precision and on the device. Throws as Extractor::run.
at::Tensor network_input(const at::Tensor& images, const ExtractorOptions& options,
                         PixelRange range, at::Device device);

/// The same in words: "images rounded to 8 bits; resized to ...; float32 in -1..1 (x = ...)".
std::string input_clauses(const ExtractorOptions& options, PixelRange range);
/// What belongs into the name: "" or ", resized to 299 (bilinear_tf1)" and the like.
std::string input_name(const ExtractorOptions& options);

/// Runs pieces of a batch of bounded size through `network`, which gives any number of tensors with
/// a row an image, and joins them on the CPU. Without a graph, in full precision.
std::vector<at::Tensor> run_in_pieces(
    const at::Tensor& images, at::Device device,
    const std::function<std::vector<at::Tensor>(const at::Tensor& piece)>& network);

/// Throws Error(kNumeric) naming the rows that hold NaN or Inf.
void require_finite_features(const at::Tensor& rows, const std::string& extractor);
[[noreturn]] void throw_no_maps(const std::string& extractor);

}  // namespace saddle::metric
