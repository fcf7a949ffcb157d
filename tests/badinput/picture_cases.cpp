#include "saddle/codec/gzip.h"
#include "saddle/codec/jpeg.h"
#include "saddle/codec/png.h"
#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"
#include "tests/base/temporary.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

const char* const kPackSet = "data pack set --out out.saddle";

std::string grey_png(int width = 4, int height = 4, int channels = 1) {
  return codec::encode_png(codec::make_image(width, height, channels, 9));
}
/// Twelve pictures beside which the bad one lies.
std::function<void()> beside_good(const std::string& name, const std::string& bytes) {
  return [=] {
    put("set/0.png", grey_png());
    put("set/" + name, bytes);
  };
}
std::function<void()> labelled(const std::string& json) {
  return [=] {
    put("set/0/a.png", grey_png());
    put("set/1/b.png", grey_png());
    put("set/dataset.json", json);
  };
}

std::vector<BadCase> bad_picture_files() {
  const std::string png = grey_png();
  const std::string jpeg = codec::encode_jpeg(codec::make_image(4, 4, 1, 9));
  std::string damaged = png;
  damaged[png.size() - 20] = static_cast<char>(damaged[png.size() - 20] ^ 0x55);
  const std::string no_pixels(8, '\0');
  return {
      {"png cut in its signature", beside_good("b.png", png.substr(0, 5)), kPackSet, 1,
       "[picture] 'set/b.png' is no picture: expected PNG, JPEG or binary PGM or PPM"},
      {"png cut before its pixels", beside_good("b.png", png.substr(0, 30)), kPackSet, 1,
       "[png] 'set/b.png' ends before its pixels: got 30 bytes, expected at least 38"},
      {"png cut in its pixels", beside_good("b.png", png.substr(0, png.size() - 18)), kPackSet, 1,
       "[png] 'set/b.png' is a broken PNG: the file ends too early"},
      {"png with a flipped byte", beside_good("b.png", damaged), kPackSet, 1,
       "[png] 'set/b.png' is a broken PNG: IDAT: incorrect data check"},
      {"png of no pixels", beside_good("b.png", raw_png(0, 4, no_pixels)), kPackSet, 1,
       "[png] 'set/b.png' is a broken PNG: its first chunk is no IHDR of a picture that is read"},
      {"png that declares 65535 by 65535",
       [=] { put("set/b.png", raw_png(65535, 65535, no_pixels)); }, kPackSet, 1,
       "[images] 'set/b.png': got 65535x65535 pixels, expected a sample of at most 268435456 "
       "bytes; let it be scaled with data.resolution = 256 and data.fit = \"crop\", \"pad\" or "
       "\"stretch\""},
      {"png that declares 65535 by 65535 to be scaled",
       [=] { put("set/b.png", raw_png(65535, 65535, no_pixels)); },
       "data pack set --out out.saddle --set data.resolution=64 --set data.fit=crop", 1,
       "[png] 'set/b.png' declares too large a picture: got 65535 x 65535 x 1, expected at most "
       "1073741824 bytes"},
      {"pgm that declares 65536 by 65536 to be scaled",
       [] { put("set/b.pgm", "P5 65536 65536 255\nabc"); },
       "data pack set --out out.saddle --set data.resolution=64 --set data.fit=crop", 1,
       "[pnm] 'set/b.pgm' declares too large a picture: got 65536 x 65536 x 1, expected at most "
       "1073741824 bytes"},
      {"png whose sizes overflow",
       [=] { put("set/b.png", raw_png(0x7fffffff, 0x7fffffff, no_pixels)); }, kPackSet, 1,
       "[png] 'set/b.png' is a broken PNG: its first chunk is no IHDR of a picture that is read"},
      {"png with too few pixels",
       [=] { put("set/b.png", raw_png(4, 4, std::string("x\x9c\x63\0\0\0\1\0\1", 9))); }, kPackSet,
       1, "[png] 'set/b.png' is a broken PNG: Not enough image data"},
      {"png with a text that unpacks to 64 MiB",
       [=] {
         const std::string packed = codec::gzip(std::string(64 << 20, 'x'), 9);
         const std::string zlib = "x\x9c" + packed.substr(10, packed.size() - 18) + "abcd";
         put("set/b.png", raw_png(4, 4, "x", png_chunk("zTXt", std::string("key\0\0", 5) + zlib)));
       },
       kPackSet, 1, "[png] 'set/b.png' is a broken PNG: Not enough image data"},
      {"jpeg cut in its head", beside_good("b.jpg", jpeg.substr(0, 20)), kPackSet, 1,
       "[jpeg] 'set/b.jpg' ends before it tells its size: got 20 bytes, expected at least 22"},
      {"jpeg cut in its pixels", [=] { put("set/b.jpg", jpeg.substr(0, jpeg.size() - 4)); },
       kPackSet, 1, "[jpeg] 'set/b.jpg' is a broken JPEG: Premature end of JPEG file"},
      {"jpeg that declares 65500 by 65500",
       [=] {
         std::string big = jpeg;
         const std::size_t frame = big.find("\xff\xc0");
         big.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
         put("set/b.jpg", big);
       },
       kPackSet, 1,
       "[images] 'set/b.jpg': got 65500x65500 pixels, expected a sample of at most 268435456 "
       "bytes; let it be scaled with data.resolution = 256 and data.fit = \"crop\", \"pad\" or "
       "\"stretch\""},
      {"pgm cut", [] { put("set/b.pgm", "P5 4 4 255\nabc"); }, kPackSet, 1,
       "[pnm] 'set/b.pgm' has the wrong size: got 3 bytes after its header, expected 16 for 4 x 4 "
       "x 1"},
      {"pgm with surplus bytes", [] { put("set/b.pgm", "P5 1 1 255\nabc"); }, kPackSet, 1,
       "[pnm] 'set/b.pgm' has the wrong size: got 3 bytes after its header, expected 1 for 1 x 1 x "
       "1"},
      {"pgm with a sample above its white", [] { put("set/b.pgm", "P5 1 1 100\n\xc8"); }, kPackSet,
       1, "[pnm] 'set/b.pgm' has a sample of 200, expected at most its largest value 100"},
      {"pgm that declares 99999999999 columns",
       [] { put("set/b.pgm", "P5 99999999999 1 255\nabc"); }, kPackSet, 1,
       "[pnm] 'set/b.pgm' has a width that is not within 1 to 65536"},
      {"pgm of white 0", [] { put("set/b.pgm", std::string("P5 1 1 0\n\0", 10)); }, kPackSet, 1,
       "[pnm] 'set/b.pgm' has a largest value that is not within 1 to 65535"},
      {"pgm as text", beside_good("b.pgm", "P2\n1 1\n255\n7\n"), kPackSet, 1,
       "[picture] 'set/b.pgm' is a picture in text PNM format: expected PNG, JPEG or binary PGM or "
       "PPM; convert it to PNG or JPEG"},
      {"picture empty", beside_good("b.png", ""), kPackSet, 1,
       "[picture] 'set/b.png' is no picture: expected PNG, JPEG or binary PGM or PPM"},
      {"webp named as png", beside_good("b.png", std::string("RIFF\x24\0\0\0WEBPVP8 ", 16)),
       kPackSet, 1,
       "[picture] 'set/b.png' is a picture in WebP format: expected PNG, JPEG or binary PGM or "
       "PPM; convert it to PNG or JPEG"},
      {"heic named as jpeg",
       beside_good("b.jpg", std::string("\0\0\0\x18"
                                        "ftypheic",
                                        12)),
       kPackSet, 1,
       "[picture] 'set/b.jpg' is a picture in HEIC format: expected PNG, JPEG or binary PGM or "
       "PPM; convert it to PNG or JPEG"},
      {"web page named as jpeg", beside_good("b.jpg", "<!DOCTYPE html><html>404 not found</html>"),
       kPackSet, 1, "[picture] 'set/b.jpg' is no picture: expected PNG, JPEG or binary PGM or PPM"},
  };
}

