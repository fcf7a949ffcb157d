#include "saddle/codec/png.h"
#include "saddle/codec/zip.h"
#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

/// A file or folder that nobody may read.
void close_to_all(const fs::path& path) {
  fs::permissions(path, fs::perms::none);
}
std::function<void()> closed_file(const std::string& name, const std::string& bytes) {
  return [=] {
    put(name, bytes);
    close_to_all(name);
  };
}
BadCase as_user(BadCase row) {
  row.as_user = true;
  return row;
}

}  // namespace

std::vector<BadCase> bad_permissions() {
  const std::string png = codec::encode_png(codec::make_image(4, 4, 1, 9));
  const std::string into = " --out out.saddle";
  std::vector<BadCase> rows = {
      {"npy that may not be read", closed_file("a.npy", raw_npy("|u1", "(1, 2, 2)", "abcd")),
       "data pack a.npy" + into, 1, "[file] no permission to read 'a.npy'"},
      {"zip that may not be read", closed_file("a.zip", raw_zip({{"a.png", png}})),
       "data pack a.zip" + into, 1, "[file] no permission to read 'a.zip'"},
      {"packed that may not be read", closed_file("a.saddle", "SADDLEPK"),
       "data pack a.saddle" + into, 1, "[file] no permission to read 'a.saddle'"},
      {"idx that may not be read",
       closed_file("set/train-images-idx3-ubyte", raw_idx(8, {1, 2, 2}, "abcd")),
       "data pack set --set data.labels=\"\"" + into, 1,
       "[file] no permission to read 'set/train-images-idx3-ubyte'"},
      {"cifar that may not be read", closed_file("data_batch_1.bin", std::string(3073, '\1')),
       "data pack data_batch_1.bin --set data.name=cifar" + into, 1,
       "[file] no permission to read 'data_batch_1.bin'"},
      {"picture that may not be read",
       [=] {
         put("set/a.png", png);
         closed_file("set/b.png", png)();
       },
       "data pack set" + into, 1,
       "[data] cannot read 'set/b.png': it is gone, was cut or may not be read; expected it as it "
       "was listed"},
      {"folder that may not be read",
       [=] {
         put("set/a.png", png);
         close_to_all("set");
       },
       "data pack set" + into, 1, "[data] cannot read 'set': Permission denied"},
      {"class folder that may not be read",
       [=] {
         put("set/a/a.png", png);
         put("set/b/b.png", png);
         close_to_all("set/b");
       },
       "data pack set" + into, 1, "[data] cannot read 'set/b': Permission denied"},
      {"dataset.json that may not be read",
       [=] {
         put("set/a.png", png);
         closed_file("set/dataset.json", "{}")();
       },
       "data pack set" + into, 1,
       "[data] cannot read 'set/dataset.json': it is gone, was cut or may not be read; expected it "
       "as it was listed"},
      {"config that may not be read", closed_file("c.toml", "train.batch = 8\n"),
       "train ring --dry-run --config c.toml", 1, "[file] no permission to read 'c.toml'"},
      {"manifest that may not be read",
       [] {
         put("r/config.toml", "data.name = \"digits\"\n");
         closed_file("r/manifest.json", "{}")();
       },
       "train --resume r --dry-run", 1, "[file] no permission to read 'r/manifest.json'"},
      {"folder that may not be written",
       [=] {
         put("set/a.png", png);
         fs::create_directory("to");
         fs::permissions("to", fs::perms::owner_read | fs::perms::owner_exec);
       },
       "data pack set --out to/out.saddle", 1,
       "[file] cannot write in directory 'to': Permission denied; try another directory"},
  };
  for (BadCase& row : rows) row = as_user(row);
  return rows;
}

}  // namespace saddle::test
