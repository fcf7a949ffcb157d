#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <map>
#include <string>

namespace saddle::test {

/// Writes a TorchScript file whose module has these methods, in TorchScript's own language, and
/// these integer attributes and buffers.
void write_script(const std::filesystem::path& path, const std::string& methods,
                  const std::map<std::string, int>& attributes = {},
                  const std::map<std::string, at::Tensor>& buffers = {});

}  // namespace saddle::test