std::vector<BadCase> bad_folders() {
  const std::string png = grey_png();
  return {
      {"folder that is not there",
       {},
       "data pack set --out out.saddle",
       1,
       "[data] 'set' is not there: expected a folder or file of data"},
      {"folder empty", [] { fs::create_directories("set"); }, kPackSet, 1,
       "[data] 'set' is empty: expected pictures in a folder or ZIP archive, IDX, CIFAR, .npy, "
       ".npz or a packed set; `saddle data inspect` says more"},
      {"folder of other files",
       [] {
         put("set/a.txt", "x");
         put("set/b.doc", "y");
       },
       kPackSet, 1,
       "[data] 'set' is no data that is read here: expected pictures in a folder or ZIP archive, "
       "IDX, CIFAR, .npy, .npz or a packed set; `saddle data inspect` says more"},
      {"folder of mixed sizes", beside_good("b.png", grey_png(5, 4)), kPackSet, 1,
       "[images] pictures differ in size or colour: got 2 kinds, 1 of 4x4 grey as 'set/0.png'; 1 "
       "of 5x4 grey as 'set/b.png', expected one; say what to do with data.resolution = 64 and "
       "data.fit = \"crop\", \"pad\" or \"stretch\""},
      {"folder of mixed colours", beside_good("b.png", grey_png(4, 4, 3)), kPackSet, 1,
       "[images] pictures differ in size or colour: got 2 kinds, 1 of 4x4 grey as 'set/0.png'; 1 "
       "of 4x4 RGB as 'set/b.png', expected one; say what to do with data.channels = \"rgb\" or "
       "\"grey\""},
      {"folder of transparent pictures", [] { put("set/b.png", grey_png(4, 4, 4)); }, kPackSet, 1,
       "[images] 'set/b.png': got transparency (an alpha channel), expected grey or RGB; say what "
       "shines through with data.alpha = \"white\" or \"black\""},
      {"folder of too narrow pictures to halve", [] { put("set/b.png", grey_png(1, 4)); },
       "data pack set --out out.saddle --set data.part=left", 1,
       "[images] 'set/b.png': is one pixel wide: it has no left and right half"},
      {"folder a hundred deep",
       [=] {
         std::string path = "set";
         for (int i = 0; i < 100; ++i) path += "/d";
         put(path + "/a.png", png);
       },
       kPackSet, 1,
       "/d/d/d' lies more than 64 folders deep: expected a folder of images and class folders"},
      {"folder with a link to its own parent",
       [=] {
         put("set/a.png", png);
         fs::create_directory_symlink("..", "set/up");
       },
       kPackSet, 1,
       "[data] 'set/up/set' is a link back up to 'set': expected folders that do not hold "
       "themselves; remove the link"},
      {"dangling link named as picture",
       [=] {
         put("set/a.png", png);
         fs::create_symlink("nowhere", "set/b.png");
       },
       kPackSet, 1,
       "[data] cannot read 'set/b.png': it is gone, was cut or may not be read; expected it as it "
       "was listed"},
      {"folder named as picture",
       [=] {
         put("set/a.png", png);
         fs::create_directories("set/b.png/c.png");
       },
       "data pack set/b.png --out out.saddle", 1,
       "[data] 'set/b.png' is no data that is read here: expected pictures in a folder or ZIP "
       "archive, IDX, CIFAR, .npy, .npz or a packed set; `saddle data inspect` says more"},
      {"name that is not UTF-8 of a broken picture", beside_good("b\xff\xfe.png", "no picture"),
       kPackSet, 1,
       "[picture] 'set/b\\xff\\xfe.png' is no picture: expected PNG, JPEG or binary PGM or PPM"},
      {"name with a line feed of a broken picture", beside_good("b\n.png", "no picture"), kPackSet,
       1, "[picture] 'set/b\\x0a.png' is no picture: expected PNG, JPEG or binary PGM or PPM"},
      {"everything held out", beside_good("b.png", png),
       "data pack set --out out.saddle --set data.test_last=2", 1,
       "[images] folder 'set' has no training samples left: got 2 samples with data.test_last = 2, "
       "expected some that are not held out"},
      {"held out by both rules", beside_good("b.png", png),
       "data pack set --out out.saddle --set data.test_last=1 --set data.test_every=2", 2,
       "[images] data.test_every = 2 and data.test_last = 1 are both set: expected one way to hold "
       "out a test set; set the other to 0"},
      {"pictures beside class folders",
       [=] {
         put("set/a.png", png);
         put("set/x/b.png", png);
         put("set/y/c.png", png);
       },
       "data pack set --out out.saddle --set data.labels=folders", 1,
       "[images] folder 'set': data.labels = \"folders\", but some pictures lie in no class "
       "folder; move them, or set data.labels = \"none\""},
  };
}

