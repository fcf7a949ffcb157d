// E27: three digits on top of each other, a thousand modes.
#include "saddle/lab/stacked_digits.h"

#include <ATen/ATen.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"
#include "saddle/data/digits.h"
#include "saddle/data/stacked.h"
#include "saddle/kernel/plan.h"
#include "saddle/lab/trained_runs.h"
#include "saddle/lab/trial.h"
#include "saddle/lab/trials.h"
#include "saddle/metric/modes.h"
#include "saddle/tensor/random.h"

namespace saddle::lab {
namespace {

constexpr std::int64_t kLayers = 3;
constexpr std::int64_t kJudgedAtOnce = 200;
constexpr std::int64_t kStackLooks = 10;
constexpr std::int64_t kLookSamples = 10'000;

/// The modes [B] of pictures [B,layers,H,W].
at::Tensor modes_of(const metric::Classifier& classifier, const at::Tensor& images) {
  const std::int64_t layers = images.size(1);
  const at::Tensor single =
      images.reshape({images.size(0) * layers, 1, images.size(2), images.size(3)});
  const at::Tensor classes = classifier.run(single).logits.argmax(1).view({-1, layers});
  at::Tensor mode = at::zeros({images.size(0)}, classes.options());
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    mode = mode * classifier.classes() + classes.select(1, layer);
  }
  return mode;
}

/// RpGAN or the plain logistic loss, both with R1 + R2.
Trial stacked_trial(const Settings& settings, const objective::ObjectiveConfig& objective) {
  const Adam adam{.lr = falling(2e-4, 5e-5), .beta1 = 0.0, .beta2 = falling(.9, .99)};
  return {.generator = nn::DcganGenerator{.width = settings.count("width"), .bias = true},
          .discriminator =
              nn::DcganDiscriminator{.width = settings.count("width"), .norm = nn::Norm::kNone},
          .objective = objective,
          .penalty = both_penalties(1, .1),
          .generator_optimizer = adam,
          .discriminator_optimizer = adam,
          .batch = 64,
          .steps = settings.count("steps"),
          .seed = static_cast<std::uint64_t>(settings.count("seed"))};
}

struct StackTrial {
  std::string name{};
  StackSpread last{};
  std::vector<double> steps{}, kl{};
};

StackTrial train_stacked(const std::string& name, const Trial& trial,
                         const std::shared_ptr<data::Source>& stacked,
                         const metric::Classifier& classifier, const Settings& settings) {
  StackTrial found{.name = name};
  const std::int64_t n = settings.count("n");
  const std::int64_t looks = std::min(kStackLooks, trial.steps);
  const auto look = [&](std::int64_t step, nn::Generator& averaged) {
    const auto judge = [&](std::int64_t count, std::string_view use) {
      std::uint64_t made = 0;
      return judge_stacks(classifier, kLayers, count, [&](std::int64_t some) {
        const NoGrad no_grad;
        const RandomKey key = Streams(trial.seed).at("eval", made++).fork(use);
        const at::Tensor z = random_normal(key, {some, averaged.latent_size()},
                                           at::TensorOptions().dtype(at::kFloat));
        return averaged.forward(z, {}, {.training = false}).contiguous();
      });
    };
    const StackSpread now = judge(std::min(n, kLookSamples), "look");
    found.steps.push_back(static_cast<double>(step));
    found.kl.push_back(now.kl);
    settings.tell(cat(name, ", step ", step, " of ", trial.steps, ": ", now.modes, " modes, KL ",
                      four_decimals(now.kl)));
    if (step == trial.steps) found.last = judge(n, "last");
  };
  train_trial(trial, stacked, looks, look);
  return found;
}

std::string labelled(const StackTrial& trial, std::string_view what, std::int64_t n) {
  return cat(trial.name, ": ", what, " (n = ", n, ", 1 seed)");
}

void check_stacks(std::vector<Check>& checks, const StackTrial& paired, const StackTrial& plain,
                  const Settings& settings) {
  const std::int64_t n = settings.count("n");
  if (settings.all_initial()) {
    checks.push_back(at_least(labelled(paired, "modes of 1000", n),
                              static_cast<double>(paired.last.modes), 990));
    checks.push_back(at_most(labelled(paired, "KL", n), paired.last.kl, .15));
    checks.push_back(at_least(labelled(plain, "KL over that of the other", n),
                              plain.last.kl / paired.last.kl, 3));
    return;
  }
  for (const StackTrial* one : {&paired, &plain}) {
    checks.push_back(
        at_most(labelled(*one, "modes", n), static_cast<double>(one->last.modes), 1000));
    checks.push_back(at_most(labelled(*one, "KL", n), one->last.kl, std::log(1000)));
  }
}

/// Counts of all modes, from the fullest to the emptiest.
codec::SvgSeries ranked(const std::string& name, std::vector<std::int64_t> counts) {
  codec::SvgSeries series{.name = name};
  std::ranges::sort(counts, std::greater<>());
  for (std::size_t i = 0; i < counts.size(); ++i) {
    series.x.push_back(static_cast<double>(i + 1));
    series.y.push_back(static_cast<double>(counts[i]));
  }
  return series;
}

std::vector<Plot> stack_plots(const StackTrial& paired, const StackTrial& plain,
                              const StackSpread& real, std::int64_t n) {
  const std::vector<codec::SvgSeries> counts = {ranked("the data", real.counts),
                                                ranked(paired.name, paired.last.counts),
                                                ranked(plain.name, plain.last.counts)};
  std::vector<codec::SvgSeries> curves;
  for (const StackTrial* one : {&paired, &plain}) {
    curves.push_back({.name = one->name, .x = one->steps, .y = one->kl});
  }
  return {{"counts",
           cat("Pictures in each mode, the fullest first; n = ", n,
               ", 1 seed. Modes: ", paired.last.modes, " and ", plain.last.modes, " of 1000; KL ",
               four_decimals(paired.last.kl), " and ", four_decimals(plain.last.kl),
               "; of the data ", four_decimals(real.kl), "."),
           codec::line_svg(counts, {.title = "A thousand modes, by how often they come up",
                                    .x_label = "rank of the mode",
                                    .y_label = "pictures",
                                    .legend_above = true})},
          {"kl",
           cat("While training, n = ", std::min(n, kLookSamples),
               ": its floor is higher than that of the final numbers."),
           codec::line_svg(curves, {.title = "KL to even counts while training",
                                    .x_label = "steps",
                                    .y_label = "KL in nats",
                                    .legend_above = true,
                                    .log_y = true})}};
}

}  // namespace

