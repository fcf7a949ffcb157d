#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/extractor_rows.h"
#include "saddle/tensor/precision.h"

namespace saddle::metric {

namespace {

// Bounds the memory of a network, and keeps the shapes that it sees the same.
constexpr std::int64_t kPiece = 64;

void check_extractor_images(const at::Tensor& images) {
  if (!images.defined() || images.dim() != 4 || images.numel() == 0) {
    throw Error(ErrorCode::kInput, "extractor",
                cat("images: got ", images.defined() ? shape_text(images.sizes()) : "nothing",
                    ", expected [N,C,H,W] with at least one image"));
  }
  if (images.scalar_type() != at::kByte && !images.is_floating_point()) {
    throw Error(ErrorCode::kInput, "extractor",
                "images: got integers that are not of 8 bits, expected u8, or float in [-1,1]");
  }
}

/// In 0..255, as float of this type.
at::Tensor byte_values(const at::Tensor& images, bool quantise, at::ScalarType type) {
  if (images.scalar_type() == at::kByte) return images.to(type);
  const std::int64_t bad = images.numel() - at::isfinite(images).sum().item<std::int64_t>();
  if (bad > 0) {
    throw Error(ErrorCode::kNumeric, "extractor",
                cat("images: got ", bad, " NaN or Inf in ", images.size(0),
                    " images, expected finite numbers"));
  }
  const at::Tensor u = images.to(type).clamp(-1, 1).add(1).mul(127.5);
  return quantise ? u.round() : u;
}

/// Along one axis as TensorFlow 1 did it: source = target * scale, between the two pixels there.
at::Tensor tf1_resized(const at::Tensor& x, std::int64_t axis, std::int64_t target) {
  const std::int64_t size = x.size(axis);
  const at::Tensor source = at::arange(target, x.options().dtype(at::kDouble)) *
                            (static_cast<double>(size) / static_cast<double>(target));
  const at::Tensor low = source.floor().to(at::kLong).clamp_max(size - 1);
  const at::Tensor high = (low + 1).clamp_max(size - 1);
  std::vector<std::int64_t> shape(static_cast<std::size_t>(x.dim()), 1);
  shape[static_cast<std::size_t>(axis)] = target;
  const at::Tensor share = (source - low).to(x.scalar_type()).view(shape);
  const at::Tensor a = x.index_select(axis, low), b = x.index_select(axis, high);
  return a + (b - a) * share;
}

at::Tensor resized(const at::Tensor& x, const ExtractorOptions& options) {
  const std::int64_t side = options.resize;
  if (side == 0 || (x.size(2) == side && x.size(3) == side)) return x;
  switch (options.filter) {
    case ResizeFilter::kBilinear:
      return at::_upsample_bilinear2d_aa(x, {side, side}, /*align_corners=*/false);
    case ResizeFilter::kBilinearTf1:
      return tf1_resized(tf1_resized(x, 2, side), 3, side);
    case ResizeFilter::kBicubic:
      return at::_upsample_bicubic2d_aa(x, {side, side}, /*align_corners=*/false);
  }
  return x;
}

template <class Enum, std::size_t N>
std::string_view word_of(Enum value, const std::array<std::string_view, N>& words) {
  return words[static_cast<std::size_t>(value)];
}

}  // namespace

at::ScalarType scalar_type(FloatWidth width) {
  return width == FloatWidth::kFloat64 ? at::kDouble : at::kFloat;
}

at::Tensor network_input(const at::Tensor& images, const ExtractorOptions& options,
                         PixelRange range, at::Device device) {
  check_extractor_images(images);
  at::Tensor x =
      byte_values(images.detach().to(device), options.quantise, scalar_type(options.precision));
  x = resized(x, options);
  if (options.channels == 3 && x.size(1) == 1) x = x.expand({-1, 3, -1, -1});
  if (options.channels != 0 && x.size(1) != options.channels) {
    throw Error(ErrorCode::kInput, "extractor",
                cat("images: got ", x.size(1), " channels, expected ", options.channels,
                    options.channels == 3 ? " or grey" : "", " as extractor.channels says"));
  }
  switch (range) {
    case PixelRange::kSigned:
      return x.div(127.5).sub(1);
    case PixelRange::kUnit:
      return x.div(255);
    case PixelRange::kBytes:
      return x.contiguous();
  }
  return x;
}

std::string input_name(const ExtractorOptions& options) {
  std::string text;
  if (options.resize > 0) {
    text += cat(", resized to ", options.resize, " (", word_of(options.filter, kResizeFilterWords),
                ")");
  }
  if (options.channels > 0) text += cat(", ", options.channels, " channels");
  if (!options.quantise) text += ", not rounded to 8 bits";
  return text;
}

std::string input_clauses(const ExtractorOptions& options, PixelRange range) {
  std::string text = options.quantise ? "images rounded to 8 bits" : "images not rounded to 8 bits";
  if (options.resize > 0) {
    constexpr std::string_view kWords[] = {"with antialias", "as TensorFlow 1, without antialias",
                                           "with antialias, not clipped"};
    text += cat("; then resized to ", options.resize, " x ", options.resize, " by ",
                word_of(options.filter, kResizeFilterWords), " ",
                kWords[static_cast<std::size_t>(options.filter)]);
  } else {
    text += "; not resized";
  }
  if (options.channels == 3) text += "; grey repeated to 3 channels";
  constexpr std::string_view kFormulas[] = {"u / 127.5 - 1", "u / 255", "u"};
  text += cat("; input ", word_of(options.precision, kFloatWidthWords), " [N,C,H,W] in ",
              word_of(range, kPixelRangeWords),
              " (x = ", kFormulas[static_cast<std::size_t>(range)], ")");
  return text;
}

std::vector<at::Tensor> run_in_pieces(
    const at::Tensor& images, at::Device device,
    const std::function<std::vector<at::Tensor>(const at::Tensor& piece)>& network) {
  check_extractor_images(images);
  const NoGrad no_grad;
  const PrecisionScope full(Precision::kFloat32, device);
  std::vector<std::vector<at::Tensor>> parts;
  for (std::int64_t first = 0; first < images.size(0); first += kPiece) {
    const std::int64_t count = std::min(kPiece, images.size(0) - first);
    const auto outputs = network(images.narrow(0, first, count));
    parts.resize(outputs.size());
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      parts[i].push_back(outputs[i].detach().to(at::kCPU));
    }
  }
  std::vector<at::Tensor> joined;
  for (const auto& list : parts) {
    joined.push_back((list.size() == 1 ? list.front() : at::cat(list)).contiguous());
  }
  return joined;
}

void require_finite_features(const at::Tensor& rows, const std::string& extractor) {
  const at::Tensor good = at::isfinite(rows.flatten(1)).all(1);
  const std::int64_t bad = rows.size(0) - good.sum().item<std::int64_t>();
  if (bad == 0) return;
  throw Error(ErrorCode::kNumeric, "extractor",
              cat(extractor, ": got NaN or Inf for ", bad, " of ", rows.size(0),
                  " images, expected finite numbers"));
}

void throw_no_maps(const std::string& extractor) {
  throw Error(ErrorCode::kUnsupported, "extractor",
              cat(extractor,
                  " has no feature maps; the perceptual distance takes the random network, or a "
                  "TorchScript file that gives a tuple of maps"));
}

}  // namespace saddle::metric