std::vector<BadCase> bad_labels() {
  const auto list = [](const std::string& items) {
    return labelled("{\"labels\": [" + items + "]}");
  };
  return {
      {"dataset.json empty", labelled(""), kPackSet, 1,
       "[images] dataset.json of folder 'set' is not valid JSON: error at line 1, column 1"},
      {"dataset.json cut", labelled("{\"labels\": [[\"0/a.png\", 0], "), kPackSet, 1,
       "[images] dataset.json of folder 'set' is not valid JSON: error at line 1, column 29"},
      {"dataset.json a list", labelled("[]"), kPackSet, 1,
       "[images] dataset.json of folder 'set': expected an object with \"labels\"; set data.labels "
       "= \"none\" or \"folders\" to do without this file"},
      {"dataset.json labels a number", labelled("{\"labels\": 3}"), kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels': got number, expected array"},
      {"dataset.json label a text", list("[\"0/a.png\", \"cat\"]"), kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels[0][1]': got string, expected a whole number"},
      {"dataset.json label a fraction", list("[\"0/a.png\", 0.5]"), kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels[0][1]': got 0.5, expected a whole number"},
      {"dataset.json label below zero", list("[\"0/a.png\", -1]"), kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels[0]': got the label -1, expected 0 to 999999"},
      {"dataset.json label of 99 digits", list("[\"0/a.png\", " + std::string(99, '9') + "]"),
       kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels[0][1]': got 1e+99, expected a whole number"},
      {"dataset.json label NaN", list("[\"0/a.png\", NaN]"), kPackSet, 1,
       "[images] dataset.json of folder 'set' is not valid JSON: error at line 1, column 25"},
      {"dataset.json pair of three", list("[\"0/a.png\", 1, 2]"), kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels[0]': expected [\"file\", label]"},
      {"dataset.json file twice", list("[\"0/a.png\", 1], [\"0/a.png\", 1]"), kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels[1]': this file has a label twice"},
      {"dataset.json picture without label", list("[\"0/a.png\", 1]"), kPackSet, 1,
       "[images] dataset.json of folder 'set': no label for '1/b.png', expected one for each "
       "picture; leave labels out with data.labels = \"none\""},
      {"dataset.json not UTF-8", labelled("{\"labels\": [[\"\xff\", 1]]}"), kPackSet, 1,
       "[images] dataset.json of folder 'set' is not valid JSON: error at line 1, column 15"},
      {"dataset.json 100,000 brackets deep", labelled(std::string(100'000, '[')), kPackSet, 1,
       "[images] dataset.json of folder 'set' is not valid JSON: error at line 1, column 100001"},
      {"dataset.json balanced 100,000 deep",
       labelled("{\"labels\": " + std::string(100'000, '[') + std::string(100'000, ']') + "}"),
       kPackSet, 1,
       "[images] dataset.json of folder 'set' 'labels[0]': expected [\"file\", label]"},
      {"dataset.json a dangling link",
       [] {
         put("set/0/a.png", grey_png());
         put("set/1/b.png", grey_png());
         fs::create_symlink("gone", "set/dataset.json");
       },
       kPackSet, 1,
       "[data] cannot read 'set/dataset.json': it is gone, was cut or may not be read; expected it "
       "as it was listed"},
  };
}

}  // namespace

std::vector<BadCase> bad_pictures() {
  std::vector<BadCase> rows;
  for (const auto& table : {bad_picture_files(), bad_folders(), bad_labels()}) {
    rows.insert(rows.end(), table.begin(), table.end());
  }
  return rows;
}

}  // namespace saddle::test
