#include "saddle/metric/nearest_sheet.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <vector>

#include "saddle/base/error.h"
#include "saddle/loader/picture.h"

namespace saddle::metric {

namespace {

constexpr int kPairsInRow = 6;
constexpr int kSmallSide = 48;

codec::Image8 picture_at(const SampleSet& set, std::int64_t index) {
  return data::picture_of(set.read(index, 1).at("x")[0]);
}

}  // namespace

codec::Image8 nearest_sheet(const EvaluationRequest& request, std::span<const NearestPair> pairs) {
  if (pairs.empty() || !request.fake->images() || !request.train->images()) {
    throw Error(ErrorCode::kUsage, "eval",
                "--nearest draws images beside their nearest training images: measure "
                "memorisation, of sets of images");
  }
  std::vector<codec::Image8> tiles;
  for (const NearestPair& pair : pairs) {
    const codec::Image8 both[] = {picture_at(*request.fake, pair.fake),
                                  picture_at(*request.train, pair.train)};
    tiles.push_back(codec::tile(both, 2, 0, 0));
  }
  const int factor = tiles.front().height < kSmallSide ? 2 : 1;
  return codec::enlarge(codec::tile(tiles, kPairsInRow, 3, 255), factor);
}

}  // namespace saddle::metric
