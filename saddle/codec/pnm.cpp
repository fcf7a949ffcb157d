#include "saddle/codec/pnm.h"

#include "saddle/base/error.h"
#include "saddle/base/text.h"

namespace saddle::codec {
namespace {

constexpr int kPnmMaxSide = 1 << 16;

[[noreturn]] void fail_pnm(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "pnm", cat("'", name, "' ", what));
}

bool is_pnm_space(char c) {
  return c == ' ' || (c >= '\t' && c <= '\r');
}

/// Reads the decimal numbers of the header; a comment runs from '#' to the end of its line.
class PnmNumbers {
 public:
  PnmNumbers(std::string_view bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  int next(std::string_view what, int largest) {
    char c = next_char();
    while (is_pnm_space(c)) c = next_char();
    int value = 0;
    bool any = false;
    for (; c >= '0' && c <= '9'; c = next_char()) {
      any = true;
      if (value <= largest) value = value * 10 + (c - '0');
    }
    if (!any || !is_pnm_space(c)) {
      fail_pnm(name_,
               cat("has a broken header: expected a number for the ", what, " at byte ", at_ - 1));
    }
    if (value < 1 || value > largest) {
      fail_pnm(name_, cat("has a ", what, " that is not within 1 to ", largest));
    }
    return value;
  }
  /// After a number: behind the one space that ends it.
  std::size_t position() const { return at_; }

 private:
  char next_char() {
    char c = raw_char();
    if (c == '#') {
      while (c != '\n' && c != '\r') c = raw_char();
    }
    return c;
  }
  char raw_char() {
    if (at_ >= bytes_.size()) fail_pnm(name_, "ends within its header");
    return bytes_[at_++];
  }

  std::string_view bytes_;
  std::string_view name_;
  std::size_t at_ = 2;
};

}  // namespace

PnmHead read_pnm_head(std::string_view bytes, std::string_view name) {
  const bool grey = bytes.starts_with("P5");
  if (!grey && !bytes.starts_with("P6")) {
    fail_pnm(name, "is not a binary PGM or PPM file: expected the first bytes P5 or P6");
  }
  PnmNumbers numbers(bytes, name);
  PnmHead head{.channels = grey ? 1 : 3};
  head.width = numbers.next("width", kPnmMaxSide);
  head.height = numbers.next("height", kPnmMaxSide);
  head.max_value = numbers.next("largest value", 65535);
  head.data_at = numbers.position();
  return head;
}

Image8 decode_pnm(std::string_view bytes, std::string_view name, std::size_t max_bytes) {
  const PnmHead head = read_pnm_head(bytes, name);
  Image8 out{.width = head.width, .height = head.height, .channels = head.channels};
  const std::size_t count = out.offset(0, head.height);
  if (count > max_bytes) {
    fail_pnm(name, cat("declares too large a picture: got ", head.width, " x ", head.height, " x ",
                       head.channels, ", expected at most ", max_bytes, " bytes"));
  }
  const std::size_t sample_bytes = head.max_value > 255 ? 2 : 1;
  const std::size_t got = bytes.size() - head.data_at;
  if (got != count * sample_bytes) {
    fail_pnm(name, cat("has the wrong size: got ", got, " bytes after its header, expected ",
                       count * sample_bytes, " for ", head.width, " x ", head.height, " x ",
                       head.channels));
  }
  out.pixels.resize(count);
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data()) + head.data_at;
  const int largest = head.max_value;
  for (std::size_t i = 0; i < count; ++i) {
    const int value = sample_bytes == 1 ? data[i] : data[2 * i] << 8 | data[2 * i + 1];
    if (value > largest) {
      fail_pnm(name,
               cat("has a sample of ", value, ", expected at most its largest value ", largest));
    }
    out.pixels[i] = static_cast<std::uint8_t>((value * 510 + largest) / (2 * largest));
  }
  return out;
}

}  // namespace saddle::codec
