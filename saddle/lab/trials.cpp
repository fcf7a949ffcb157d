#include "saddle/lab/trials.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <exception>
#include <mutex>
#include <numbers>
#include <thread>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/metric/modes.h"

namespace saddle::lab {
namespace {

constexpr std::int64_t kContestLooks = 20;

/// One trial of one contender.
struct Entry {
  const Contender* contender;
  PointTrial* found;
  std::uint64_t seed;
};

/// "0.12, 0.3, 0.0831"
std::string listed(const std::vector<double>& values) {
  std::vector<std::string> texts;
  for (const double value : values) texts.push_back(four_decimals(value));
  return join(texts, ", ");
}

/// Trains the entries in as many threads as there are cores.
class Crew {
 public:
  Crew(std::vector<Entry> entries, const Settings& settings)
      : entries_(std::move(entries)), settings_(settings) {}

  void train() {
    const std::size_t cores = std::max(1U, std::thread::hardware_concurrency());
    std::vector<std::thread> threads;
    for (std::size_t i = 1; i < std::min(cores, entries_.size()); ++i) {
      threads.emplace_back([this] { work(); });
    }
    work();
    for (std::thread& thread : threads) thread.join();
    if (failure_) std::rethrow_exception(failure_);
  }

 private:
  void work() {
    while (true) {
      const std::size_t mine = next_++;
      if (mine >= entries_.size()) return;
      try {
        train_one(entries_[mine]);
      } catch (...) {
        const std::lock_guard lock(mutex_);
        if (!failure_) failure_ = std::current_exception();
        next_ = entries_.size();
      }
    }
  }

  void train_one(const Entry& entry) {
    Trial trial = entry.contender->trial;
    trial.seed = entry.seed;
    *entry.found = train_on(entry.contender->mixture, trial, std::min(kContestLooks, trial.steps));
    const std::lock_guard lock(mutex_);
    ++done_;
    settings_.tell(cat(done_, " of ", entries_.size(), " trained: ", entry.contender->name,
                       ", seed ", entry.seed, ": ", entry.found->last.modes, " modes, KL ",
                       four_decimals(entry.found->last.kl)));
  }

  std::vector<Entry> entries_;
  const Settings& settings_;
  std::atomic<std::size_t> next_ = 0;
  std::mutex mutex_;
  std::size_t done_ = 0;
  std::exception_ptr failure_;
};

std::vector<double> of_each(const Contest& contest, double (*value)(const Spread&)) {
  std::vector<double> out;
  for (const PointTrial& trial : contest.trials) out.push_back(value(trial.last));
  return out;
}

/// Median KL of the seeds at each look.
codec::SvgSeries kl_curve(const Contest& contest) {
  codec::SvgSeries series{.name = contest.name, .x = contest.trials.front().steps};
  for (std::size_t look = 0; look < series.x.size(); ++look) {
    std::vector<double> values;
    for (const PointTrial& trial : contest.trials) values.push_back(trial.kl[look]);
    series.y.push_back(median(values));
  }
  return series;
}

}  // namespace

std::vector<double> Contest::modes() const {
  return of_each(*this, [](const Spread& s) { return static_cast<double>(s.modes); });
}

std::vector<double> Contest::kl() const {
  return of_each(*this, [](const Spread& s) { return s.kl; });
}

std::vector<double> Contest::high_quality() const {
  return of_each(*this, [](const Spread& s) { return s.high_quality; });
}

std::string Contest::label(const std::string& what) const {
  const std::size_t seeds = trials.size();
  return cat(name, ": ", what, " of ", seeds, seeds == 1 ? " seed" : " seeds",
             " (n = ", kSpreadSamples, ")");
}

std::vector<Contest> train_contenders(std::span<const Contender> contenders,
                                      const Settings& settings) {
  std::vector<Contest> contests;
  for (const Contender& one : contenders) {
    contests.push_back({one.name, one.mixture.truth,
                        std::vector<PointTrial>(static_cast<std::size_t>(one.seeds))});
  }
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < contests.size(); ++i) {
    for (std::size_t k = 0; k < contests[i].trials.size(); ++k) {
      entries.push_back({&contenders[i], &contests[i].trials[k], k + 1});
    }
  }
  Crew(std::move(entries), settings).train();
  return contests;
}

std::string four_decimals(double value) {
  return cat(std::round(value * 1e4) / 1e4);
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t middle = values.size() / 2;
  return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
}

std::vector<Check> checks_of_any(const Contest& contest) {
  const auto centres = static_cast<double>(contest.truth.centres.size());
  return {
      at_most(contest.label("median KL"), median(contest.kl()), std::log(centres)),
      at_most(contest.label("median modes"), median(contest.modes()), centres),
      at_most(contest.label("median share within 3 sd"), median(contest.high_quality()), 1),
  };
}

std::vector<Check> checks_of_the_judge(const std::string& name, const Mixture& mixture) {
  const Spread perfect = perfect_spread(mixture);
  const auto centres = static_cast<double>(mixture.truth.centres.size());
  // Wilson and Hilferty's 99.9 percentile of chi-square with K - 1 degrees, over 2 n.
  const double degrees = centres - 1;
  constexpr double kNormal999 = 3.0902;
  const double third = 1 - 2 / (9 * degrees) + kNormal999 * std::sqrt(2 / (9 * degrees));
  const double rare = degrees * third * third * third / (2 * kSpreadSamples);
  const double share = metric::perfect_modes(mixture.truth.dimensions).high_quality;
  const double error = std::sqrt(share * (1 - share) / kSpreadSamples);
  const std::string of = cat(name, ", the data itself: ");
  return {near(of + "modes", static_cast<double>(perfect.modes), centres, 0),
          at_most(of + "KL (n = 2500)", perfect.kl, rare),
          near(of + "share within 3 sd (n = 2500)", perfect.high_quality, share, 4 * error)};
}

Plot samples_plot(const std::string& name, const Contest& contest) {
  const PointTrial& first = contest.trials.front();
  codec::SvgSeries samples{.name = "samples", .x = first.x, .y = first.y, .size = 1.2};
  codec::SvgSeries centres{.name = "centres of the modes", .size = 4};
  for (const auto& centre : contest.truth.centres) {
    centres.x.push_back(centre[0]);
    centres.y.push_back(centre[1]);
  }
  const double side = 1.3 * contest.truth.extent;
  const std::vector<codec::SvgSeries> series{centres, samples};
  return {name,
          cat(contest.name, ": ", kSpreadSamples, " samples of the first seed after ",
              first.steps.back(), " steps. By seed: modes ", listed(contest.modes()),
              "; share within 3 sd ", listed(contest.high_quality()), "; KL ", listed(contest.kl()),
              "."),
          codec::scatter_svg(series, {.title = contest.name,
                                      .width = 480,
                                      .height = 480,
                                      .equal_scale = true,
                                      .x_range = std::pair{-side, side},
                                      .y_range = std::pair{-side, side},
                                      .legend_above = true})};
}

Plot kl_plot(std::span<const Contest> contests, const std::string& caption) {
  std::vector<codec::SvgSeries> series;
  for (const Contest& contest : contests) series.push_back(kl_curve(contest));
  return {"kl", caption,
          codec::line_svg(series, {.title = "KL to the data's modes while training",
                                   .x_label = "steps",
                                   .y_label = "KL in nats, median of the seeds",
                                   .legend_above = true,
                                   .log_y = true})};
}

}  // namespace saddle::lab
