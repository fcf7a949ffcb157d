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
// Plain colours, which programs that are no browser read too, and others for a dark ground.
constexpr std::string_view kStyle =
    ".saddle-plot{font:12px system-ui,sans-serif}"
    ".saddle-plot text{fill:#222}.saddle-plot .ground{fill:#fff}"
    ".saddle-plot .legend{stroke:#fff;stroke-width:3px;paint-order:stroke}"
    ".saddle-plot .grid{stroke:#ddd}.saddle-plot .frame{stroke:#222;fill:none}"
    ".saddle-plot .mark{stroke:#222;stroke-dasharray:2 4;opacity:.75}"
    "@media(prefers-color-scheme:dark){.saddle-plot text{fill:#ddd}.saddle-plot "
    ".ground{fill:#16181d}"
    ".saddle-plot .legend{stroke:#16181d}.saddle-plot .grid{stroke:#3a3d44}"
    ".saddle-plot .frame{stroke:#ddd}.saddle-plot .mark{stroke:#ddd}}";

constexpr double kLegendRow = 17;     // height of a row of the legend
constexpr double kLetterWidth = 6.6;  // of 12 pixel type, on average

struct Interval {
  double low;
  double high;
  double length() const { return high - low; }
};

/// One axis. Its interval is in what is drawn evenly: of a logarithmic axis in powers of ten.
struct Axis {
  Interval shown{0, 1};
  bool log = false;
  double drawn(double value) const { return log ? std::log10(value) : value; }
  bool shows(double value) const { return std::isfinite(drawn(value)); }
  bool reaches(double value) const {
    return shows(value) && drawn(value) >= shown.low && drawn(value) <= shown.high;
  }
  double part(double value) const { return (drawn(value) - shown.low) / shown.length(); }
  std::vector<double> ticks(int wanted) const {
    return log ? log_axis_ticks(std::pow(10, shown.low), std::pow(10, shown.high), wanted)
               : axis_ticks(shown.low, shown.high, wanted);
  }
};

/// The part of the picture inside the axes, and how numbers map to it.
struct PlotArea {
  double left, top, width, height;
  Axis x, y;
  double px(double value) const { return left + x.part(value) * width; }
  double py(double value) const { return top + (1 - y.part(value)) * height; }
  bool shows(const SvgSeries& series, std::size_t i) const {
    return x.shows(series.x[i]) && y.shows(series.y[i]);
  }
};

