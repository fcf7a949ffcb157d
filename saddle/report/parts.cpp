#include "saddle/report/parts.h"

#include <algorithm>
#include <cmath>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"
#include "saddle/codec/html.h"
#include "saddle/codec/png.h"
#include "saddle/codec/resize.h"
#include "saddle/codec/svg.h"

namespace saddle::report {
namespace {

using codec::escape_xml;

constexpr std::string_view kPartsStyle = R"css(
main{max-width:66rem;overflow-wrap:anywhere}.scroll{overflow-wrap:normal}
h2{margin:3.2rem 0 .8rem}h3{margin:1.6rem 0 .4rem}
p{margin:.5rem 0}
.lead{font-size:1.15rem;margin:.2rem 0 1rem}
.tiles{display:grid;grid-template-columns:repeat(auto-fit,minmax(10.5rem,1fr));gap:.7rem;margin:1.2rem 0}
.tiles div{background:var(--panel);border-radius:10px;padding:.6rem .9rem;min-width:0}
.tiles dt{color:var(--soft);font-size:.82rem}
.tiles dd{margin:0;font-size:1.08rem;font-weight:600;line-height:1.35;overflow-wrap:anywhere}
.warning{border-left:4px solid var(--bad);background:var(--panel);border-radius:0 8px 8px 0;padding:.5rem .9rem;margin:.8rem 0}
.plots{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(100%,27rem),1fr));gap:0 1.4rem}
.plots figure{margin:.7rem 0;min-width:0}.plots figcaption b{color:var(--ink)}
.sheets{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(47%,10.5rem),1fr));gap:.8rem}
.sheets figure,.large figure{margin:0}
img{display:block;max-width:100%;height:auto;border-radius:6px;border:1px solid var(--line);background:#fff}
.sheets img{width:100%}.large img{width:min(100%,34rem)}
img.pixels{image-rendering:pixelated}
.doc{display:block;color:var(--soft);font-size:.8rem;font-weight:400;max-width:26rem;min-width:11rem}
tbody th{color:var(--ink);white-space:normal;overflow-wrap:anywhere;min-width:7rem;max-width:22rem;position:sticky;left:0;background:var(--ground)}caption{text-align:left;color:var(--soft);padding-bottom:.3rem}
.scroll{-webkit-overflow-scrolling:touch}.scroll:focus-visible,summary:focus-visible{outline:2px solid var(--link);outline-offset:2px}
svg.place{display:block;width:9rem;height:1.5rem}svg.place .way{stroke:var(--line);stroke-width:4}
svg.place .end{stroke:var(--soft);stroke-width:2}svg.place circle{fill:var(--link);stroke:var(--ground);stroke-width:1.5}
code{font:.9em ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;overflow-wrap:anywhere}
td code,th code{overflow-wrap:normal;white-space:nowrap}
.best{font-weight:700}.mark{color:var(--soft)}.best .mark{color:var(--good)}.refused{color:var(--bad)}
.why{display:block;font-size:.8rem;font-weight:400;white-space:normal;min-width:9rem;max-width:26rem}
.legend{display:block}.entry{display:inline-block;margin-right:.8em}
.key{display:inline-block;width:.8em;height:.8em;border-radius:2px;margin-right:.35em}
@media(min-width:62rem){.progress{display:grid;grid-template-columns:minmax(0,34rem) minmax(0,1fr);gap:0 1.6rem}
.progress h3{margin-top:0}.progress .sheets{grid-template-columns:repeat(auto-fill,minmax(8rem,1fr))}}
@media(max-width:34rem){.sheets{gap:.5rem}.plots figure{margin:.7rem -.5rem}.tiles{grid-template-columns:1fr 1fr;gap:.5rem}
.tiles div{padding:.5rem .7rem}.tiles dd{font-size:1rem}.doc{display:none}svg.place{width:5rem}}
)css";

}  // namespace

std::string_view parts_style() {
  return kPartsStyle;
}

std::string code(std::string_view text) {
  return cat("<code>", escape_xml(text), "</code>");
}

