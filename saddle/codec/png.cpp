#include "saddle/codec/png.h"

#include <png.h>

#include <algorithm>
#include <csetjmp>
#include <cstring>

#include "saddle/base/error.h"
#include "saddle/base/file.h"
#include "saddle/base/text.h"

// libpng reports errors by longjmp. The functions marked "C part" are the only ones it jumps
// through or into: they hold no object with a destructor, and buffers are made between them.

namespace saddle::codec {
namespace {

constexpr png_uint_32 kPngMaxSide = 1 << 16;
constexpr std::size_t kPngSignature = 8;

struct PngReader {
  png_structp png = nullptr;
  png_infop info = nullptr;
  const char* next = nullptr;
  std::size_t left = 0;
  char message[160] = {};
};

struct PngWriter {
  png_structp png = nullptr;
  png_infop info = nullptr;
  std::string* out = nullptr;
  bool out_of_memory = false;
  char message[160] = {};
};

template <class State>
void png_on_error(png_structp png, png_const_charp message) {
  auto* state = static_cast<State*>(png_get_error_ptr(png));
  std::strncpy(state->message, message, sizeof state->message - 1);
  png_longjmp(png, 1);
}

void png_on_warning(png_structp, png_const_charp) {}

void png_pull(png_structp png, png_bytep out, size_t size) {
  auto* state = static_cast<PngReader*>(png_get_io_ptr(png));
  if (size > state->left) png_error(png, "the file ends too early");
  std::memcpy(out, state->next, size);
  state->next += size;
  state->left -= size;
}

void png_push(png_structp png, png_bytep bytes, size_t size) {
  auto* state = static_cast<PngWriter*>(png_get_io_ptr(png));
  try {
    state->out->append(reinterpret_cast<const char*>(bytes), size);
  } catch (...) {
    state->out_of_memory = true;
  }
  if (state->out_of_memory) png_error(png, "out of memory");
}

void png_no_flush(png_structp) {}

/// C part: reads what stands before the pixels and asks for 8 bits and 1, 3 or 4 channels.
bool png_read_head(PngReader& state) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_set_crc_action(state.png, PNG_CRC_ERROR_QUIT, PNG_CRC_ERROR_QUIT);
  png_set_user_limits(state.png, kPngMaxSide, kPngMaxSide);
  png_set_chunk_malloc_max(state.png, 8 << 20);
  png_set_chunk_cache_max(state.png, 256);
  png_set_read_fn(state.png, &state, png_pull);
  png_read_info(state.png, state.info);
  const int type = png_get_color_type(state.png, state.info);
  const bool transparency = png_get_valid(state.png, state.info, PNG_INFO_tRNS) != 0;
  png_set_expand(state.png);
  png_set_scale_16(state.png);  // round(v / 257); strip would cut the low byte
  if (type == PNG_COLOR_TYPE_GRAY_ALPHA || (type == PNG_COLOR_TYPE_GRAY && transparency)) {
    png_set_gray_to_rgb(state.png);
  }
  png_set_interlace_handling(state.png);
  png_read_update_info(state.png, state.info);
  return true;
}

/// C part: reads the pixels and everything after them.
bool png_read_body(PngReader& state, png_bytep* rows) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_read_image(state.png, rows);
  png_read_end(state.png, state.info);
  return true;
}

/// C part: writes the whole file.
bool png_write_all(PngWriter& state, const Image8& image, int level, png_textp text, int texts,
                   png_bytep* rows) {
  if (setjmp(png_jmpbuf(state.png))) return false;
  png_set_write_fn(state.png, &state, png_push, png_no_flush);
  png_set_compression_level(state.png, level);
  const int type = image.channels == 1   ? PNG_COLOR_TYPE_GRAY
                   : image.channels == 3 ? PNG_COLOR_TYPE_RGB
                                         : PNG_COLOR_TYPE_RGB_ALPHA;
  png_set_IHDR(state.png, state.info, static_cast<png_uint_32>(image.width),
               static_cast<png_uint_32>(image.height), 8, type, PNG_INTERLACE_NONE,
               PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  if (texts > 0) png_set_text(state.png, state.info, text, texts);
  png_write_info(state.png, state.info);
  png_write_image(state.png, rows);
  png_write_end(state.png, nullptr);
  return true;
}

/// Frees libpng's reader whatever happens.
class PngReaderGuard {
 public:
  explicit PngReaderGuard(std::string_view bytes) {
    state.next = bytes.data();
    state.left = bytes.size();
    state.png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &state, png_on_error<PngReader>,
                                       png_on_warning);
    if (state.png != nullptr) state.info = png_create_info_struct(state.png);
    if (state.info == nullptr) throw Error(ErrorCode::kInternal, "png", "libpng did not start");
  }
  PngReaderGuard(const PngReaderGuard&) = delete;
  PngReaderGuard& operator=(const PngReaderGuard&) = delete;
  ~PngReaderGuard() { png_destroy_read_struct(&state.png, &state.info, nullptr); }
  PngReader state;
};