Interval data_interval(std::span<const SvgSeries> all, const PlotArea& area, bool use_x) {
  Interval out{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (const SvgSeries& series : all) {
    for (std::size_t i = 0; i < series.x.size(); ++i) {
      if (!area.shows(series, i)) continue;
      const double value = use_x ? area.x.drawn(series.x[i]) : area.y.drawn(series.y[i]);
      out.low = std::min(out.low, value);
      out.high = std::max(out.high, value);
    }
  }
  if (out.low > out.high) return {0, 1};
  // A single value, or several that differ by rounding alone, still get a wide interval.
  const double size = std::max(std::abs(out.low), std::abs(out.high));
  const double pad = out.length() > 1e-12 * size ? 0.04 * out.length() : std::max(0.5, size / 2);
  return {out.low - pad, out.high + pad};
}

/// Where the entries of a legend above the plot stand: the left end and the row of each series.
struct LegendPlace {
  double left = 0;
  int row = 0;
};

std::vector<LegendPlace> legend_places(std::span<const SvgSeries> all, double left, double right) {
  std::vector<LegendPlace> places;
  double x = left;
  int row = 0;
  for (const SvgSeries& series : all) {
    const auto letters =
        std::ranges::count_if(series.name, [](char c) { return (c & 0xC0) != 0x80; });
    const double width = 15 + kLetterWidth * static_cast<double>(letters) + 14;
    if (x > left && x + width > right && !series.name.empty()) {
      x = left;
      ++row;
    }
    places.push_back({x, row});
    if (!series.name.empty()) x += width;
  }
  return places;
}

void set_axis(Axis& axis, const std::optional<std::pair<double, double>>& range) {
  if (!range) return;
  if (!(range->first < range->second) || (axis.log && range->first <= 0)) {
    throw Error(ErrorCode::kInternal, "svg",
                cat("got the range ", range->first, " to ", range->second, ", expected ",
                    axis.log ? "0 < " : "", "low < high"));
  }
  axis.shown = {axis.drawn(range->first), axis.drawn(range->second)};
}

PlotArea make_area(std::span<const SvgSeries> all, const SvgOptions& options) {
  PlotArea area{};
  area.x.log = options.log_x;
  area.y.log = options.log_y;
  area.left = options.y_label.empty() ? 56 : 74;
  area.top = options.title.empty() ? 14 : 34;
  area.width = std::max(10.0, options.width - area.left - 16);
  if (options.legend_above && !all.empty()) {
    const auto places = legend_places(all, area.left, area.left + area.width);
    const bool named = std::ranges::any_of(all, [](const auto& one) { return !one.name.empty(); });
    if (named) area.top += kLegendRow * (places.back().row + 1);
  }
  area.height = std::max(10.0, options.height - area.top - (options.x_label.empty() ? 30 : 48));
  area.x.shown = data_interval(all, area, true);
  area.y.shown = data_interval(all, area, false);
  set_axis(area.x, options.x_range);
  set_axis(area.y, options.y_range);
  if (options.equal_scale) {
    const double unit =
        std::max(area.x.shown.length() / area.width, area.y.shown.length() / area.height);
    const auto widen = [](Interval& interval, double length) {
      const double extra = (length - interval.length()) / 2;
      interval = {interval.low - extra, interval.high + extra};
    };
    widen(area.x.shown, unit * area.width);
    widen(area.y.shown, unit * area.height);
  }
  return area;
}

/// "0.001" or "2e-05"; whole powers of ten beyond four digits as 10 with an exponent.
std::string log_tick_text(double value) {
  if (value >= 1e-3 && value < 1e5) return fmt::format("{:.4g}", value);
  const double power = std::log10(value);
  if (std::abs(power - std::round(power)) > 1e-9) return fmt::format("{:.3g}", value);
  constexpr std::array<std::string_view, 10> kRaised = {"\u2070", "\u00b9", "\u00b2", "\u00b3",
                                                        "\u2074", "\u2075", "\u2076", "\u2077",
                                                        "\u2078", "\u2079"};
  std::string out = power < 0 ? "10\u207b" : "10";
  for (const char digit : std::to_string(std::abs(std::lround(power)))) {
    out += kRaised[static_cast<std::size_t>(digit - '0')];
  }
  return out;
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
  const auto x_ticks = area.x.ticks(static_cast<int>(area.width / 80));
  const auto y_ticks = area.y.ticks(static_cast<int>(area.height / 45));
  const auto text_of = [](const Axis& axis, const std::vector<double>& ticks, double tick) {
    const double step = ticks.size() > 1 ? ticks[1] - ticks[0] : axis.shown.length();
    return axis.log ? log_tick_text(tick) : tick_text(tick, step);
  };
  for (double tick : x_ticks) {
    const double x = area.px(tick);
    fmt::format_to(it, "<path class=\"grid\" d=\"M{:.1f} {:.1f}V{:.1f}\"/>\n", x, area.top, bottom);
    fmt::format_to(it, "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"middle\">{}</text>\n", x,
                   bottom + 16, text_of(area.x, x_ticks, tick));
  }
  for (double tick : y_ticks) {
    const double y = area.py(tick);
    fmt::format_to(it, "<path class=\"grid\" d=\"M{:.1f} {:.1f}h{:.1f}\"/>\n", area.left, y,
                   area.width);
    fmt::format_to(it, "<text x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"end\">{}</text>\n",
                   area.left - 6, y + 4, text_of(area.y, y_ticks, tick));
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
  return series.colour.empty() ? std::string(svg_colour(index)) : escape_xml(series.colour);
}

bool is_line(const SvgSeries& series, bool lines) {
  return series.style == SvgStyle::kDefault ? lines : series.style != SvgStyle::kPoints;
}

// Where the palette begins anew, lines are dashed.
bool is_dashed(const SvgSeries& series, std::size_t index) {
  if (series.style == SvgStyle::kDefault) return series.colour.empty() && index >= kPalette.size();
  return series.style == SvgStyle::kDashed;
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
    if (!area.shows(series, i)) continue;
    fmt::format_to(it, "M{:.1f} {:.1f}h0", area.px(series.x[i]), area.py(series.y[i]));
  }
  out += "\"/>\n";
}

void write_line(std::string& out, const PlotArea& area, const SvgSeries& series,
                std::size_t index) {
  auto it = std::back_inserter(out);
  fmt::format_to(it,
                 "<path stroke=\"{}\" stroke-width=\"{:.1f}\" stroke-linejoin=\"round\" "
                 "{}fill=\"none\" d=\"",
                 colour_of(series, index), series.size > 0 ? series.size : 1.6,
                 is_dashed(series, index) ? "stroke-dasharray=\"6 4\" " : "");
  bool pen_down = false;
  for (std::size_t i = 0; i < series.x.size(); ++i) {
    if (area.shows(series, i)) {
      fmt::format_to(it, "{}{:.1f} {:.1f}", pen_down ? 'L' : 'M', area.px(series.x[i]),
                     area.py(series.y[i]));
      pen_down = true;
    } else {
      pen_down = false;
    }
  }
  out += "\"/>\n";
}

/// A square in a series' colour at (left, top), 10 wide; of a dashed line it is split.
void write_swatch(std::string& out, double left, double top, std::span<const SvgSeries> all,
                  std::size_t index, bool lines) {
  const bool split = is_line(all[index], lines) && is_dashed(all[index], index);
  fmt::format_to(std::back_inserter(out),
                 "<path stroke=\"{}\" stroke-width=\"10\"{} d=\"M{:.1f} {:.1f}h10\"/>\n",
                 colour_of(all[index], index), split ? " stroke-dasharray=\"4 2\"" : "", left,
                 top + 5);
}

void write_legend_above(std::string& out, const PlotArea& area, std::span<const SvgSeries> all,
                        bool lines) {
  const auto places = legend_places(all, area.left, area.left + area.width);
  const double first = area.top - kLegendRow * (places.empty() ? 0 : places.back().row + 1);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].name.empty()) continue;
    const double y = first + kLegendRow * places[i].row + 9;
    write_swatch(out, places[i].left, y - 9, all, i, lines);
    fmt::format_to(std::back_inserter(out), "<text x=\"{:.1f}\" y=\"{:.1f}\">{}</text>\n",
                   places[i].left + 15, y, escape_xml(all[i].name));
  }
}

