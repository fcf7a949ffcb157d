#include <sys/stat.h>

#include "saddle/codec/png.h"
#include "tests/badinput/cases.h"
#include "tests/badinput/raw.h"

namespace saddle::test {
namespace {

namespace fs = std::filesystem;

void pictures() {
  for (const char* name : {"set/a.png", "set/b.png"}) {
    put(name, codec::encode_png(codec::make_image(4, 4, 1, 9)));
  }
}

std::vector<BadCase> bad_data_commands() {
  return {
      {"inspect of nothing",
       {},
       "data inspect",
       2,
       "[command line] path is required; see `saddle data inspect --help`"},
      {"inspect of what is not there",
       {},
       "data inspect nowhere",
       1,
       "[data] 'nowhere' is not there: expected a folder or file of data"},
      {"inspect of a pipe", [] { ::mkfifo("pipe", 0600); }, "data inspect pipe", 1,
       "[data] 'pipe' is neither folder nor file"},
      {"inspect of a device",
       {},
       "data inspect /dev/null",
       1,
       "[data] '/dev/null' is neither folder nor file"},
      {"inspect of a text", [] { put("a.txt", "hello"); }, "data inspect a.txt", 1,
       "a.txt: text of 1 lines~This is no data set that training reads.~Text is not read"},
      {"inspect of an empty file", [] { put("a", ""); }, "data inspect a", 1,
       "a: empty file~This is no data set that training reads."},
      {"inspect against what is not there", pictures, "data inspect set nowhere --no-sheet", 1,
       "[data] 'nowhere' is not there: expected a folder or file of data"},
      {"inspect of a link to itself", [] { fs::create_symlink("loop", "loop"); },
       "data inspect loop", 1, "[file] cannot open 'loop': Too many levels of symbolic links"},
      {"inspect with its sheet in no folder", pictures,
       "data inspect set --sheet no/such/sheet.png", 1,
       "[file] cannot write 'no/such/sheet.png': No such file or directory"},
      {"inspect of a name of 5,000 letters",
       {},
       "data inspect " + std::string(5000, 'x'),
       1,
       "[file] cannot open"},
      {"pack of nothing",
       {},
       "data pack",
       2,
       "[command line] path is required; see `saddle data pack --help`"},
      {"pack of a text", [] { put("a.txt", "hello"); }, "data pack a.txt --out out.saddle", 1,
       "[data] 'a.txt' is no data that is read here: expected pictures in a folder or ZIP archive, "
       "IDX, CIFAR, .npy, .npz or a packed set; `saddle data inspect` says more"},
      {"pack into a folder that is a file",
       [] {
         pictures();
         put("x", "dear");
       },
       "data pack set --out x/y.saddle", 1, "[file] cannot make directory 'x': Not a directory"},
      {"pack into a folder",
       [] {
         pictures();
         fs::create_directories("x");
       },
       "data pack set --out x", 2,
       "[data] 'x' is there and is no packed set: expected a new name; try another with --out"},
      {"pack over another file",
       [] {
         pictures();
         put("x.txt", "dear");
       },
       "data pack set --out x.txt", 2,
       "[data] 'x.txt' is there and is no packed set: expected a new name; try another with --out"},
      {"pack by an unknown preset", pictures, "data pack set --out out.saddle --preset folder-65",
       2, "[config] unknown preset 'folder-65'; did you mean 'folder-64'?"},
      {"pack by the preset of a world", pictures, "data pack set --out out.saddle --preset ring", 2,
       "[data] worlds have no files; see `saddle data make`"},
      {"pack by other keys than of the data", pictures,
       "data pack set --out out.saddle --set train.batch=3", 2,
       "[data] --set train.batch=3: expected a key of the data, as data.fit=crop"},
      {"pack with a misspelt key", pictures, "data pack set --out out.saddle --set data.fti=crop",
       2, "[config] --set data.fti=crop: unknown key 'data.fti'; did you mean 'fit'?"},
      {"pack with a misspelt word", pictures, "data pack set --out out.saddle --set data.fit=corp",
       2,
       "[config] --set data.fit=corp: data.fit: got \"corp\", expected one of exact, crop, pad, "
       "stretch; did you mean 'crop'?"},
      {"pack to a resolution out of range", pictures,
       "data pack set --out out.saddle --set data.resolution=99999", 2,
       "[config] --set data.resolution=99999: data.resolution: got 99999, expected a whole number "
       "in [0, 4096]"},
      {"pack as another kind of data", pictures,
       "data pack set --out out.saddle --set data.name=idx", 1,
       "[idx] no train-images-idx3-ubyte or train-images-idx3-ubyte.gz in 'set': expected a folder "
       "with train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, "
       "t10k-labels-idx1-ubyte (each may end in .gz)"},
  };
}

std::vector<BadCase> bad_make_commands() {
  return {
      {"make of an unknown world",
       {},
       "data make shpaes -n 5 --out x",
       2,
       "[data] unknown world 'shpaes'; did you mean 'shapes'?"},
      {"make without an out",
       {},
       "data make ring -n 5",
       2,
       "[command line] --out is required; see `saddle data make --help`"},
      {"make of no samples",
       {},
       "data make ring -n 0 --out x.npy",
       2,
       "[command line] --n: Value 0 not in range 1 to 1000000000; see `saddle data make --help`"},
      {"make of minus samples",
       {},
       "data make ring -n -5 --out x.npy",
       2,
       "[command line] --n: Value -5 not in range 1 to 1000000000; see `saddle data make --help`"},
      {"make of a word of samples",
       {},
       "data make ring -n many --out x.npy",
       2,
       "[command line] --n: Value many not in range 1 to 1000000000; see `saddle data make "
       "--help`"},
      {"make of too many samples",
       {},
       "data make ring -n 99999999999 --out x.npy",
       2,
       "[command line] --n: Value 99999999999 not in range 1 to 1000000000; see `saddle data make "
       "--help`"},
      {"make of an unknown ending",
       {},
       "data make ring -n 5 --out x.csv",
       2,
       "[data] --out 'x.csv': got the ending .csv, expected .saddle, .npy, or none for a folder"},
      {"make of two splits in a .npy",
       {},
       "data make ring -n 5 --test 5 --out x.npy",
       2,
       "[data] a .npy file holds one split: leave --test out, or write a folder or .saddle"},
      {"make into a folder that is a file", [] { put("x", "dear"); },
       "data make ring -n 5 --out x/y.npy", 1, "[file] cannot make directory 'x': Not a directory"},
      {"make into a folder that is there", [] { fs::create_directories("x"); },
       "data make digits -n 5 --out x", 2,
       "[data] 'x' is there already: expected the name of a new folder; try another"},
      {"make over another file", [] { put("x.saddle", "dear"); },
       "data make ring -n 5 --out x.saddle", 2,
       "[data] 'x.saddle' is there and is no packed set: expected a new name; try another with "
       "--out"},
      {"make with a key that is unknown",
       {},
       "data make ring -n 5 --out x.npy --set data.modse=3",
       2,
       "[config] --set data.modse=3: unknown key 'data.modse'; did you mean 'modes'?"},
      {"make with a number out of range",
       {},
       "data make ring -n 5 --out x.npy --set data.modes=0",
       2,
       "[config] --set data.modes=0: data.modes: got 0, expected a whole number in [1, 100000]"},
      {"make of files",
       {},
       "data make idx -n 5 --out x.npy",
       2,
       "[data] unknown world 'idx'; known: ring, grid, line, moons, swiss_roll, shells, digits, "
       "shapes"},
      {"make of one world by the name of another",
       {},
       "data make ring -n 5 --out x.npy --set data.name=images",
       2,
       "[data] --set data.name: name the world first instead"},
  };
}

std::vector<BadCase> bad_other_commands() {
  return {
      {"verb that is unknown",
       {},
       "trian",
       2,
       "[command line] unknown verb 'trian'; did you mean 'train'? See `saddle --help`"},
      {"verb of data that is unknown",
       {},
       "data pakc",
       2,
       "[command line] unknown verb 'pakc'; did you mean 'pack'? See `saddle data --help`"},
      {"flag that is misspelt",
       {},
       "train --dry-rnu",
       2,
       "[command line] unknown flag '--dry-rnu'; did you mean '--dry-run'? See `saddle train "
       "--help`"},
      {"flag without its value",
       {},
       "train --dry-run --set",
       2,
       "[command line] --set: 1 required KEY=VALUE missing; see `saddle train --help`"},
      {"words too many",
       {},
       "presets show ring grid",
       2,
       "[command line] The following argument was not expected: grid; see `saddle presets show "
       "--help`"},
      {"preset that is misspelt",
       {},
       "train rign --dry-run",
       2,
       "[config] unknown preset 'rign'; did you mean 'ring'?"},
      {"preset that climbs",
       {},
       "presets show ../presets/ring",
       2,
       "[config] unknown preset '../presets/ring'; known: cifar10, digits, fashion, folder-64, "
       "grid, mnist, mnist-unconditional, moons, ring, shells, swiss_roll"},
      {"preset of no name",
       {},
       "presets show",
       2,
       "[command line] name is required; see `saddle presets show --help`"},
      {"docs of nothing",
       {},
       "docs",
       2,
       "[command line] A subcommand is required; see `saddle docs --help`"},
      {"docs of an unknown page",
       {},
       "docs conifg",
       2,
       "[command line] unknown verb 'conifg'; did you mean 'config'? See `saddle docs --help`"},
      {"completion of an unknown shell",
       {},
       "completion tcsh",
       2,
       "[command line] shell: tcsh not in {bash,zsh,fish}; see `saddle completion --help`"},
      {"completion of nothing",
       {},
       "completion",
       2,
       "[command line] shell is required; see `saddle completion --help`"},
      {"resume of what is not there",
       {},
       "train --resume nowhere --dry-run",
       1,
       "[run] no run at nowhere; give the directory that `saddle train` printed"},
      {"resume of a folder that is no run", [] { fs::create_directories("r"); },
       "train --resume r --dry-run", 1,
       "[run] r is not a run: it has no config.toml; give the directory that `saddle train` "
       "printed"},
      {"resume of a file", [] { put("r", "x"); }, "train --resume r --dry-run", 1,
       "[run] r is not a run: it has no config.toml; give the directory that `saddle train` "
       "printed"},
      {"resume without a manifest", [] { put("r/config.toml", ""); }, "train --resume r --dry-run",
       1, "[file] no such file: 'r/manifest.json'"},
      {"resume with a manifest that is cut",
       [] {
         put("r/config.toml", "");
         put("r/manifest.json", "{\"config\": {");
       },
       "train --resume r --dry-run", 1,
       "[run] r/manifest.json is not valid JSON: error at line 1, column 13"},
      {"resume with a manifest that is a list",
       [] {
         put("r/config.toml", "data.name = \"digits\"\n");
         put("r/manifest.json", "[1]");
       },
       "train --resume r --dry-run", 1,
       "[run] r/manifest.json: got array, expected the object that training wrote"},
      {"resume with a config that is no TOML",
       [] {
         put("r/config.toml", "[[[");
         put("r/manifest.json", "{\"config\": {}}");
       },
       "train --resume r --dry-run", 2,
       "[config] r/config.toml:1:3: not TOML: parsing key: expected bare key starting character"},
      {"resume and a preset", [] { put("r/config.toml", ""); }, "train ring --resume r --dry-run",
       2,
       "[train] --resume goes on in the run's own directory with its own config: got a preset, "
       "--config, --init or --out too; change single keys with --set"},
  };
}

}  // namespace

std::vector<BadCase> bad_commands() {
  std::vector<BadCase> rows;
  for (const auto& table : {bad_data_commands(), bad_make_commands(), bad_other_commands()}) {
    rows.insert(rows.end(), table.begin(), table.end());
  }
  return rows;
}

}  // namespace saddle::test
