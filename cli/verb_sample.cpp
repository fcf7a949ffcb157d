#include <ATen/ATen.h>
#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "cli/session.h"
#include "cli/terminal.h"
#include "cli/verbs.h"
#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/codec/csv.h"
#include "saddle/codec/npy.h"
#include "saddle/codec/png.h"
#include "saddle/codec/svg.h"
#include "saddle/nn/latent.h"

namespace saddle::cli {
namespace {
namespace fs = std::filesystem;

struct Inputs {
  at::Tensor latents;
  at::Tensor labels;
  std::int64_t columns = 0;
};

void check_label(const SampleOptions& options, std::int64_t classes) {
  if (!options.label) return;
  if (classes == 0) {
    throw Error(ErrorCode::kUsage, "sample",
                "--class needs a class-conditional run; this one knows no classes");
  }
  if (*options.label < 0 || *options.label >= classes) {
    throw Error(ErrorCode::kUsage, "sample",
                cat("--class ", *options.label, " is out of range: this run has classes 0 to ",
                    classes - 1));
  }
}

// Rows of an interpolation: each row walks from one latent to another on a great circle.
Inputs interpolation(const SampleOptions& options, Sampler& sampler, const Streams& streams) {
  const std::int64_t columns =
      options.columns > 0 ? options.columns : std::min<std::int64_t>(10, options.count);
  if (options.count % columns != 0) {
    throw Error(ErrorCode::kUsage, "sample",
                cat("--interpolate draws whole rows: got -n ", options.count, " with ", columns,
                    " columns; try -n ", (options.count / columns + 1) * columns, " or --columns ",
                    options.count));
  }
  const std::int64_t rows = options.count / columns;
  const auto type = at::TensorOptions().dtype(at::kFloat);
  const at::Tensor a =
      random_normal(streams.at("latent", 0).fork("from"), {rows, sampler.latent_size()}, type);
  const at::Tensor b =
      random_normal(streams.at("latent", 0).fork("to"), {rows, sampler.latent_size()}, type);
  std::vector<at::Tensor> steps;
  for (std::int64_t c = 0; c < columns; ++c) {
    const double t = columns > 1 ? static_cast<double>(c) / static_cast<double>(columns - 1) : 0;
    steps.push_back(nn::slerp(a, b, t));
  }
  Inputs inputs;
  inputs.latents = at::stack(steps, 1).reshape({rows * columns, sampler.latent_size()});
  inputs.columns = columns;
  if (sampler.classes() > 0) {
    const at::Tensor per_row =
        options.label
            ? at::full({rows}, *options.label, at::kLong)
            : at::arange(rows, at::TensorOptions().dtype(at::kLong)).remainder(sampler.classes());
    inputs.labels = per_row.repeat_interleave(columns);
  }
  return inputs;
}

Inputs draw_inputs(const SampleOptions& options, Sampler& sampler) {
  const Streams streams(options.seed);
  check_label(options, sampler.classes());
  if (options.interpolate) return interpolation(options, sampler, streams);
  Inputs inputs;
  inputs.columns = options.columns;
  inputs.latents = random_normal(streams.at("latent", 0), {options.count, sampler.latent_size()},
                                 at::TensorOptions().dtype(at::kFloat));
  if (options.label) {
    inputs.labels = at::full({options.count}, *options.label, at::kLong);
  } else {
    inputs.labels = sampler.draw_labels(streams.at("label", 0), options.count);
  }
  return inputs;
}

fs::path target(const SampleOptions& options, std::int64_t samples) {
  if (!options.out.empty()) return options.out;
  const std::string extension = options.format == "sheet" ? ".png"
                                : options.format == "png" ? ""
                                                          : "." + options.format;
  const std::string label = options.label ? cat("-class", *options.label) : "";
  const std::string name = cat(options.interpolate ? "walk" : "samples", "-", samples, label, "-n",
                               options.count, "-seed", options.seed, extension);
  return fs::path(options.run) / "samples" / name;
}

std::string picture_name(std::int64_t index) {
  char name[32];
  std::snprintf(name, sizeof name, "%06lld.png", static_cast<long long>(index));
  return name;
}

// A new directory appears under its name when it is whole; in an old one each picture does.
void write_pictures(const fs::path& directory, const Sampler& sampler, const data::Batch& batch) {
  if (fs::exists(directory / picture_name(batch.size()))) {
    throw Error(ErrorCode::kUsage, "sample",
                cat(directory.string(), " holds more than ", batch.size(),
                    " pictures from before, which would mix with these; give another --out"));
  }
  const auto write_into = [&](const fs::path& place) {
    make_directories(place);
    std::int64_t index = 0;
    for (const auto& picture : sampler.pictures(batch)) {
      write_file_atomic(place / picture_name(index++), codec::encode_png(picture));
    }
  };
  const fs::path target = directory.has_filename() ? directory : directory.parent_path();
  prepare_parent(target);
  if (fs::exists(target)) {
    remove_stale_temporaries(target, ".png");
    return write_into(target);
  }
  const fs::path unfinished =
      target.parent_path() /
      cat(".tmp-", static_cast<std::int64_t>(::getpid()), "-", target.filename().string());
  std::error_code ignored;
  fs::remove_all(unfinished, ignored);
  try {
    write_into(unfinished);
    fs::rename(unfinished, target);
  } catch (...) {
    fs::remove_all(unfinished, ignored);
    throw;
  }
}

// What --format says, else what the name of --out says, else a sheet.
std::string format_of(const SampleOptions& options) {
  if (!options.format.empty()) return options.format;
  const std::string extension = fs::path(options.out).extension().string();
  if (extension.empty() || extension == ".png") return "sheet";
  for (const char* format : {"npy", "csv", "svg"}) {
    if (extension == cat(".", format)) return format;
  }
  throw Error(ErrorCode::kUsage, "sample",
              cat("--out ends in ", extension,
                  ", which is no format: expected .png, .npy, .csv or "
                  ".svg; or say what is meant with --format"));
}

std::vector<double> column(const at::Tensor& x, std::int64_t index) {
  const at::Tensor values = x.select(1, index).to(at::kCPU, at::kDouble).contiguous();
  const auto* begin = values.const_data_ptr<double>();
  return {begin, begin + values.numel()};
}

void require_points(const at::Tensor& x, const std::string& format) {
  // Of more than two numbers the first two are drawn.
  if (x.dim() == 2 && (format == "csv" || x.size(1) >= 2)) return;
  throw Error(
      ErrorCode::kUnsupported, "sample",
      cat("--format ", format, " draws points of two numbers or more: got samples of shape ",
          shape_text(x.sizes()), "; try sheet, ", x.dim() == 2 ? "csv" : "png", " or npy"));
}

void write_samples(const SampleOptions& options, const fs::path& path, const Sampler& sampler,
                   const data::Batch& batch, std::int64_t columns) {
  const at::Tensor& x = batch.at("x");
  if (options.format == "png") return write_pictures(path, sampler, batch);
  prepare_parent(path);
  if (options.format == "sheet") {
    write_file_atomic(path, codec::encode_png(sampler.picture(batch, columns)));
  } else if (options.format == "npy") {
    const at::Tensor values = x.to(at::kCPU, at::kFloat).contiguous();
    codec::write_npy(path, codec::make_array<float>({values.const_data_ptr<float>(),
                                                     static_cast<std::size_t>(values.numel())},
                                                    values.sizes().vec()));
  } else {
    require_points(x, options.format);
    if (options.format == "csv") {
      const at::Tensor values = x.to(at::kCPU, at::kDouble).contiguous();
      const auto* begin = values.const_data_ptr<double>();
      codec::write_csv(path, {.columns = codec::coordinate_names(x.size(1)),
                              .values = {begin, begin + values.numel()}});
    } else {
      const auto names = codec::coordinate_names(x.size(1));
      const codec::SvgSeries series{.name = "fake", .x = column(x, 0), .y = column(x, 1)};
      write_file_atomic(
          path, codec::scatter_svg(
                    {&series, 1}, {.x_label = names[0], .y_label = names[1], .equal_scale = true}));
    }
  }
}

}  // namespace

int run_sample(const SampleOptions& given) {
  SampleOptions options = given;
  options.format = format_of(given);
  const Log log(terminal_log());
  OpenRun run = open_run_here(options.run, options.checkpoint, options.data, options.device, log);
  const Inputs inputs = draw_inputs(options, *run.sampler);
  const data::Batch batch = run.sampler->sample(inputs.latents, inputs.labels);
  const fs::path path = target(options, run.checkpoint.samples);
  write_samples(options, path, *run.sampler, batch, inputs.columns);
  if (options.json) {
    const Json answer{{"run", options.run},       {"checkpoint", run.checkpoint.samples},
                      {"count", batch.size()},    {"seed", options.seed},
                      {"format", options.format}, {"path", path.string()}};
    std::fputs(json_text(answer).c_str(), stdout);
  } else {
    std::printf("%s\n", path.c_str());
  }
  return 0;
}

}  // namespace saddle::cli
