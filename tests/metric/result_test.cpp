#include "saddle/metric/result.h"

#include <gmock/gmock.h>

#include <limits>
#include <set>

#include "saddle/metric/catalogue.h"
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

TEST(MetricResult, JsonHasEightMembersAlwaysNullWhereThereIsNoNumberAndWordsForInfinity) {
  const Json json = metric::metrics_json(two_metrics());
  EXPECT_EQ(json.dump(),
            R"({"metrics":[{"baseline":0.5,"floor":0.0014,"n_fake":10000,"n_real":2500,)"
            R"("name":"reverse_kl","protocol":"nats","spread":null,"value":0.25},)"
            R"({"baseline":null,"floor":null,"n_fake":0,"n_real":0,"name":"sure",)"
            R"("protocol":"","spread":0.125,"value":"inf"}]})");
}

TEST(MetricResult, JsonIsReadBackWhole) {
  auto metrics = two_metrics();
  metrics[0].floor_spread = 0.5;
  metrics[0].parts = {1, -std::numeric_limits<double>::infinity(), 0.25};
  metrics[0].conditions = {{"extractor", "pixels"}, {"n_fake", "10000"}};
  metrics[0].warning = "few samples";
  const Json json = metric::metrics_json(metrics);
  const auto back = metric::metrics_from_json(json, "here");
  EXPECT_EQ(metric::metrics_json(back), json);
  EXPECT_EQ(back[0].conditions, metrics[0].conditions);
  EXPECT_TRUE(std::isnan(back[0].spread));
  expect_error(
      [] {
        metric::metrics_from_json({{"metrics", {{{"name", "x"}}}}}, "m.jsonl");
      },
      ErrorCode::kInput, "[metrics] m.jsonl 'metrics[0]': key 'value' is missing");
  Json wrong = json;
  wrong["metrics"][0]["value"] = "many";
  expect_error([&] { metric::metrics_from_json(wrong, "m.jsonl"); }, ErrorCode::kInput,
               "[metrics] m.jsonl 'metrics[0].value': got the text \"many\", expected a number, "
               "null, \"inf\" or \"-inf\"");
}

TEST(MetricResult, DifferencesOfConditionsAreNamed) {
  metric::MetricValue a{.name = "fid", .conditions = {{"extractor", "pixels"}, {"n_fake", "10"}}};
  metric::MetricValue b = a;
  b.value = 3;
  EXPECT_THAT(metric::condition_differences(a, b), testing::IsEmpty());
  b.conditions = {{"extractor", "random"}, {"n_fake", "10"}, {"resize", "299"}};
  EXPECT_THAT(
      metric::condition_differences(a, b),
      testing::ElementsAre("extractor: pixels against random", "resize: nothing against 299"));
  EXPECT_THAT(metric::condition_differences({.protocol = "x"}, {.protocol = "y"}),
              testing::ElementsAre("protocol: the two texts differ"));
}

TEST(MetricCatalogue, NamesAreUniqueWordsWithADoc) {
  std::set<std::string_view> names;
  for (const metric::MetricDoc& row : metric::metric_catalogue()) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_EQ(row.name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789_"),
              std::string_view::npos)
        << row.name;
    EXPECT_LT(row.doc.size(), 90u) << row.name;
    EXPECT_EQ(metric::find_metric_doc(row.name), &row);
  }
  EXPECT_EQ(metric::find_metric_doc("fjd"), nullptr);
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
