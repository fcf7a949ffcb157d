// CPU time of one step of every dynamics over that of alternation, on the same networks in the same
// run: rounds of alternation and of the others in turn, medians of paired ratios. Exits 1 when one
// is over its bound.
#include <algorithm>
#include <cstdio>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "bench/pair.h"
#include "bench/words.h"
#include "saddle/kernel/plan.h"
#include "saddle/tensor/device.h"

namespace saddle {
namespace {

struct Row {
  std::string name;
  DynamicsConfig dynamics;
  double bound = 0;  ///< of the ratio; 0: none
};

std::vector<Row> rows() {
  return {{"simultaneous", Simultaneous{}},
          {"extragradient", Extragradient{}, 2.1},
          {"extragradient, fresh rounds", Extragradient{.rounds = Rounds::kFresh}, 2.1},
          {"optimistic", Optimistic{}, 1.05},
          {"optimistic, alternating", Optimistic{.order = Order::kDiscriminatorFirst}, 1.05},
          {"negative_momentum", NegativeMomentum{}, 1.05},
          {"lookahead, k 5", Lookahead{}, 1.02},
          {"iterate_averaging", IterateAveraging{}},
          {"historical_averaging", HistoricalAveraging{}},
          {"fictitious_play", FictitiousPlay{.every = 10}},
          {"heun", Heun{}},
          {"rk4", Rk4{}},
          {"consensus", Consensus{}},
          {"symplectic", Symplectic{}},
          {"competitive, 5 products", Competitive{.iterations = 5}},
          {"unrolled, k 5", Unrolled{}}};
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

int run(int argc, char** argv) {
  bool within = true, any = false;
  std::string net = "mlp", only;
  std::int64_t batch = 128, steps = 100;
  int rounds = 61;
  const bench::Words words{
      {"--net",
       [&](const std::string& value) {
         if (value != "mlp" && value != "dcgan64") throw std::invalid_argument("mlp or dcgan64");
         net = value;
       }},
      {"--batch", [&](const std::string& value) { batch = std::stoll(value); }},
      {"--steps", [&](const std::string& value) { steps = std::stoll(value); }},
      {"--rounds", [&](const std::string& value) { rounds = std::stoi(value); }},
      {"--only", [&](const std::string& value) { only = value; }}};
  if (!bench::read_words(argc, argv, words)) return 2;
  configure_threads(1);
  flush_denormals(true);
  kernel::use_rules_only(false);
  std::printf("%s, batch %lld, one thread, float32; %d rounds of %lld steps\n", net.c_str(),
              static_cast<long long>(batch), rounds, static_cast<long long>(steps));
  bench::Pair alternating = bench::make_pair(net, batch, Precision::kFloat32, Alternating{});
  bench::milliseconds(alternating, steps);
  for (const Row& row : rows()) {
    if (!row.name.starts_with(only)) continue;
    any = true;
    bench::Pair pair = bench::make_pair(net, batch, Precision::kFloat32, row.dynamics);
    bench::milliseconds(pair, std::max<std::int64_t>(1, steps / 4));
    std::vector<double> base, own, ratios;
    for (int i = 0; i < rounds; ++i) {
      base.push_back(bench::milliseconds(alternating, steps));
      own.push_back(bench::milliseconds(pair, steps));
      ratios.push_back(own.back() / base.back());
    }
    const auto [low, high] = std::ranges::minmax(ratios);
    std::printf("%-28s %8.3f ms, alternating %8.3f ms: ratio %.3f (%.3f to %.3f)", row.name.c_str(),
                median(own), median(base), median(ratios), low, high);
    if (row.bound > 0) {
      std::printf(", bound %.2f", row.bound);
      within = within && median(ratios) <= row.bound;
    }
    std::printf("\n");
    std::fflush(stdout);
  }
  if (!any) {
    std::fprintf(stderr, "bench_dynamics: no dynamics begins with '%s'\n", only.c_str());
    return 2;
  }
  return within ? 0 : 1;
}

}  // namespace
}  // namespace saddle

int main(int argc, char** argv) {
  return saddle::run(argc, argv);
}
