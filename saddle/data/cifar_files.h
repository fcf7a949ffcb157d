#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "saddle/config/visitor.h"
#include "saddle/data/holdout.h"

namespace saddle::data {

class Source;
enum class Split;

enum class CifarSet { k10, k100 };

/// CIFAR-10 and CIFAR-100 in their binary version, plain or gzipped.
struct CifarFiles {
  static constexpr std::string_view kName = "cifar";
  static constexpr std::string_view kDoc = "CIFAR-10 or CIFAR-100 in its binary version";
  static constexpr bool kReadsFiles = true;
  static constexpr std::array<std::string_view, 2> kSets{"cifar10", "cifar100"};

  CifarSet set = CifarSet::k10;
  Holdout holdout;

  void fields(config::Visitor& v) {
    v.choice("set", set, kSets, "which records: 10 classes, or 100 fine classes");
    holdout.fields(v);
  }
  bool operator==(const CifarFiles&) const = default;
};

/// The images as a source in memory: "x" u8 [3,32,32] and "label". `path` is the folder or one
/// file. A folder with data_batch_1.bin to data_batch_5.bin and test_batch.bin (CIFAR-100:
/// train.bin and test.bin), each perhaps with .gz, has both splits; without the test file, of a
/// folder with one other .bin file, and of a file, `holdout` decides. Throws Error(kInput) on
/// missing or damaged files.
std::shared_ptr<Source> make_source(const CifarFiles& files, Split split, const std::string& path);

}  // namespace saddle::data
