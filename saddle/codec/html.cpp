#include "saddle/codec/html.h"

#include <cstdint>

#include "saddle/base/text.h"
#include "saddle/codec/svg.h"

namespace saddle::codec {
namespace {

constexpr std::string_view kPageStyle = R"css(
:root{color-scheme:light dark;--ink:#1d2026;--soft:#5b626e;--ground:#fff;--panel:#f5f6f8;--line:#dcdfe5;
--good:#1a7f43;--bad:#c02b2b;--link:#0058a3}
@media(prefers-color-scheme:dark){:root{--ink:#e3e5ea;--soft:#9ba3b0;--ground:#16181d;--panel:#1e2128;
--line:#343944;--good:#5cc489;--bad:#ff7b72;--link:#74b4ef}}
*{box-sizing:border-box}
body{margin:0;background:var(--ground);color:var(--ink);font:17px/1.6 system-ui,sans-serif}
main{max-width:52rem;margin:0 auto;padding:1.5rem 1.1rem 5rem}
h1{font-size:2rem;line-height:1.2;margin:1rem 0 .3rem}
h2{font-size:1.5rem;line-height:1.25;margin:4rem 0 .6rem;padding-top:1.2rem;border-top:2px solid var(--line)}
h3{font-size:1.15rem;line-height:1.3;margin:0 0 .4rem}
a{color:var(--link)}
.soft{color:var(--soft)}
figure{margin:1.2rem 0}figure svg{display:block;width:100%;height:auto;border-radius:8px;border:1px solid var(--line)}
figcaption{color:var(--soft);font-size:.92rem;line-height:1.45;margin-top:.4rem}
.scroll{overflow-x:auto}
table{border-collapse:collapse;width:100%;font-size:.88rem;line-height:1.35}
th{text-align:left;font-weight:600;color:var(--soft)}
th,td{padding:.3rem .6rem .3rem 0;border-bottom:1px solid var(--line);vertical-align:top}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
td.n+td,th.n+th{padding-left:.6rem}
.ok{color:var(--good)}.fail{color:var(--bad);font-weight:700}
details{margin:1rem 0}summary{cursor:pointer}
pre{background:var(--panel);border-radius:8px;padding:.5rem .8rem;overflow-x:auto;margin:.3rem 0;
font:.88rem/1.5 ui-monospace,SFMono-Regular,Menlo,Consolas,monospace}
@media(max-width:34rem){body{font-size:16px}h1{font-size:1.6rem}h2{font-size:1.3rem}pre{white-space:pre-wrap}
figure{margin:1.2rem -.5rem}figure svg.saddle-plot{font-size:14px}figcaption{margin:.4rem .5rem 0}}
)css";

std::string base64(std::string_view bytes) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string out;
  out.reserve((bytes.size() + 2) / 3 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const auto byte = i + k < bytes.size() ? static_cast<std::uint8_t>(bytes[i + k]) : 0;
      group = group << 8 | static_cast<std::uint32_t>(byte);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += i + k <= bytes.size() ? kLetters[group >> (18 - 6 * k) & 63] : '=';
    }
  }
  return out;
}

}  // namespace

std::string html_page(const HtmlPage& page) {
  return cat(
      "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n<meta name=\"viewport\" "
      "content=\"width=device-width,initial-scale=1\">\n<meta http-equiv=\"Content-Security-"
      "Policy\" content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">\n<title>",
      escape_xml(page.title), "</title>\n<style>", kPageStyle, page.style,
      "</style></head>\n<body><main>\n", page.body, "</main></body></html>\n");
}

std::string data_uri(std::string_view media_type, std::string_view bytes) {
  return cat("data:", media_type, ";base64,", base64(bytes));
}

std::string html_figure(std::string_view svg, std::string_view caption) {
  return cat("<figure>", svg, caption.empty() ? "" : cat("<figcaption>", caption, "</figcaption>"),
             "</figure>\n");
}

}  // namespace saddle::codec
