#pragma once

#include <cstdint>
#include <limits>
#include <nlohmann/json_fwd.hpp>
#include <span>
#include <string>

namespace saddle::metric {

inline constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

/// A number with everything that is needed to judge it. NaN means "there is none".
struct MetricValue {
  std::string name{};       ///< "reverse_kl", "classifier_frechet"
  double value = kNone;     ///< of the model
  double spread = kNone;    ///< what it is (standard error, sd over splits) stands in the protocol
  std::int64_t n_real = 0;  ///< reference samples
  std::int64_t n_fake = 0;  ///< generated samples
  double floor = kNone;     ///< the same metric of real samples against the reference
  double baseline = kNone;  ///< the same metric of a trivial generator
  std::string protocol{};   ///< everything that another measurement must share to be comparable
};

/// {"metrics":[{"name","value","spread","n_real","n_fake","floor","baseline","protocol"}]};
/// NaN and infinities become null.
nlohmann::json metrics_json(std::span<const MetricValue> metrics);

/// Plain text: three rows a metric (floor, baseline, model) with n and spread, then the protocols;
/// what ends all of them is printed once.
std::string metrics_table(std::span<const MetricValue> metrics);

}  // namespace saddle::metric