std::string heading(std::string_view id, std::string_view text) {
  return cat("<h2 id=\"", id, "\">", text, "</h2>\n");
}

std::string percent_of(double share) {
  return cat(short_text(std::round(1000 * share) / 10), " %");
}

std::string colour_key(std::string_view colour) {
  return cat("<span class=\"key\" style=\"background:", escape_xml(colour), "\"></span>");
}

std::string table_html(std::string_view caption, const std::vector<Cell>& head,
                       const std::vector<std::vector<Cell>>& rows) {
  const auto with_class = [](const Cell& cell, std::string_view tag, std::string_view more) {
    return cat("<", tag, more, cell.number ? " class=\"n\">" : ">", cell.html, "</", tag, ">");
  };
  // A box that scrolls can be reached by the keyboard, and so has a name.
  std::string out = cat("<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"",
                        escape_xml(caption), "\"><table>\n<thead><tr>");
  for (const Cell& cell : head) out += with_class(cell, "th", " scope=\"col\"");
  out += "</tr></thead>\n<tbody>\n";
  for (const auto& row : rows) {
    out += "<tr>";
    for (std::size_t i = 0; i < row.size(); ++i) {
      out += i == 0 ? with_class(row[i], "th", " scope=\"row\"") : with_class(row[i], "td", "");
    }
    out += "</tr>\n";
  }
  return out + "</tbody></table></div>\n";
}

std::string details_html(std::string_view summary, std::string_view html) {
  if (html.empty()) return "";
  return cat("<details><summary>", escape_xml(summary), "</summary>\n", html, "</details>\n");
}

std::string warning_html(std::string_view html) {
  return cat("<div class=\"warning\" role=\"note\">", html, "</div>\n");
}

std::string tiles_html(std::span<const std::pair<std::string, std::string>> tiles) {
  std::string out = "<dl class=\"tiles\">\n";
  for (const auto& [word, says] : tiles) {
    out += cat("<div><dt>", escape_xml(word), "</dt><dd>", escape_xml(says), "</dd></div>\n");
  }
  return out + "</dl>\n";
}

std::string sheet_html(const Sheet& sheet, std::string_view of_what, int side) {
  std::string bytes;
  codec::Image8 image;
  try {
    bytes = read_file(sheet.path);
    image = codec::decode_png(bytes, sheet.path.string());
  } catch (const Error& error) {
    throw Error(error.code(), error.component(),
                cat(error.message(),
                    "; a sheet of the run cannot be shown: remove it, or put the "
                    "whole file back"));
  }
  const int longer = std::max(image.width, image.height);
  if (side > 0 && longer > side) {
    const auto scaled = [&](int length) { return std::max(1, length * side / longer); };
    image = codec::resize(image, scaled(image.width), scaled(image.height), codec::Filter::kBox);
    bytes = codec::encode_png(image);
  }
  // Small pictures are enlarged by whole pixels, as they are.
  return cat("<img", longer < 400 ? " class=\"pixels\"" : "", " width=\"", image.width,
             "\" height=\"", image.height, "\" alt=\"Sheet of samples of ", escape_xml(of_what),
             " after ", grouped(sheet.samples), " real samples\" src=\"",
             codec::data_uri("image/png", bytes), "\">");
}

std::vector<std::size_t> spread_places(std::size_t count, std::size_t most) {
  std::vector<std::size_t> places;
  const std::size_t shown = std::min(count, most);
  for (std::size_t i = 0; i < shown; ++i) {
    places.push_back(shown == 1 ? count - 1 : i * (count - 1) / (shown - 1));
  }
  return places;
}

std::string shell_word(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./=+:,@%";
  if (!text.empty() && text.find_first_not_of(kPlain) == std::string_view::npos) {
    return std::string(text);
  }
  std::string out = "'";
  for (const char c : text) out += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return out + "'";
}

std::string counted(std::int64_t count, std::string_view what) {
  return cat(grouped(count), " ", what, count == 1 ? "" : "s");
}

}  // namespace saddle::report
