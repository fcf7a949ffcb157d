#include "saddle/codec/svg.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

// Okabe and Ito's colours without black and yellow: distinct for colour-blind eyes on both grounds.
constexpr std::array<std::string_view, 6> kPalette = {"#0072b2", "#e69f00", "#009e73",
                                                      "#d55e00", "#cc79a7", "#56b4e9"};
constexpr std::string_view kStyle =
    ".saddle-plot{--ink:#222;--grid:#ddd;--ground:#fff;font:12px system-ui,sans-serif}"
    "@media(prefers-color-scheme:dark){.saddle-plot{--ink:#ddd;--grid:#3a3d44;--ground:#16181d}}"
    ".saddle-plot text{fill:var(--ink)}.saddle-plot .ground{fill:var(--ground)}"
    ".saddle-plot .legend{stroke:var(--ground);stroke-width:3px;paint-order:stroke}"
    ".saddle-plot .grid{stroke:var(--grid)}.saddle-plot .frame{stroke:var(--ink);fill:none}";

struct Interval {
  double low;
  double high;
  double length() const { return high - low; }
};

/// The part of the picture inside the axes, and how numbers map to it.
struct PlotArea {
  double left, top, width, height;
  Interval x, y;
  double px(double value) const { return left + (value - x.low) / x.length() * width; }
  double py(double value) const { return top + (y.high - value) / y.length() * height; }
};

bool finite_point(const SvgSeries& series, std::size_t i) {
  return std::isfinite(series.x[i]) && std::isfinite(series.y[i]);
}

Interval data_interval(std::span<const SvgSeries> all, bool use_x) {
  Interval out{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (const SvgSeries& series : all) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!finite_point(series, i)) continue;
      const double value = use_x ? series.x[i] : series.y[i];
      out.low = std::min(out.low, value);
      out.high = std::max(out.high, value);
    }
  }
  if (out.low > out.high) return {0, 1};
  // A single value still gets an interval around it, wide enough to be more than rounding.
  const double pad = out.length() > 0 ? 0.04 * out.length() : std::max(0.5, std::abs(out.low) / 2);
  return {out.low - pad, out.high + pad};
}

PlotArea make_area(std::span<const SvgSeries> all, const SvgOptions& options) {
  PlotArea area{};
  area.left = options.y_label.empty() ? 56 : 74;
  area.top = options.title.empty() ? 14 : 34;
  area.width = std::max(10.0, options.width - area.left - 16);
  area.height = std::max(10.0, options.height - area.top - (options.x_label.empty() ? 30 : 48));
  area.x = data_interval(all, true);
  area.y = data_interval(all, false);
  for (const auto& range : {options.x_range, options.y_range}) {
    if (!range || range->first < range->second) continue;
    throw Error(
        ErrorCode::kInternal, "svg",
        cat("got the range ", range->first, " to ", range->second, ", expected low < high"));
  }
  if (options.x_range) area.x = {options.x_range->first, options.x_range->second};
  if (options.y_range) area.y = {options.y_range->first, options.y_range->second};
  if (options.equal_scale) {
    const double unit = std::max(area.x.length() / area.width, area.y.length() / area.height);
    const auto widen = [](Interval& interval, double length) {
      const double extra = (length - interval.length()) / 2;
      interval = {interval.low - extra, interval.high + extra};
    };
    widen(area.x, unit * area.width);
    widen(area.y, unit * area.height);
  }
  return area;
}

std::string tick_text(double value, double spacing) {
  if (std::abs(value) < spacing * 1e-6) return "0";
  if (std::abs(value) >= 1e6 || spacing < 1e-4) return fmt::format("{:.4g}", value);
  const int decimals = std::clamp(static_cast<int>(std::ceil(-std::log10(spacing) - 1e-9)), 0, 6);
  return fmt::format("{:.{}f}", value, decimals);
}

void write_axes(std::string& out, const PlotArea& area, const SvgOptions& options) {
  auto it = std::back_inserter(out);
  const double bottom = area.top + area.height;
  const auto x_ticks = axis_ticks(area.x.low, area.x.high, static_cast<int>(area.width / 80));
  const auto y_ticks = axis_ticks(area.y.low, area.y.high, static_cast<int>(area.height / 45));
  const double x_step = x_ticks.size() > 1 ? x_ticks[1] - x_ticks[0] : area.x.length();
  const double y_step = y_ticks.size() > 1 ? y_ticks[1] - y_ticks[0] : area.y.length();
  for (double tick : x_ticks) {
    const double x = area.px(tick);
    fmt::format_to(it, "<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>\n", x, area.top, bottom);
    fmt::format_to(it, "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x,
                   bottom + 16, tick_text(tick, x_step));
  }
  for (double tick : y_ticks) {
    const double y = area.py(tick);
    fmt::format_to(it, "<path class=\"grid\" d=\"M{:.1f} {:.1f}h{:.1f}\"/>\n", area.left, y,
                   area.width);
    fmt::format_to(it, "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                   area.left - 6, y + 4, tick_text(tick, y_step));
  }
  fmt::format_to(it,
                 "<rect class=\"frame\" x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                 "height=\"{:.1f}\"/>\n",
                 area.left, area.top, area.width, area.height);
  const double centre = area.left + area.width / 2;
  if (!options.title.empty()) {
    fmt::format_to(
        it, "<text x=\"{:.1f}\" y=\"21\" text-anchor=\"middle\" font-size=\"15\">{}</text>\n",
        centre, escape_xml(options.title));
  }
  if (!options.x_label.empty()) {
    fmt::format_to(it, "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", centre,
                   bottom + 36, escape_xml(options.x_label));
  }
  if (!options.y_label.empty()) {
    fmt::format_to(it,
                   "<text transform=\"translate(16 {:.1f})rotate(-90)\" "
                   "text-anchor=\"middle\">{}</text>\n",
                   area.top + area.height / 2, escape_xml(options.y_label));
  }
}

std::string colour_of(const SvgSeries& series, std::size_t index) {
  return series.colour.empty() ? std::string(kPalette[index % kPalette.size()])
                               : escape_xml(series.colour);
}

void write_points(std::string& out, const PlotArea& area, const SvgSeries& series,
                  const std::string& colour) {
  auto it = std::back_inserter(out);
  const double radius = series.size > 0 ? series.size : 2;
  // Round caps on lines of no length: one path holds all dots, a tenth of as many circles.
  fmt::format_to(it,
                 "<path stroke=\"{}\" stroke-width=\"{:.1f}\" stroke-linecap=\"round\" "
                 "stroke-opacity=\"0.7\" fill=\"none\" d=\"",
                 colour, 2 * radius);
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (!finite_point(series, i)) continue;
    fmt::format_to(it, "M{:.1f} {:.1f}h0", area.px(series.x[i]), area.py(series.y[i]));
  }
  out += "\"/>\n";
}

