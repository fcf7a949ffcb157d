#include "tests/metric/script_files.h"

#include <torch/csrc/jit/api/module.h>

namespace saddle::test {

void write_script(const std::filesystem::path& path, const std::string& methods,
                  const std::map<std::string, int>& attributes,
                  const std::map<std::string, at::Tensor>& buffers) {
  torch::jit::Module module("Written");
  for (const auto& [name, value] : attributes) {
    module.register_attribute(name, c10::IntType::get(), value);
  }
  for (const auto& [name, values] : buffers) module.register_buffer(name, values);
  // As a file that was saved while training.
  module.register_attribute("training", c10::BoolType::get(), true);
  module.define(methods);
  module.save(path.string());
}

}  // namespace saddle::test
