#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace saddle::metric {

/// A TorchScript file in evaluation mode; keeps the headers of TorchScript in one file.
class ScriptModule {
 public:
  /// Floating-point tensors of the file are converted to `type`. `component` stands in messages.
  /// Throws Error(kInput) when the file is missing, damaged, or no TorchScript.
  ScriptModule(const std::filesystem::path& file, at::ScalarType type, at::Device device,
               std::string_view component);

  const std::string& sha256() const;  ///< of the file, 64 hex digits
  const std::string& file() const;    ///< its name without folders

  struct Result {
    std::vector<at::Tensor> tensors;
    bool tuple = false;  ///< a tuple or list, else a lone tensor
    std::string type;    ///< in TorchScript's words
  };
  /// forward(x) with these arguments set to true. `tensors` is empty when it gives something else.
  /// Throws Error(kInput) with TorchScript's reason when it refuses x.
  Result run(const at::Tensor& x, std::span<const std::string> arguments) const;

  /// Throws Error(kInput) when forward takes no true-or-false argument of such a name.
  void require_arguments(std::span<const std::string> arguments) const;
  /// The first of these attributes that the module has and that is an integer.
  std::optional<std::int64_t> integer_attribute(std::span<const std::string_view> names) const;

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace saddle::metric