class PngWriterGuard {
 public:
  explicit PngWriterGuard(std::string& out) {
    state.out = &out;
    state.png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &state, png_on_error<PngWriter>,
                                        png_on_warning);
    if (state.png != nullptr) state.info = png_create_info_struct(state.png);
    if (state.info == nullptr) throw Error(ErrorCode::kInternal, "png", "libpng did not start");
  }
  PngWriterGuard(const PngWriterGuard&) = delete;
  PngWriterGuard& operator=(const PngWriterGuard&) = delete;
  ~PngWriterGuard() { png_destroy_write_struct(&state.png, &state.info); }
  PngWriter state;
};

[[noreturn]] void fail_png(std::string_view name, std::string_view what) {
  throw Error(ErrorCode::kInput, "png", cat("'", name, "' ", what));
}

void require_png(std::string_view bytes, std::string_view name) {
  if (bytes.size() < kPngSignature ||
      png_sig_cmp(reinterpret_cast<png_const_bytep>(bytes.data()), 0, kPngSignature) != 0) {
    fail_png(name, "is not a PNG file: expected the first bytes 89 'PNG'");
  }
}

/// Walks the chunks of a PNG file (W3C PNG, section 5).
class PngWalk {
 public:
  PngWalk(std::string_view bytes, std::string_view name) : bytes_(bytes), name_(name) {}

  PngHead head() {
    PngHead head = read_header();
    std::uint32_t palette = 0;
    bool transparent =
        colour_type_ == PNG_COLOR_TYPE_GRAY_ALPHA || colour_type_ == PNG_COLOR_TYPE_RGB_ALPHA;
    for (;;) {
      require(kPngChunkHead);
      const std::string_view type = chunk_type();
      if (type == "IDAT") break;
      require(kPngChunkHead + std::size_t{chunk_size()});
      if (type == "PLTE" && palette == 0) palette = chunk_size() / 3;
      if (type == "tRNS") transparent = transparent || fits_transparency(palette);
      step(head);
    }
    while (left() >= kPngChunkHead && left() - kPngChunkHead >= chunk_size() &&
           chunk_type() != "IEND") {
      step(head);
    }
    const bool grey = colour_type_ == PNG_COLOR_TYPE_GRAY;
    head.channels = transparent ? 4 : grey ? 1 : 3;
    return head;
  }

 private:
  static constexpr std::size_t kPngChunkHead = 8;
  static constexpr std::size_t kPngCheckSum = 4;
  static constexpr std::uint32_t kPngHeaderBytes = 13;

  PngHead read_header() {
    require(kPngChunkHead + kPngHeaderBytes);
    const std::uint32_t width = number(at_ + kPngChunkHead);
    const std::uint32_t height = number(at_ + kPngChunkHead + 4);
    if (chunk_type() != "IHDR" || chunk_size() != kPngHeaderBytes || width < 1 || height < 1 ||
        width > kPngMaxSide || height > kPngMaxSide) {
      fail_png(name_, "is a broken PNG: its first chunk is no IHDR of a picture that is read");
    }
    PngHead head{.width = static_cast<int>(width), .height = static_cast<int>(height)};
    head.bit_depth = static_cast<std::uint8_t>(bytes_[at_ + kPngChunkHead + 8]);
    colour_type_ = static_cast<std::uint8_t>(bytes_[at_ + kPngChunkHead + 9]);
    step(head);
    return head;
  }

  /// libpng leaves a tRNS chunk aside that does not fit its picture.
  bool fits_transparency(std::uint32_t palette) const {
    if (colour_type_ == PNG_COLOR_TYPE_GRAY) return chunk_size() == 2;
    if (colour_type_ == PNG_COLOR_TYPE_RGB) return chunk_size() == 6;
    return chunk_size() >= 1 && chunk_size() <= palette;
  }

  /// Takes EXIF and goes to the next chunk, or to the end.
  void step(PngHead& head) {
    const std::size_t size = chunk_size();
    if (chunk_type() == "eXIf" && head.exif.empty()) {
      head.exif = bytes_.substr(at_ + kPngChunkHead, size);
    }
    at_ += std::min(left(), kPngChunkHead + size + kPngCheckSum);
  }

