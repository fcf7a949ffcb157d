#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "saddle/base/file.h"
#include "saddle/codec/idx.h"
#include "saddle/codec/png.h"
#include "saddle/data/inspect.h"
#include "tests/base/temporary.h"

namespace saddle::data {

/// A folder of its own in which a test makes its set.
class InspectedSet : public testing::Test {
 protected:
  std::filesystem::path at(const std::string& name) {
    const auto path = directory_ / name;
    std::filesystem::create_directories(path.parent_path());
    return path;
  }

  void put(const std::string& name, std::string_view bytes) { write_file_atomic(at(name), bytes); }

  /// A PNG in which every pixel differs from its neighbours and from other seeds.
  void picture(const std::string& name, int width, int height, int channels, unsigned seed) {
    codec::write_png(at(name), noise(width, height, channels, seed));
  }

  static codec::Image8 noise(int width, int height, int channels, unsigned seed) {
    codec::Image8 image = codec::make_image(width, height, channels);
    std::uint32_t state = 2654435761U * (seed + 1);
    for (auto& value : image.pixels) {
      state = state * 1664525U + 1013904223U;
      value = static_cast<std::uint8_t>(state >> 24);
    }
    return image;
  }

  template <class T>
  void idx(const std::string& name, std::vector<T> values, std::vector<std::int64_t> shape) {
    codec::write_idx(at(name), codec::make_array<T>(values, std::move(shape)));
  }

  Inspection look(const std::string& name = "", InspectOptions options = {}) {
    return inspect((name.empty() ? directory_.path() : directory_ / name).string(), {}, options);
  }

  std::string path(const std::string& name = "") {
    return (name.empty() ? directory_.path() : directory_ / name).string();
  }

  test::TemporaryDirectory directory_;
};

/// The finding that starts so; one with empty texts where there is none.
inline Finding finding(const Inspection& inspection, std::string_view start) {
  for (const Finding& one : inspection.findings) {
    if (one.what.starts_with(start)) return one;
  }
  return {};
}

/// All findings, a line each, for messages of failed tests.
inline std::string all_findings(const Inspection& inspection) {
  std::string text;
  for (const Finding& one : inspection.findings) {
    text += std::string(to_text(one.severity)) + ": " + one.what + " -> " + one.advice + "\n";
  }
  return text;
}

inline std::string start_of_command(const Inspection& inspection) {
  return inspection.command.substr(0, inspection.command.find(" --data"));
}

inline std::string end_of_command(const Inspection& inspection) {
  const auto at = inspection.command.find(" --set");
  return at == std::string::npos ? "" : inspection.command.substr(at + 1);
}

}  // namespace saddle::data
