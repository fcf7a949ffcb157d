#pragma once

#include <string>
#include <string_view>

namespace saddle::codec {

/// A page for people: what stands in it, in the style that all pages of Saddle share.
struct HtmlPage {
  std::string title{};  ///< of the window, as plain text
  std::string style{};  ///< CSS after the shared one
  std::string body{};   ///< HTML from the first heading on
};

/// One self-contained HTML page: light and dark follow prefers-color-scheme, wide things in
/// class="scroll" scroll in their own box, and a policy in the page forbids scripts and every
/// request, so that it needs no network and makes none.
std::string html_page(const HtmlPage& page);

/// "data:image/png;base64,...": bytes in the place of an address.
std::string data_uri(std::string_view media_type, std::string_view bytes);

/// A plot as <figure> with its caption, which may hold HTML; "" for no caption.
std::string html_figure(std::string_view svg, std::string_view caption);

}  // namespace saddle::codec
