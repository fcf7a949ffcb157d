#include <ATen/ATen.h>

#include <algorithm>

#include "saddle/base/error.h"
#include "saddle/base/text.h"
#include "saddle/metric/extractor_rows.h"
#include "saddle/metric/script_module.h"

namespace saddle::metric {

namespace {

/// Features [n,d], as they are or as a map of one position.
bool is_row_output(const at::Tensor& x) {
  return x.dim() == 2 || (x.dim() == 4 && x.size(2) == 1 && x.size(3) == 1);
}

std::string shapes_of(const ScriptModule::Result& result) {
  if (result.tensors.empty()) return result.type;
  std::string text = result.tuple ? "(" : "";
  for (const at::Tensor& x : result.tensors) {
    if (text.size() > 1) text += ", ";
    text += shape_text(x.sizes());
  }
  return result.tuple ? text + ")" : text;
}

class ScriptExtractor final : public Extractor {
 public:
  ScriptExtractor(const std::filesystem::path& file, const ExtractorOptions& options,
                  at::Device device)
      : options_(options),
        device_(device),
        module_(file, scalar_type(options.precision), device, "extractor"),
        name_(cat("torchscript ", module_.sha256().substr(0, 12), input_name(options))) {
    module_.require_arguments(options.arguments);
    if (options.range != PixelRange::kSigned) {
      name_ += cat(", ", kPixelRangeWords[static_cast<std::size_t>(options.range)]);
    }
    for (const std::string& argument : options.arguments) name_ += cat(", ", argument);
  }

  const std::string& name() const override { return name_; }
  std::string protocol() const override {
    std::string text = cat(
        "extractor: TorchScript ", module_.file(), ", sha256 ", module_.sha256(),
        "; output: ", options_.logits ? "logits, as forward gives them" : "as forward gives it");
    for (const std::string& argument : options_.arguments) text += cat(" with ", argument);
    return cat(text, "; ", input_clauses(options_, options_.range));
  }
  std::string identity() const override { return cat(protocol(), "; on ", device_.str()); }
  bool rounds_to_bytes() const override { return options_.quantise; }

  ExtractorOutput run(const at::Tensor& images) const override {
    const auto rows = run_in_pieces(images, device_, [&](const at::Tensor& piece) {
      auto result = forward(piece);
      check_rows(result, piece.size(0));
      for (at::Tensor& x : result.tensors) x = x.flatten(1);
      return std::move(result.tensors);
    });
    for (const at::Tensor& x : rows) require_finite_features(x, module_.file());
    ExtractorOutput out{.features = rows[0], .logits = {}};
    if (rows.size() > 1) out.logits = rows[1];
    if (options_.logits) out.logits = rows[0];
    return out;
  }

  std::vector<at::Tensor> maps(const at::Tensor& images) const override {
    auto list = run_in_pieces(images, device_, [&](const at::Tensor& piece) {
      auto result = forward(piece);
      check_maps(result, piece.size(0));
      return std::move(result.tensors);
    });
    for (const at::Tensor& x : list) require_finite_features(x, module_.file());
    return list;
  }

 private:
  ScriptModule::Result forward(const at::Tensor& piece) const {
    return module_.run(network_input(piece, options_, options_.range, device_), options_.arguments);
  }

  void check_rows(const ScriptModule::Result& result, std::int64_t n) const {
    const auto& list = result.tensors;
    const std::size_t most = options_.logits ? 1 : 2;
    const bool good =
        !list.empty() && list.size() <= most && std::ranges::all_of(list, is_row_output);
    if (!good) {
      const bool are_maps = !list.empty() && std::ranges::all_of(list, [](const at::Tensor& x) {
        return x.dim() == 4;
      });
      throw Error(are_maps ? ErrorCode::kUnsupported : ErrorCode::kInput, "extractor",
                  cat(module_.file(), ": forward gave ", shapes_of(result),
                      options_.logits ? ", expected logits [n,K]"
                                      : ", expected features [n,d], or a pair of features and "
                                        "logits [n,K]",
                      are_maps ? "; maps serve the perceptual distance alone" : ""));
    }
    check_counts(result, n);
  }

  void check_maps(const ScriptModule::Result& result, std::int64_t n) const {
    const auto& list = result.tensors;
    if (list.empty() ||
        !std::ranges::all_of(list, [](const at::Tensor& x) { return x.dim() == 4; })) {
      throw Error(ErrorCode::kUnsupported, "extractor",
                  cat(module_.file(), ": forward gave ", shapes_of(result),
                      ", expected a tuple of maps [n,c,h,w], as the perceptual distance takes "
                      "them"));
    }
    check_counts(result, n);
  }

  void check_counts(const ScriptModule::Result& result, std::int64_t n) const {
    for (const at::Tensor& x : result.tensors) {
      if (x.size(0) == n && x.is_floating_point() && x.numel() > 0) continue;
      throw Error(ErrorCode::kInput, "extractor",
                  cat(module_.file(), ": forward gave ", shapes_of(result),
                      x.is_floating_point() ? "" : " of integers", " for ", n,
                      " images, expected floating-point numbers in one row an image"));
    }
  }

  ExtractorOptions options_;
  at::Device device_;
  ScriptModule module_;
  std::string name_;
};

}  // namespace

std::unique_ptr<Extractor> make_script_extractor(const std::filesystem::path& file,
                                                 const ExtractorOptions& options,
                                                 at::Device device) {
  return std::make_unique<ScriptExtractor>(file, options, device);
}

}  // namespace saddle::metric