void write_line(std::string& out, const PlotArea& area, const SvgSeries& series,
                const std::string& colour) {
  auto it = std::back_inserter(out);
  fmt::format_to(it,
                 "<path stroke=\"{}\" stroke-width=\"{:.1f}\" stroke-linejoin=\"round\" "
                 "fill=\"none\" d=\"",
                 colour, series.size > 0 ? series.size : 1.6);
  bool pen_down = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (finite_point(series, i)) {
      fmt::format_to(it, "{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', area.px(series.x[i]),
                     area.py(series.y[i]));
      pen_down = true;
    } else {
      pen_down = false;
    }
  }
  out += "\"/>\n";
}

void write_legend(std::string& out, const PlotArea& area, std::span<const SvgSeries> all) {
  auto it = std::back_inserter(out);
  double y = area.top + 16;
  std::size_t index = 0;
  for (const SvgSeries& series : all) {
    const std::string colour = colour_of(series, index++);
    if (series.name.empty()) continue;
    const double right = area.left + area.width - 10;
    fmt::format_to(it,
                   "<rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"10\" height=\"10\" rx=\"2\" "
                   "fill=\"{}\"/>\n<text class=\"legend\" x=\"{:.1f}\" y=\"{:.1f}\" "
                   "text-anchor=\"end\">{}</text>\n",
                   right - 10, y - 9, colour, right - 15, y, escape_xml(series.name));
    y += 17;
  }
}

std::string draw_plot(std::span<const SvgSeries> all, const SvgOptions& options, bool lines) {
  for (const SvgSeries& series : all) {
    if (series.x.size() != series.y.size()) {
      throw Error(ErrorCode::kInternal, "svg",
                  cat("series '", series.name, "' has ", series.x.size(), " x and ",
                      series.y.size(), " y"));
    }
  }
  const PlotArea area = make_area(all, options);
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"saddle-plot\" width=\"{0}\" "
      "height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\">\n<style>{2}</style>\n",
      options.width, options.height, kStyle);
  // Inline in one page several plots need clip paths of different names; the area tells them apart
  // where it matters, and where it is equal either will do.
  const std::string clip = fmt::format("saddle-clip-{:.0f}-{:.0f}-{:.0f}-{:.0f}", area.left,
                                       area.top, area.width, area.height);
  fmt::format_to(std::back_inserter(out),
                 "<clipPath id=\"{}\"><rect x=\"{:.1f}\" y=\"{:.1f}\" width=\"{:.1f}\" "
                 "height=\"{:.1f}\"/></clipPath>\n<rect class=\"ground\" width=\"100%\" "
                 "height=\"100%\"/>\n",
                 clip, area.left, area.top, area.width, area.height);
  write_axes(out, area, options);
  out += fmt::format("<g clip-path=\"url(#{})\">\n", clip);
  for (std::size_t i = 0; i < all.size(); ++i) {
    (lines ? write_line : write_points)(out, area, all[i], colour_of(all[i], i));
  }
  out += "</g>\n";
  write_legend(out, area, all);
  return out + "</svg>\n";
}

}  // namespace

std::string scatter_svg(std::span<const SvgSeries> series, const SvgOptions& options) {
  return draw_plot(series, options, /*lines=*/false);
}

std::string line_svg(std::span<const SvgSeries> series, const SvgOptions& options) {
  return draw_plot(series, options, /*lines=*/true);
}

std::string escape_xml(std::string_view text) {
  std::string out;
  for (char c : text) {
    switch (c) {
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '&':
        out += "&amp;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::vector<double> axis_ticks(double low, double high, int wanted) {
  std::vector<double> out;
  const double raw = (high - low) / std::max(1, wanted);
  if (!(raw > 0) || !std::isfinite(raw)) return out;
  const double power = std::pow(10, std::floor(std::log10(raw)));
  double step = 10 * power;
  for (double factor : {1.0, 2.0, 5.0}) {
    if (raw <= factor * power * (1 + 1e-9)) {
      step = factor * power;
      break;
    }
  }
  // Below the resolution of doubles the steps would not move.
  if (low + step == low || high - step == high) return out;
  for (double n = std::ceil(low / step - 1e-9); n * step <= high + step * 1e-9; ++n) {
    out.push_back(n * step);
  }
  return out;
}

}  // namespace saddle::codec
