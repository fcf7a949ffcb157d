#include "saddle/codec/gzip.h"
#include "saddle/codec/png.h"
#include "saddle/codec/zip.h"
#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"

namespace saddle::test {
namespace {

std::string dot_png() {
  return codec::encode_png(codec::make_image(4, 4, 1, 9));
}
std::function<void()> zip_file(const std::string& bytes) {
  return [=] { put("a.zip", bytes); };
}
std::function<void()> zip_of(const RawEntry& one) {
  return zip_file(raw_zip({one}));
}
/// What lies in a gzip file, without its head and foot: a raw deflate stream.
std::string deflated(const std::string& bytes) {
  const std::string packed = codec::gzip(bytes, 9);
  return packed.substr(10, packed.size() - 18);
}

const char* const kPackZip = "data pack a.zip --out out.saddle";

std::vector<BadCase> bad_names() {
  return {
      {"zip that climbs out", zip_of({"../a.png", dot_png()}), kPackZip, 1,
       "[zip] 'a.zip' holds the file '../a.png', which has a name that climbs out of the archive: "
       "expected none with '..'; try to pack it again"},
      {"zip that climbs out within", zip_of({"x/../../a.png", dot_png()}), kPackZip, 1,
       "[zip] 'a.zip' holds the file 'x/../../a.png', which has a name that climbs out of the "
       "archive: expected none with '..'; try to pack it again"},
      {"zip that climbs out by backslashes", zip_of({"..\\a.png", dot_png()}), kPackZip, 1,
       "[zip] 'a.zip' holds the file '..\\a.png', which has a name that climbs out of the archive: "
       "expected none with '..'; try to pack it again"},
      {"zip with an absolute name", zip_of({"/etc/a.png", dot_png()}), kPackZip, 1,
       "[zip] 'a.zip' holds the file '/etc/a.png', which has an absolute name: expected one within "
       "the archive; try to pack it again"},
      {"zip with a drive", zip_of({"C:\\a.png", dot_png()}), kPackZip, 1,
       "[zip] 'a.zip' holds the file 'C:\\a.png', which has an absolute name: expected one within "
       "the archive; try to pack it again"},
      {"zip with a name twice", zip_file(raw_zip({{"a.png", dot_png()}, {"a.png", dot_png()}})),
       kPackZip, 1, "[zip] 'a.zip' holds two files of the name 'a.png'"},
      {"zip with an empty name", zip_of({"", dot_png()}), kPackZip, 1,
       "[zip] 'a.zip' holds the file '', which has no name"},
      {"zip with a name that is not UTF-8 of a broken picture",
       zip_of({"\xff\xfe.png", "no picture"}), kPackZip, 1,
       "[picture] 'a.zip/\302\240\342\226\240.png' is no picture: expected PNG, JPEG or binary PGM "
       "or PPM"},
      {"zip with a control character in a UTF-8 name",
       zip_of({.name = "a\x1b[31m.png", .bytes = "no picture", .flags = 0x800}), kPackZip, 1,
       "[zip] 'a.zip' is a damaged ZIP archive: Zip archive inconsistent"},
      {"zip with a control character in an absolute name",
       zip_of({.name = "/\x1b[2J.png", .bytes = "no picture", .flags = 0x800}), kPackZip, 1,
       "[zip] 'a.zip' is a damaged ZIP archive: Zip archive inconsistent"},
      {"zip with a control character in a name", zip_of({"a\x1b[31m.png", "no picture"}), kPackZip,
       1,
       "[picture] 'a.zip/a\342\206\220[31m.png' is no picture: expected PNG, JPEG or binary PGM or "
       "PPM"},
  };
}

std::vector<BadCase> bad_content() {
  const std::string good = raw_zip({{"a.png", dot_png()}, {"b.png", dot_png()}});
  const std::string zeros = dot_png() + std::string(std::size_t{40} << 20, '\0');
  return {
      {"zip empty", zip_file(""), kPackZip, 1,
       "[data] 'a.zip' is empty: expected pictures in a folder or ZIP archive, IDX, CIFAR, .npy, "
       ".npz or a packed set; `saddle data inspect` says more"},
      {"zip without files", zip_file(raw_zip({})), kPackZip, 1,
       "[images] archive 'a.zip': no picture among 0 files, expected .png, .jpg, .jpeg, .pgm or "
       ".ppm; `saddle data inspect` says what lies there"},
      {"zip cut in its directory", zip_file(good.substr(0, good.size() - 30)), kPackZip, 1,
       "[zip] 'a.zip' is truncated or damaged: it starts as a ZIP archive, but the directory at "
       "its end is missing; try to copy it again"},
      {"zip cut in its first file", zip_file(good.substr(0, 50)), kPackZip, 1,
       "[zip] 'a.zip' is truncated or damaged: it starts as a ZIP archive, but the directory at "
       "its end is missing; try to copy it again"},
      {"zip encrypted", zip_of({.name = "a.png", .bytes = dot_png(), .flags = 1}), kPackZip, 1,
       "[zip] 'a.zip' holds the file 'a.png', which is encrypted; try to unpack it and pack it "
       "without password"},
      {"zip of an unknown method", zip_of({.name = "a.png", .bytes = dot_png(), .method = 14}),
       kPackZip, 1,
       "[zip] 'a.zip' holds the file 'a.png', which is packed by method 14: expected 0 (stored) or "
       "8 (deflate); try to pack it again"},
      {"zip with a wrong checksum", zip_of({.name = "a.png", .bytes = dot_png(), .crc = 1}),
       kPackZip, 1, "[zip] 'a.zip' holds the file 'a.png', which is damaged: its CRC-32 differs"},
      {"zip that declares too little",
       zip_of({.name = "a.png",
               .bytes = deflated(dot_png()),
               .method = 8,
               .size = 9,
               .crc = crc_of(dot_png())}),
       kPackZip, 1,
       "[png] 'a.zip/a.png' ends before its pixels: got 9 bytes, expected at least 29"},
      {"zip that declares too much",
       zip_of({.name = "a.png",
               .bytes = deflated(dot_png()),
               .method = 8,
               .size = 900,
               .crc = crc_of(dot_png())}),
       kPackZip, 1,
       "[zip] 'a.zip' holds the file 'a.png', which is truncated: got 73 bytes, expected 900"},
      {"zip that declares 4 GiB",
       zip_of({.name = "a.png", .bytes = deflated(dot_png()), .method = 8, .size = 0xfffffff0u}),
       kPackZip, 1, "[zip] 'a.zip' holds the file 'a.png', which is damaged: CRC error"},
      {"zip bomb",
       zip_of({.name = "a.png",
               .bytes = deflated(zeros),
               .method = 8,
               .size = static_cast<std::uint32_t>(zeros.size())}),
       kPackZip, 1,
       "[zip] 'a.zip' holds the file 'a.png', which unpacks 40855 bytes to 41943113, as a zip bomb "
       "does: expected at most 1000 to 1; try to unpack it yourself, or to store it unpacked"},
      {"zip with a broken stream",
       zip_of({.name = "a.png", .bytes = "\xff\xff\xff\xff", .method = 8, .size = 100}), kPackZip,
       1, "[zip] 'a.zip' holds the file 'a.png', which is damaged: Zlib error: data error"},
      {"zip without pictures", zip_of({"notes.txt", "hello"}), kPackZip, 1,
       "[images] archive 'a.zip': no picture among 1 files, expected .png, .jpg, .jpeg, .pgm or "
       ".ppm; `saddle data inspect` says what lies there"},
      {"zip of an archive", zip_of({"inner.zip", good}), kPackZip, 1,
       "[images] archive 'a.zip': no picture among 1 files, expected .png, .jpg, .jpeg, .pgm or "
       ".ppm; `saddle data inspect` says what lies there"},
      {"tar named as a zip", zip_file(std::string(257, 'x') + "ustar" + std::string(250, '\0')),
       kPackZip, 1,
       "[data] 'a.zip' is no data that is read here: expected pictures in a folder or ZIP archive, "
       "IDX, CIFAR, .npy, .npz or a packed set; `saddle data inspect` says more"},
      {"zip with a dataset.json that is cut",
       zip_file(raw_zip({{"a.png", dot_png()}, {"dataset.json", "{\"labels\": [[\"a.p"}})),
       kPackZip, 1,
       "[images] dataset.json of archive 'a.zip' is not valid JSON: error at line 1, column 18"},
  };
}

}  // namespace

std::vector<BadCase> bad_archives() {
  std::vector<BadCase> rows = bad_names();
  for (const BadCase& row : bad_content()) rows.push_back(row);
  return rows;
}

}  // namespace saddle::test
