#include "cli/config_page.h"

#include <nlohmann/json.hpp>

#include "saddle/base/json.h"
#include "saddle/base/text.h"
#include "saddle/config/describe.h"
#include "saddle/config/toml_text.h"
#include "saddle/task/experiment.h"

namespace saddle::cli {
namespace {

constexpr std::string_view kIntroduction = R"(# Config reference

Every key of a config, with its default, the values it takes and what it means. `saddle docs config`
prints this page, `saddle docs config --json` the same for programs.

## How a config is made

A config is TOML. It decides everything about a run but where the data lies, which is `--data`.
Defaults are overlaid by the preset, that by the `--config` files one after the other, those by
`--set`. Without a preset and a file, the preset is `digits`.

```toml
# mine.toml, used as: saddle train digits --config mine.toml --set train.batch=128
[generator]
width = 48                # this key only; the others stay as the preset has them

[penalty.r1]
gamma = {from = 1.0, to = 0.1, shape = "cosine"}

[train]
length = "400k"
```

`--set` takes one `key=value` in TOML, in which a bare word is a text: `--set objective=hinge`,
`--set 'eval.metrics=[fid, coverage]'`. A text with a comma in a list, or that is a number or `true`,
wants its quotes: `--set 'ema.half_life="10k"'` is as good as `--set ema.half_life=10k`. `saddle train ... --dry-run` prints every key with its value and where
that came from, and trains nothing. Unknown keys, wrong types and values out of range are errors,
named all at once with file, line and what was probably meant.

**Rows.** `[generator] name = "dcgan"` chooses a row of a table of networks; the other keys of
`[generator]` are those of that row. A source that chooses another row starts from that row's
defaults: what lower sources set for the old row is dropped, and `--dry-run` lists it.
`--set generator=mlp` is short for `--set generator.name=mlp`.

**Components.** A table such as `[penalty.r1]` switches something on by being there, with its
defaults for the keys that are not given: `--set penalty.r1=on`, `--set penalty.r1.gamma=0.3`.
`--set penalty.r1=off` removes what a lower source switched on.

<a id="schedules"></a>**Numbers that may vary** are a number, or
`{from = 1e-3, to = 0.0, shape = "cosine", over = "run", warmup = "10k"}`: the value rises from 0 to
`from` during `warmup`, then goes to `to` within `over` and stays there. Shapes are
@SHAPES@ (which
jumps at the end of `over`); it is `linear` when not given. `over` is a length, or `"run"`, which it
is when not given. Parts can be set alone: `--set optimizer.generator.lr.to=1e-5`.

<a id="lengths"></a>**Lengths** count real samples that the discriminator has seen, whatever the
batch: `300000`, `"300k"`, `"1.5M"`; or steps of the trainer, `"20k steps"`.

)";

std::string introduction() {
  std::string shapes;
  for (const auto& shape : config::schedule_shapes()) {
    shapes += cat(shapes.empty() ? "" : ", ", "`", shape, "`");
  }
  std::string text(kIntroduction);
  constexpr std::string_view kMark = "@SHAPES@";
  return text.replace(text.find(kMark), kMark.size(), shapes);
}

}  // namespace

std::string config_page() {
  return introduction() + config::reference_page(config::describe(Experiment{}));
}

std::string config_json() {
  Json keys = Json::array();
  for (const auto& info : config::describe(Experiment{})) {
    if (info.type == "table") continue;
    keys.push_back({{"key", info.key},
                    {"type", info.type},
                    {"default", info.default_value},
                    {"allowed", info.range},
                    {"doc", info.doc},
                    {"rows", info.rows}});
  }
  return json_text({{"keys", keys}});
}

}  // namespace saddle::cli
