#include "saddle/metric/result.h"

#include <limits>

#include "tests/metric/fixtures.h"

namespace saddle::test {
namespace {

std::vector<metric::MetricValue> two_metrics() {
  return {{.name = "reverse_kl",
           .value = 0.25,
           .n_real = 2500,
           .n_fake = 10000,
           .floor = 0.0014,
           .baseline = 0.5,
           .protocol = "nats"},
          {.name = "sure", .value = std::numeric_limits<double>::infinity(), .spread = 0.125}};
}

TEST(MetricResult, JsonHasAllEightMembersAndNullWhereThereIsNoNumber) {
  const Json json = metric::metrics_json(two_metrics());
  EXPECT_EQ(json.dump(),
            R"({"metrics":[{"baseline":0.5,"floor":0.0014,"n_fake":10000,"n_real":2500,)"
            R"("name":"reverse_kl","protocol":"nats","spread":null,"value":0.25},)"
            R"({"baseline":null,"floor":null,"n_fake":0,"n_real":0,"name":"sure",)"
            R"("protocol":"","spread":0.125,"value":null}]})");
}

TEST(MetricResult, TableHasThreeRowsForEachMetric) {
  EXPECT_EQ(metric::metrics_table(two_metrics()),
            "metric      row            value      spread    n fake    n real\n"
            "reverse_kl  floor         0.0014\n"
            "            baseline         0.5\n"
            "            model           0.25           -    10,000     2,500\n"
            "sure        floor              -\n"
            "            baseline           -\n"
            "            model            inf       0.125         0         0\n"
            "reverse_kl: nats\n");
}

TEST(MetricResult, TablePrintsWhatAllProtocolsShareOnce) {
  auto metrics = two_metrics();
  metrics[0].protocol = "nats; 28 pixels; n as above; padded";
  metrics[1].protocol = "share; 32 pixels; n as above; padded";
  const std::string table = metric::metrics_table(metrics);
  EXPECT_TRUE(
      table.ends_with("reverse_kl: nats; 28 pixels\n"
                      "sure: share; 32 pixels\n"
                      "all: n as above; padded\n"))
      << table;
}

}  // namespace
}  // namespace saddle::test
