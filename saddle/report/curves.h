#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "saddle/codec/svg.h"
#include "saddle/report/metric_series.h"

namespace saddle::report {

/// A plot with what is said below it, as HTML: <figure>, or "" where there is nothing to draw.
std::string plot_html(std::vector<codec::SvgSeries> series, codec::SvgOptions options,
                      std::string_view title, std::string_view note);

/// The same, with a logarithmic axis where the numbers span more than a decade above 0.
std::string auto_plot(std::vector<codec::SvgSeries> series, std::string_view title,
                      std::string_view note);

/// A number of each tick over real samples: a signal, a knob.
codec::SvgSeries tick_curve(const RunRecord& run, std::string name,
                            const std::function<double(const TickRecord&)>& value);
/// The value of a name, or NaN.
double value_of(const Numbers& numbers, std::string_view name);

/// The names of all signals, or of all knobs, in the ticks of these runs.
std::vector<std::string> number_names(std::span<const RunRecord* const> runs,
                                      Numbers TickRecord::*numbers);

/// What a signal is about, which is how plots are grouped.
enum class SignalKind { kLoss, kDiscriminator, kGradient, kOther };
SignalKind signal_kind(std::string_view name);
/// "Losses", ...
std::string_view kind_title(SignalKind kind);

/// The plots of a run's signals: what a practitioner looks at first, and the rest.
struct SignalPlots {
  std::string main{};
  std::string rest{};
};
SignalPlots signal_plots(const RunRecord& run);

/// The knobs that vary over the ticks, plots and a line for those that stand still.
std::string knob_plots(const RunRecord& run);

/// Measurements that may be drawn as one line, and what the legend calls it.
struct NamedSeries {
  std::string label{};
  const MetricSeries* series = nullptr;
};

/// One plot of a metric over the clock, a line for each; they must be comparable with each other. A
/// line without a series keeps its colour for who has one in another plot.
/// "" where none was measured at several clocks.
std::string metric_plot(std::span<const NamedSeries> lines);
/// A plot for each metric of a run; points of other conditions are other plots.
std::string metric_plots(std::span<const MetricSeries> all);

}  // namespace saddle::report