StackSpread judge_stacks(const metric::Classifier& classifier, std::int64_t layers, std::int64_t n,
                         const std::function<at::Tensor(std::int64_t count)>& next) {
  std::int64_t cells = 1;
  for (std::int64_t i = 0; i < layers; ++i) cells *= classifier.classes();
  StackSpread spread{.counts = std::vector<std::int64_t>(static_cast<std::size_t>(cells))};
  for (std::int64_t done = 0; done < n; done += kJudgedAtOnce) {
    const at::Tensor images = next(std::min(kJudgedAtOnce, n - done));
    if (!at::isfinite(images).all().item<bool>()) {
      return {.counts = std::vector<std::int64_t>(static_cast<std::size_t>(cells)),
              .kl = std::numeric_limits<double>::infinity()};
    }
    const at::Tensor modes = modes_of(classifier, images).contiguous();
    const auto* first = modes.const_data_ptr<std::int64_t>();
    for (std::int64_t i = 0; i < modes.numel(); ++i) {
      ++spread.counts[static_cast<std::size_t>(first[i])];
    }
  }
  spread.modes = cells - std::ranges::count(spread.counts, 0);
  spread.kl = metric::reverse_kl_to_uniform(spread.counts);
  return spread;
}

StackSpread judge_stacked_source(const metric::Classifier& classifier, const data::Source& stacked,
                                 std::int64_t first, std::int64_t n) {
  const std::int64_t layers = stacked.fields()[data::field_index(stacked, "x")].shape[0];
  return judge_stacks(classifier, layers, n, [&](std::int64_t count) {
    std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
    std::iota(indices.begin(), indices.end(), first);
    first += count;
    return metric::evaluation_images(data::read_batch(stacked, indices).at("x"), {});
  });
}

metric::Classifier digit_judge(std::int64_t pictures,
                               const metric::ClassifierProgressCallback& progress) {
  const auto train = data::make_source(data::DigitsWorld{}, data::Split::kTrain, "");
  const auto test = data::make_source(data::DigitsWorld{}, data::Split::kTest, "");
  return metric::Classifier::train_or_load(*train, {0, pictures}, *test, {0, 5000},
                                           {.min_steps = 1}, progress);
}

Outcome train_stacked_digits(const Settings& settings) {
  // Convolutions chosen by rule: the same bits on every run.
  const kernel::PlanScope rules(kernel::PlanMode::kRule);
  const std::int64_t n = settings.count("n");
  const metric::Classifier classifier =
      digit_judge(settings.count("judge"), [&](const metric::ClassifierProgress& progress) {
        if (progress.step % 200 != 0) return;
        settings.tell(cat("the judge learns, step ", progress.step, " of ", progress.steps));
      });
  const auto stack = [](data::Split split) {
    return data::stacked_source(data::make_source(data::DigitsWorld{}, split, ""), kLayers);
  };
  const StackSpread real = judge_stacked_source(classifier, *stack(data::Split::kTest), 0, n);
  const auto stacked = stack(data::Split::kTrain);
  const StackTrial paired =
      train_stacked("RpGAN + R1 + R2", stacked_trial(settings, objective::PairedRelativistic{}),
                    stacked, classifier, settings);
  const StackTrial plain =
      train_stacked("NS + R1 + R2", stacked_trial(settings, objective::NonSaturating{}), stacked,
                    classifier, settings);
  Outcome outcome;
  if (settings.is_initial("n") && settings.is_initial("judge")) {
    outcome.checks.push_back(near(cat("the data itself: modes (n = ", n, ")"),
                                  static_cast<double>(real.modes), 1000, 0));
    // The 99.9 percentile of a perfect sampler.
    outcome.checks.push_back(at_most(cat("the data itself: KL (n = ", n, ")"), real.kl, .0225));
  }
  check_stacks(outcome.checks, paired, plain, settings);
  outcome.plots = stack_plots(paired, plain, real, n);
  return outcome;
}

}  // namespace saddle::lab