  void require(std::size_t size) const {
    if (left() >= size) return;
    fail_png(name_, cat("ends before its pixels: got ", bytes_.size(), " bytes, expected at least ",
                        at_ + size));
  }
  std::size_t left() const { return bytes_.size() - at_; }
  std::string_view chunk_type() const { return bytes_.substr(at_ + 4, 4); }
  std::uint32_t chunk_size() const { return number(at_); }
  std::uint32_t number(std::size_t at) const {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
      value = value << 8 | static_cast<std::uint8_t>(bytes_[at + i]);
    }
    return value;
  }

  std::string_view bytes_;
  std::string_view name_;
  std::size_t at_ = kPngSignature;
  int colour_type_ = 0;
};

struct DecodedPng {
  Image8 image;
  PngText text;
};

DecodedPng decode_all(std::string_view bytes, std::string_view name, std::size_t max_bytes) {
  require_png(bytes, name);
  PngReaderGuard guard(bytes);
  PngReader& state = guard.state;
  if (!png_read_head(state)) fail_png(name, cat("is a broken PNG: ", state.message));
  const std::size_t row_bytes = png_get_rowbytes(state.png, state.info);
  const std::size_t width = png_get_image_width(state.png, state.info);
  const std::size_t height = png_get_image_height(state.png, state.info);
  DecodedPng out;
  out.image.width = static_cast<int>(width);
  out.image.height = static_cast<int>(height);
  out.image.channels = png_get_channels(state.png, state.info);
  if (row_bytes * height > max_bytes) {
    fail_png(name, cat("declares too large a picture: got ", width, " x ", height, " x ",
                       out.image.channels, ", expected at most ", max_bytes, " bytes"));
  }
  // Deflate packs at most 1032 to 1 and a pixel has at least one bit in the file, so a small file
  // that declares a huge picture is refused before memory is taken for it.
  if (width / 8 * height / 1032 > bytes.size()) {
    fail_png(name, cat("is a broken PNG: ", bytes.size(), " bytes cannot hold ", width, " x ",
                       height, " pixels"));
  }
  out.image.pixels.resize(row_bytes * height);
  std::vector<png_bytep> rows(height);
  for (std::size_t y = 0; y < height; ++y) rows[y] = &out.image.pixels[y * row_bytes];
  if (!png_read_body(state, rows.data())) {
    fail_png(name, cat("is a broken PNG: ", state.message));
  }
  png_textp texts = nullptr;
  const int count = png_get_text(state.png, state.info, &texts, nullptr);
  for (int i = 0; i < count; ++i) {
    const std::size_t size = texts[i].compression > 0 ? texts[i].itxt_length : texts[i].text_length;
    out.text.emplace_back(texts[i].key, std::string(texts[i].text, size));
  }
  return out;
}

}  // namespace

std::string encode_png(const Image8& image, const PngText& text, int level) {
  check_image(image);
  std::string out;
  PngWriterGuard guard(out);
  std::vector<png_text> chunks;
  for (const auto& [key, value] : text) {
    if (key.empty() || key.size() > 79) {
      throw Error(ErrorCode::kInternal, "png",
                  cat("got a text key of ", key.size(), " letters, expected 1 to 79"));
    }
    png_text chunk{};
    chunk.compression = PNG_TEXT_COMPRESSION_NONE;
    chunk.key = const_cast<char*>(key.c_str());
    chunk.text = const_cast<char*>(value.c_str());
    chunk.text_length = value.size();
    chunks.push_back(chunk);
  }
  std::vector<png_bytep> rows(static_cast<std::size_t>(image.height));
  for (int y = 0; y < image.height; ++y) {
    rows[static_cast<std::size_t>(y)] = const_cast<png_bytep>(&image.pixels[image.offset(0, y)]);
  }
  if (!png_write_all(guard.state, image, level, chunks.data(), static_cast<int>(chunks.size()),
                     rows.data())) {
    throw Error(ErrorCode::kInternal, "png", cat("libpng failed: ", guard.state.message));
  }
  return out;
}

void write_png(const std::filesystem::path& path, const Image8& image, const PngText& text) {
  write_file_atomic(path, encode_png(image, text));
}

PngHead read_png_head(std::string_view bytes, std::string_view name) {
  require_png(bytes, name);
  return PngWalk(bytes, name).head();
}

Image8 decode_png(std::string_view bytes, std::string_view name, std::size_t max_bytes) {
  return decode_all(bytes, name, max_bytes).image;
}

Image8 read_png(const std::filesystem::path& path) {
  const MappedFile file(path, MappedFile::Access::kSequential);
  return decode_png(file.text(), path.string());
}

PngText decode_png_text(std::string_view bytes, std::string_view name) {
  return decode_all(bytes, name, kPictureMaxBytes).text;
}

}  // namespace saddle::codec
