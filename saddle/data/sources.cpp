#include "saddle/data/sources.h"

#include <type_traits>

#include "saddle/data/source.h"

namespace saddle::data {

std::shared_ptr<Source> open_source(const SourceConfig& config, Split split,
                                    const std::string& data_path) {
  return std::visit([&](const auto& row) { return make_source(row, split, data_path); }, config);
}

bool needs_data_path(const SourceConfig& config) {
  return std::holds_alternative<IdxFiles>(config);
}

std::optional<PointTruth> point_truth(const SourceConfig& config) {
  return std::visit(
      [](const auto& row) -> std::optional<PointTruth> {
        using Row = std::decay_t<decltype(row)>;
        if constexpr (std::is_same_v<Row, DigitsWorld> || std::is_same_v<Row, IdxFiles>) {
          return std::nullopt;
        } else {
          return point_truth(row);
        }
      },
      config);
}

}  // namespace saddle::data
