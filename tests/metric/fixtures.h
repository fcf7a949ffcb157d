#pragma once

#include <ATen/ATen.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>

#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/loader/array_source.h"
#include "saddle/metric/batches.h"
#include "saddle/metric/result.h"
#include "saddle/tensor/random.h"
#include "saddle/tensor/safetensors.h"
#include "tests/base/temporary.h"
#include "tests/paths.h"
#include "tests/testing.h"

namespace saddle::test {

/// One case of the golden metric set: its tensors and the peers' results.
struct GoldenCase {
  Safetensors file;
  Json results;
  const at::Tensor& tensor(const std::string& name) const { return file.at(name); }
};

inline std::filesystem::path golden_metrics() {
  return std::filesystem::path(kSharedDirectory) / "golden" / "metrics";
}

#define SADDLE_NEED_GOLDEN_METRICS()                                              \
  if (!std::filesystem::exists(saddle::test::golden_metrics() / "expected.json")) \
  GTEST_SKIP() << "no golden metric files in " << saddle::test::golden_metrics()

inline GoldenCase golden_case(const std::string& name) {
  const auto path = golden_metrics() / "expected.json";
  const Json expected = parse_json(read_file(path), "test", path.string());
  return {load_safetensors(golden_metrics() / (name + ".safetensors")),
          expected.at("cases").at(name).at("results")};
}

inline RandomKey test_key(std::uint64_t draw) {
  return Streams(7).at("test", draw);
}

inline at::Tensor normal(std::uint64_t draw, at::IntArrayRef shape) {
  return random_normal(test_key(draw), shape, at::TensorOptions().dtype(at::kDouble));
}

/// Bytes drawn uniformly: u8 of this shape.
inline at::Tensor byte_noise(std::uint64_t draw, at::IntArrayRef shape) {
  return random_integers(test_key(draw), 256, shape, at::TensorOptions().dtype(at::kLong))
      .to(at::kByte);
}

/// The metric called `name`; the test fails where there is none.
inline metric::MetricValue find_metric(const std::vector<metric::MetricValue>& list,
                                       const std::string& name) {
  for (const metric::MetricValue& m : list) {
    if (m.name == name) return m;
  }
  ADD_FAILURE() << "no metric " << name;
  return {};
}

inline std::vector<std::string> names_of(const std::vector<metric::MetricValue>& list) {
  std::vector<std::string> names;
  for (const metric::MetricValue& m : list) names.push_back(m.name);
  return names;
}

/// A sampler that hands out the rows of `x` (and `labels`) in order.
inline metric::FakeSampler sampler_of(const at::Tensor& x, const at::Tensor& labels = {}) {
  return [x, labels, first = std::int64_t{0}](std::int64_t n) mutable {
    data::Batch batch;
    batch.set("x", x.narrow(0, first, n));
    if (labels.defined()) batch.set("label", labels.narrow(0, first, n));
    first += n;
    return batch;
  };
}

/// Images u8 [n,1,8,8] of three classes (a horizontal, a vertical, a diagonal bar at a random
/// place) in noise, and their labels [n].
struct BarImages {
  at::Tensor images, labels;
};

inline BarImages bar_images(std::uint64_t draw, std::int64_t n) {
  const auto longs = at::TensorOptions().dtype(at::kLong);
  const RandomKey key = test_key(draw);
  BarImages out;
  out.labels = random_integers(key.fork("class"), 3, {n}, longs);
  const at::Tensor place = random_integers(key.fork("place"), 8, {n, 1, 1, 1}, longs);
  const at::Tensor rows = at::arange(8, longs).view({1, 1, 8, 1}).expand({n, 1, 8, 8});
  const at::Tensor columns = at::arange(8, longs).view({1, 1, 1, 8}).expand({n, 1, 8, 8});
  const at::Tensor kind = out.labels.view({n, 1, 1, 1});
  const at::Tensor where =
      at::where(kind.eq(0), rows, at::where(kind.eq(1), columns, (rows + columns).remainder(8)));
  const at::Tensor noise = random_integers(key.fork("noise"), 60, {n, 1, 8, 8}, longs);
  out.images = (where.eq(place).to(at::kLong) * 180 + noise).to(at::kByte);
  return out;
}

inline at::Tensor as_float(const at::Tensor& images) {
  return images.to(at::kFloat).div(127.5).sub(1);
}

}  // namespace saddle::test