void write_marks(std::string& out, const PlotArea& area, std::span<const SvgMark> marks) {
  auto it = std::back_inserter(out);
  for (const SvgMark& mark : marks) {
    if (!(mark.vertical ? area.x : area.y).reaches(mark.at)) continue;
    const double x = mark.vertical ? area.px(mark.at) : area.left + area.width - 6;
    const double y = mark.vertical ? area.top + 14 : area.py(mark.at) - 5;
    if (mark.vertical) {
      fmt::format_to(it, "<path class=\"mark\" d=\"M{:.1f} {:.1f}v{:.1f}\"/>\n", x, area.top,
                     area.height);
    } else {
      fmt::format_to(it, "<path class=\"mark\" d=\"M{:.1f} {:.1f}h{:.1f}\"/>\n", area.left,
                     area.py(mark.at), area.width);
    }
    if (mark.name.empty()) continue;
    // Words turn to the side where there is room.
    const bool to_left = !mark.vertical || area.x.part(mark.at) > 0.6;
    fmt::format_to(
        it, "<text class=\"legend\" x=\"{:.1f}\" y=\"{:.1f}\" text-anchor=\"{}\">{}</text>\n",
        x + (!mark.vertical ? 0
             : to_left      ? -5
                            : 5),
        y, to_left ? "end" : "start", escape_xml(mark.name));
  }
}

void write_legend(std::string& out, const PlotArea& area, std::span<const SvgSeries> all,
                  bool lines) {
  const double right = area.left + area.width - 10;
  double y = area.top + 16;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].name.empty()) continue;
    write_swatch(out, right - 10, y - 9, all, i, lines);
    fmt::format_to(std::back_inserter(out),
                   "<text class=\"legend\" x=\"{:.1f}\" y=\"{:.1f}\" "
                   "text-anchor=\"end\">{}</text>\n",
                   right - 15, y, escape_xml(all[i].name));
    y += kLegendRow;
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
  const std::string& said = options.description.empty() ? options.title : options.description;
  std::string out = fmt::format(
      "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"saddle-plot\" width=\"{0}\" "
      "height=\"{1}\" viewBox=\"0 0 {0} {1}\" role=\"img\"{2}>\n<style>{3}</style>\n",
      options.width, options.height,
      said.empty() ? "" : cat(" aria-label=\"", escape_xml(said), "\""), kStyle);
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
    if (is_line(all[i], lines)) {
      write_line(out, area, all[i], i);
    } else {
      write_points(out, area, all[i], colour_of(all[i], i));
    }
  }
  out += "</g>\n";
  write_marks(out, area, options.marks);
  (options.legend_above ? write_legend_above : write_legend)(out, area, all, lines);
  return out + "</svg>\n";
}

}  // namespace

std::string scatter_svg(std::span<const SvgSeries> series, const SvgOptions& options) {
  return draw_plot(series, options, /*lines=*/false);
}

std::string line_svg(std::span<const SvgSeries> series, const SvgOptions& options) {
  return draw_plot(series, options, /*lines=*/true);
}

std::string_view svg_colour(std::size_t index) {
  return kPalette[index % kPalette.size()];
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
  // Multiples of the step that doubles do not tell apart.
  constexpr double kWhole = 1e15;
  const double first = std::ceil(low / step - 1e-9);
  const double last = std::floor(high / step + 1e-9);
  if (!(std::abs(first) < kWhole && std::abs(last) < kWhole)) return out;
  for (double n = first; n <= last; ++n) out.push_back(n * step);
  return out;
}

std::vector<double> log_axis_ticks(double low, double high, int wanted) {
  std::vector<double> out;
  if (!(low > 0) || !(low < high) || !std::isfinite(high)) return out;
  const double first = std::ceil(std::log10(low) - 1e-9);
  const double last = std::floor(std::log10(high) + 1e-9);
  const double stride = std::max(1.0, std::ceil((last - first + 1) / std::max(1, wanted)));
  for (double power = first; power <= last; power += stride) out.push_back(std::pow(10, power));
  if (out.size() >= 3) return out;
  out.clear();
  for (double power = first - 1; power <= last; ++power) {
    for (const double factor : {1.0, 2.0, 5.0}) {
      const double tick = factor * std::pow(10, power);
      if (tick >= low * (1 - 1e-9) && tick <= high * (1 + 1e-9)) out.push_back(tick);
    }
  }
  return out.size() >= 2 ? out : axis_ticks(low, high, wanted);
}

}  // namespace saddle::codec
