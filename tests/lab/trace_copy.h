#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>

#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/tensor/safetensors.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"

namespace saddle::test {

/// A trace of tests/lab/traces, written by tests/lab/make_traces.py.
inline std::filesystem::path stored_trace(const std::string& name) {
  return std::filesystem::path(kSourceDirectory) / "tests/lab/traces" / name;
}

/// A copy of a stored trace that a test may damage.
class TraceCopy {
 public:
  explicit TraceCopy(const std::string& name) {
    std::filesystem::copy(stored_trace(name), directory());
  }

  std::filesystem::path directory() const { return folder_.path() / "trace"; }
  std::filesystem::path file(const std::string& name) const { return directory() / name; }

  void edit_json(const std::function<void(Json&)>& change) const {
    const auto path = file("expected.json");
    Json json = parse_json(read_file(path), "test", path.string());
    change(json);
    write_file_atomic(path, json_text(json));
  }
  void edit(const std::string& name, const std::function<void(NamedTensors&)>& change) const {
    NamedTensors tensors = load_safetensors(file(name)).tensors;
    change(tensors);
    save_safetensors(file(name), tensors);
  }
  /// Replaces one tensor of a file; an undefined result removes it.
  void edit(const std::string& name, const std::string& key,
            const std::function<at::Tensor(const at::Tensor&)>& change) const {
    edit(name, [&](NamedTensors& tensors) {
      for (auto& entry : tensors) {
        if (entry.name == key) entry.tensor = change(entry.tensor);
      }
      std::erase_if(tensors, [](const auto& entry) { return !entry.tensor.defined(); });
    });
  }

 private:
  TemporaryDirectory folder_;
};

}  // namespace saddle::test
