#include "saddle/data/sources.h"

#include "saddle/data/detect.h"
#include "saddle/data/source.h"

namespace saddle::data {

std::shared_ptr<Source> open_source(const SourceConfig& config, Split split,
                                    const std::string& data_path) {
  if (needs_data_path(config) && is_packed_set(data_path)) {
    return make_source(PackedSet{}, split, data_path);
  }
  return std::visit([&](const auto& row) { return make_source(row, split, data_path); }, config);
}

std::shared_ptr<Source> open_test_source(const SourceConfig& config, const std::string& data_path) {
  try {
    return open_source(config, Split::kTest, data_path);
  } catch (const MissingSplit&) {
    return nullptr;
  }
}

bool needs_data_path(const SourceConfig& config) {
  return std::visit([](const auto& row) { return row.kReadsFiles; }, config);
}

std::optional<PointTruth> point_truth(const SourceConfig& config) {
  return std::visit(
      [](const auto& row) -> std::optional<PointTruth> {
        if constexpr (requires { world_point(row, Split{}, 0); }) return point_truth(row);
        return std::nullopt;
      },
      config);
}

}  // namespace saddle::data
