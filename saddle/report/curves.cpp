#include "saddle/report/curves.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "saddle/base/text.h"
#include "saddle/codec/html.h"
#include "saddle/metric/catalogue.h"
#include "saddle/report/parts.h"

namespace saddle::report {
namespace {

using codec::SvgOptions;
using codec::SvgSeries;
using codec::SvgStyle;

/// More points than pixels say no more.
constexpr std::size_t kMostPoints = 900;

/// Keeps the lowest and the highest point of each of many short spans, so that no spike goes.
void thin(SvgSeries& series) {
  const std::size_t count = series.x.size();
  if (count <= kMostPoints) return;
  std::vector<std::size_t> kept;
  const std::size_t spans = kMostPoints / 2;
  for (std::size_t span = 0; span < spans; ++span) {
    const std::size_t begin = span * count / spans;
    const std::size_t end = (span + 1) * count / spans;
    std::size_t low = begin, high = begin;
    for (std::size_t i = begin; i < end; ++i) {
      // A gap in the line stays one.
      if (series.y[i] < series.y[low] || std::isnan(series.y[i])) low = i;
      if (series.y[i] > series.y[high]) high = i;
    }
    kept.push_back(std::min(low, high));
    if (low != high) kept.push_back(std::max(low, high));
  }
  SvgSeries out = series;
  out.x.clear();
  out.y.clear();
  for (const std::size_t i : kept) {
    out.x.push_back(series.x[i]);
    out.y.push_back(series.y[i]);
  }
  series = std::move(out);
}

bool has_numbers(const SvgSeries& series) {
  return std::ranges::any_of(series.y, [](double y) { return std::isfinite(y); });
}

/// Brings the clock to numbers of a few digits; returns the word for them.
std::string shorten_clock(std::vector<SvgSeries>& all) {
  double last = 0;
  for (const SvgSeries& one : all) {
    for (const double x : one.x) last = std::max(last, x);
  }
  const double unit = last >= 3e6 ? 1e6 : last >= 1e4 ? 1e3 : 1;
  for (SvgSeries& one : all) {
    for (double& x : one.x) x /= unit;
  }
  return unit == 1 ? "" : unit == 1e3 ? "thousand " : "million ";
}

SvgSeries signal_curve(const RunRecord& run, const std::string& signal, std::string name) {
  return tick_curve(run, std::move(name),
                    [&](const TickRecord& tick) { return value_of(tick.signals, signal); });
}

/// One line for each of these signals that the run has, named without `prefix`.
std::vector<SvgSeries> signal_curves(const RunRecord& run, const std::vector<std::string>& names,
                                     std::string_view prefix) {
  std::vector<SvgSeries> all;
  for (const std::string& name : names) {
    const bool cut = name.starts_with(prefix) && name.size() > prefix.size();
    all.push_back(signal_curve(run, name, cut ? name.substr(prefix.size()) : name));
  }
  return all;
}

std::vector<std::string> chosen(const std::vector<std::string>& names,
                                const std::function<bool(std::string_view)>& use) {
  std::vector<std::string> out;
  std::ranges::copy_if(names, std::back_inserter(out), use);
  return out;
}

/// All values of all series lie above 0, over more than a decade.
bool wants_log(const std::vector<SvgSeries>& all) {
  double low = std::numeric_limits<double>::max(), high = 0;
  for (const SvgSeries& series : all) {
    for (const double y : series.y) {
      if (!std::isfinite(y)) continue;
      if (y <= 0) return false;
      low = std::min(low, y);
      high = std::max(high, y);
    }
  }
  return high > 10 * low;
}

/// Real and fake with their spread: the mean solid, one standard deviation around it dashed.
std::string logit_plot(const RunRecord& run) {
  std::vector<SvgSeries> all;
  std::size_t colour = 0;
  for (const std::string side : {"real", "fake"}) {
    const std::string path = "logits." + side;
    SvgSeries mean = signal_curve(run, path + ".mean", side);
    mean.colour = codec::svg_colour(colour++);
    const SvgSeries sd = signal_curve(run, path + ".sd", "");
    for (const double sign : {-1.0, 1.0}) {
      SvgSeries edge = mean;
      edge.name.clear();
      edge.style = SvgStyle::kDashed;
      edge.size = 1;
      for (std::size_t i = 0; i < edge.y.size(); ++i) edge.y[i] += sign * sd.y[i];
      if (has_numbers(edge)) all.push_back(std::move(edge));
    }
    if (has_numbers(mean)) all.push_back(std::move(mean));
  }
  return plot_html(std::move(all), {}, "Logits",
                   "mean over the batch of a tick's last step; dashed: one standard deviation "
                   "around it");
}

std::string discriminator_plots(const RunRecord& run, const std::vector<std::string>& names) {
  const auto shares = chosen(names, [](std::string_view name) {
    return name.starts_with("accuracy.") || name == "pairs_ordered";
  });
  const auto others = chosen(names, [](std::string_view name) {
    return !name.starts_with("accuracy.") && name != "pairs_ordered" &&
           !name.starts_with("logits.real.") && !name.starts_with("logits.fake.");
  });
  std::string out = logit_plot(run);
  out +=
      plot_html(signal_curves(run, shares, ""),
                {.y_range = {{0, 1}}, .marks = {{.at = 0.5, .name = "chance"}}},
                "What the discriminator tells apart",
                "share of samples judged rightly, and of real and fake pairs in the right order");
  if (!others.empty()) out += auto_plot(signal_curves(run, others, ""), "More of its logits", "");
  return out;
}

std::string loss_plots(const RunRecord& run, const std::vector<std::string>& names) {
  const auto ends = [](std::string_view end) {
    return [end](std::string_view name) { return name.ends_with(end); };
  };
  const auto parts = chosen(names, [](std::string_view name) {
    return !name.ends_with(".total") && !name.ends_with(".adversarial");
  });
  std::string out = plot_html(signal_curves(run, chosen(names, ends(".adversarial")), "loss."), {},
                              "Adversarial losses", "means over the steps of a tick");
  if (!parts.empty()) {
    out += plot_html(signal_curves(run, chosen(names, ends(".total")), "loss."), {}, "Total losses",
                     "with everything that is added to them");
    out += auto_plot(signal_curves(run, parts, "loss."), "What is added to the losses",
                     "penalties as they enter the loss");
  }
  return out;
}

std::string other_plots(const RunRecord& run, const std::vector<std::string>& names) {
  const auto weights =
      chosen(names, [](std::string_view name) { return name.starts_with("weight_norm."); });
  std::string out;
  if (!weights.empty()) {
    out += auto_plot(signal_curves(run, weights, "weight_norm."), "Norms of the weights", "");
  }
  for (const std::string& name : names) {
    if (!name.starts_with("weight_norm.")) {
      out += auto_plot({signal_curve(run, name, name)}, name, "");
    }
  }
  const auto rate = [](const TickRecord& tick) { return tick.rate; };
  const auto memory = [](const TickRecord& tick) { return tick.memory / (1 << 20); };
  out += plot_html({tick_curve(run, "", rate)}, {}, "Speed", "real samples a second, of each tick");
  out += plot_html({tick_curve(run, "", memory)}, {}, "Memory", "the most so far, in MiB");
  return out;
}

/// Value, and where the protocol gives one its spread, of one series.
void add_metric_lines(std::vector<SvgSeries>& all, const MetricSeries& series, std::string name,
                      std::string_view colour) {
  SvgSeries line{.name = std::move(name), .colour = std::string(colour)};
  SvgSeries low{.colour = std::string(colour), .size = 1, .style = SvgStyle::kDashed};
  for (const MetricPoint& point : series.points) {
    line.x.push_back(static_cast<double>(point.samples));
    line.y.push_back(point.value.value);
    low.x.push_back(line.x.back());
    low.y.push_back(point.value.value - point.value.spread);
  }
  SvgSeries high = low;
  for (std::size_t i = 0; i < high.y.size(); ++i) high.y[i] = 2 * line.y[i] - low.y[i];
  SvgSeries dots = line;
  dots.name.clear();
  dots.style = SvgStyle::kPoints;
  dots.size = 3;
  if (has_numbers(low)) all.insert(all.end(), {std::move(low), std::move(high)});
  all.insert(all.end(), {std::move(line), std::move(dots)});
}

}  // namespace

std::string plot_html(std::vector<SvgSeries> series, SvgOptions options, std::string_view title,
                      std::string_view note) {
  std::erase_if(series, [](const SvgSeries& one) { return !has_numbers(one); });
  if (series.empty()) return "";
  std::vector<std::string> names;
  std::string legend;
  std::size_t points = 0;
  for (std::size_t i = 0; i < series.size(); ++i) {
    SvgSeries& one = series[i];
    if (one.colour.empty()) one.colour = codec::svg_colour(i);
    thin(one);
    points = std::max(points, one.x.size());
    if (one.name.empty()) continue;
    names.push_back(one.name);
    // Beside the plot, where it breaks into lines and keeps its size on a phone.
    legend += cat("<span class=\"entry\">", colour_key(one.colour), codec::escape_xml(one.name),
                  "</span> ");
    one.name.clear();
  }
  for (SvgSeries& one : series) {
    if (points > 1) break;
    one.style = SvgStyle::kPoints;  // a line through one point is nothing to see
    one.size = 3.5;
  }
  const std::string unit = shorten_clock(series);
  options.width = 520;
  options.height = 290;
  options.x_label = cat(unit, "real samples");
  options.description = cat("Plot: ", title, " over ", options.x_label,
                            names.empty() ? "" : cat("; ", join(names, ", ")));
  return codec::html_figure(
      codec::line_svg(series, options),
      cat("<b>", codec::escape_xml(title), "</b>", note.empty() ? "" : ": ", note,
          legend.empty() ? "" : cat("<span class=\"legend\">", legend, "</span>")));
}

std::string auto_plot(std::vector<SvgSeries> all, std::string_view title, std::string_view note) {
  const bool log = wants_log(all);
  return plot_html(std::move(all), {.log_y = log}, title, note);
}

SvgSeries tick_curve(const RunRecord& run, std::string name,
                     const std::function<double(const TickRecord&)>& value) {
  SvgSeries series{.name = std::move(name)};
  for (const TickRecord& tick : run.ticks) {
    series.x.push_back(static_cast<double>(tick.samples));
    series.y.push_back(value(tick));
  }
  return series;
}

double value_of(const Numbers& numbers, std::string_view name) {
  const auto found = std::ranges::find(numbers, name, &Numbers::value_type::first);
  return found == numbers.end() ? std::numeric_limits<double>::quiet_NaN() : found->second;
}

std::vector<std::string> number_names(std::span<const RunRecord* const> runs,
                                      Numbers TickRecord::*numbers) {
  std::vector<std::string> names;
  for (const RunRecord* run : runs) {
    for (const TickRecord& tick : run->ticks) {
      for (const auto& [name, unused] : tick.*numbers) {
        if (std::ranges::find(names, name) == names.end()) names.push_back(name);
      }
    }
  }
  std::ranges::sort(names);
  return names;
}

SignalKind signal_kind(std::string_view name) {
  if (name.starts_with("loss.")) return SignalKind::kLoss;
  if (name.starts_with("logits.") || name.starts_with("accuracy.") || name == "pairs_ordered") {
    return SignalKind::kDiscriminator;
  }
  return name.starts_with("gradient") ? SignalKind::kGradient : SignalKind::kOther;
}

std::string_view kind_title(SignalKind kind) {
  constexpr std::string_view kTitles[] = {"Losses", "The discriminator", "Gradients", "The rest"};
  return kTitles[static_cast<std::size_t>(kind)];
}

SignalPlots signal_plots(const RunRecord& run) {
  if (run.ticks.empty()) return {};
  const RunRecord* one = &run;
  const auto names = number_names({&one, 1}, &TickRecord::signals);
  const auto of_kind = [&](SignalKind kind) {
    return chosen(names, [kind](std::string_view name) { return signal_kind(name) == kind; });
  };
  const auto group = [](SignalKind kind, const std::string& plots) {
    if (plots.empty()) return std::string();
    return cat("<h3>", kind_title(kind), "</h3>\n<div class=\"plots\">\n", plots, "</div>\n");
  };
  SignalPlots out;
  out.main = group(SignalKind::kLoss, loss_plots(run, of_kind(SignalKind::kLoss)));
  out.main += group(SignalKind::kDiscriminator,
                    discriminator_plots(run, of_kind(SignalKind::kDiscriminator)));
  const auto gradients = of_kind(SignalKind::kGradient);
  out.main += group(SignalKind::kGradient,
                    auto_plot(signal_curves(run, gradients, "gradient_norm."),
                              "Norms of the gradients", "root mean square over the tick"));
  out.rest =
      cat("<div class=\"plots\">\n", other_plots(run, of_kind(SignalKind::kOther)), "</div>\n");
  return out;
}

std::string knob_plots(const RunRecord& run) {
  std::string plots;
  std::vector<std::string> still;
  const RunRecord* one = &run;
  for (const std::string& name : number_names({&one, 1}, &TickRecord::knobs)) {
    const auto curve =
        tick_curve(run, "", [&](const TickRecord& tick) { return value_of(tick.knobs, name); });
    const auto [low, high] = std::ranges::minmax(curve.y);
    if (high > low) {
      plots += plot_html({curve}, {}, name, "");
    } else {
      still.push_back(cat(code(name), " ", short_text(low)));
    }
  }
  std::string out = plots.empty() ? "" : cat("<div class=\"plots\">\n", plots, "</div>\n");
  if (!still.empty()) out += cat("<p class=\"soft\">Stood still: ", join(still, ", "), ".</p>\n");
  return out;
}

std::string metric_plot(std::span<const NamedSeries> named) {
  std::vector<SvgSeries> lines;
  const MetricSeries* first = nullptr;
  bool curve = false;
  for (std::size_t i = 0; i < named.size(); ++i) {
    const MetricSeries* series = named[i].series;
    if (series == nullptr) continue;
    if (first == nullptr) first = series;
    curve = curve || series->is_curve();
    add_metric_lines(lines, *series, named[i].label, codec::svg_colour(i));
  }
  if (!curve) return "";
  const metric::MetricValue& last = first->latest().value;
  SvgOptions options;
  if (std::isfinite(last.floor)) options.marks.push_back({.at = last.floor, .name = "floor"});
  if (std::isfinite(last.baseline)) {
    options.marks.push_back({.at = last.baseline, .name = "baseline"});
  }
  const int sign = better_sign(first->name);
  options.log_y = sign > 0 && wants_log(lines);
  std::vector<std::string> notes;
  if (sign != 0) notes.emplace_back(sign > 0 ? "lower is better" : "higher is better");
  const bool spreads =
      std::ranges::find(lines, SvgStyle::kDashed, &SvgSeries::style) != lines.end();
  const std::string_view words = metric::spread_words(metric::spread_of(first->name));
  if (spreads) notes.push_back(cat("dashed: ± ", words.empty() ? "spread" : words));
  return plot_html(std::move(lines), std::move(options), metric::metric_label(last),
                   join(notes, "; "));
}

std::string metric_plots(std::span<const MetricSeries> all) {
  std::string plots;
  for (const MetricSeries& series : all) {
    const NamedSeries one{.series = &series};
    plots += metric_plot({&one, 1});
  }
  return plots.empty() ? "" : cat("<div class=\"plots\">\n", plots, "</div>\n");
}

}  // namespace saddle::report
