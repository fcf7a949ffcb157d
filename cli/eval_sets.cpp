#include "cli/eval_sets.h"

#include <ATen/ATen.h>

#include <filesystem>
#include <optional>

#include "cli/session.h"
#include "cli/verb_data.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/hash.h"
#include "saddle/base/text.h"
#include "saddle/codec/npy.h"
#include "saddle/metric/array_spec.h"
#include "saddle/metric/script_generator.h"
#include "saddle/task/run_evaluation.h"
#include "saddle/tensor/device.h"

namespace saddle::cli {
namespace {

namespace fs = std::filesystem;

bool is_script(const std::string& path) {
  return path.ends_with(".pt") || path.ends_with(".pth") || path.ends_with(".ts");
}

// "PATH#test" names a split; "#" within a path that is there is part of it.
std::pair<std::string, data::Split> path_and_split(const std::string& spec) {
  for (const auto& [ending, split] :
       {std::pair<std::string_view, data::Split>{"#test", data::Split::kTest},
        {"#train", data::Split::kTrain}}) {
    if (spec.ends_with(ending) && !fs::exists(spec)) {
      return {spec.substr(0, spec.size() - ending.size()), split};
    }
  }
  return {spec, data::Split::kTrain};
}

// Rows of numbers are taken as they are; arrays of images are read as other data is.
bool is_row_array(const std::string& spec) {
  if (!metric::is_array_spec(spec)) return false;
  if (!spec.ends_with(".npy")) return true;
  return codec::parse_npy_header(read_file_prefix(spec, 4096), spec).shape.size() <= 2;
}

// Both ends of a step show the same class.
metric::PathSubject path_of(Sampler& sampler, std::uint64_t seed) {
  metric::PathSubject path;
  path.latent_size = sampler.latent_size();
  path.images = [&sampler, seed](const at::Tensor& z) {
    const RandomKey key = Streams(seed).at("eval", 0).fork("path label");
    return sampler.sample(z.to(at::kFloat), sampler.draw_labels(key, z.size(0))).at("x");
  };
  return path;
}

}  // namespace

bool is_run(const std::string& path) {
  std::error_code ignored;
  return !path.empty() && fs::is_regular_file(fs::path(path) / "config.toml", ignored);
}

EvalSides::EvalSides(const EvalOptions& options, const EvalConfig& config, Log log)
    : options_(options), config_(config), log_(std::move(log)) {}

OpenRun& EvalSides::run(const std::string& path) {
  for (const auto& [name, open] : runs_) {
    if (name == path) return *open;
  }
  runs_.emplace_back(path, std::make_unique<OpenRun>(open_run_here(
                               path, options_.checkpoint, options_.data, options_.device, log_)));
  return *runs_.back().second;
}

EvalSide EvalSides::data_of(OpenRun& run, data::Split split) {
  const auto* image = std::get_if<ImageTask>(&run.experiment.task);
  return {data_set(*run.task, run.experiment, split, options_.seed),
          run.task->samples(split),
          image != nullptr ? image->transform : data::Transform{},
          {}};
}

EvalSide EvalSides::files(const std::string& path, data::Split split) const {
  const std::shared_ptr<const data::Source> source =
      data::open_source(data_source_at(path, "", data_assignments(options_)), split, path);
  for (const auto& note : source->notes()) log_.info(cat(path, ": ", note));
  const std::string name = cat(path, split == data::Split::kTest ? "#test" : "");
  return {metric::source_set(source, {}, name, options_.seed), source, {}, {}};
}

std::unique_ptr<metric::SampleSet> EvalSides::array_samples(const std::string& spec,
                                                            const at::Tensor& labels) const {
  const at::Tensor array = metric::read_array(spec);
  // Whole sets stay in their order, which index arrays, ties and halves go by.
  const bool part = options_.count > 0 && array.dim() > 0 && options_.count < array.size(0);
  auto set =
      metric::array_set(array, labels, spec, part ? std::optional(options_.seed) : std::nullopt);
  if (set->images() && at::isFloatingType(array.scalar_type()) &&
      array.min().to(at::kDouble).item<double>() >= 0) {
    log_.warning(cat(spec,
                     ": float images without a number below 0 are taken as [-1,1], black at "
                     "-1; give u8, or 2 x - 1 of images in [0,1]"));
  }
  return set;
}

EvalSide EvalSides::open(const std::string& spec, const std::string& labels) {
  const at::Tensor given = labels.empty() ? at::Tensor() : metric::read_array(labels);
  // Images of an array that come with labels are taken as they are, too.
  if (is_row_array(spec) || (given.defined() && metric::is_array_spec(spec))) {
    return {array_samples(spec, given), nullptr, {}, {}};
  }
  if (given.defined()) {
    throw Error(
        ErrorCode::kUsage, "eval",
        cat("labels are given for arrays: got ", spec, ", which brings its own where it has any"));
  }
  if (is_script(spec)) {
    const auto generator = std::make_shared<metric::ScriptGenerator>(
        spec, config_.generator, choose_device(options_.device));
    const auto draw = [generator](const RandomKey& key, std::int64_t n) {
      data::Batch batch;
      batch.set("x",
                generator->images(random_normal(key.fork("latent"), {n, generator->latent_size()},
                                                at::TensorOptions().dtype(at::kFloat))));
      return batch;
    };
    EvalSide side{
        metric::generated_set(draw, spec, generator->identity(), options_.seed), nullptr, {}, {}};
    side.path.latent_size = generator->latent_size();
    side.path.images = [generator](const at::Tensor& z) { return generator->images(z); };
    return side;
  }
  if (is_run(spec)) {
    OpenRun& open = run(spec);
    const auto weights = open.checkpoint.path / "generator.safetensors";
    EvalSide side{sampler_set(*open.sampler, open.checkpoint.path.string(),
                              "sha256:" + sha256_hex(MappedFile(weights).text()), options_.seed),
                  nullptr,
                  {},
                  {}};
    if (side.set->images()) side.path = path_of(*open.sampler, options_.seed);
    return side;
  }
  const auto [path, split] = path_and_split(spec);
  return files(path, split);
}

}  // namespace saddle::cli
