#include "saddle/tensor/state.h"

#include <ATen/ATen.h>

#include "saddle/tensor/safetensors.h"
#include "tests/tensor/throws.h"

namespace saddle {
namespace {

struct Inner {
  at::Tensor weight = at::ones({2, 2}).requires_grad_();
  at::Tensor lazy;
  void state(StateVisitor& v) {
    v.tensor("weight", weight);
    v.tensor("lazy", lazy);
  }
};

struct Outer {
  Inner a, b;
  std::int64_t count = 3;
  double level = 0.1;
  std::string word = "caf\xc3\xa9";
  void state(StateVisitor& v) {
    v.part("a", a);
    v.number("count", count);
    v.part("b", b);
    v.number("level", level);
    v.text("word", word);
  }
};

std::vector<std::string> names_of(const StateDict& dict) {
  std::vector<std::string> names;
  for (const auto& entry : dict) names.push_back(entry.name);
  return names;
}

TEST(State, NamesAreDottedPathsInOrder) {
  Outer outer;
  EXPECT_EQ(names_of(snapshot(outer)),
            (std::vector<std::string>{"a.weight", "a.lazy", "count", "b.weight", "b.lazy", "level",
                                      "word"}));
}

struct Named {
  std::string name{};
  std::int64_t value = 0;
  Inner inner{};
  void state(StateVisitor& v) {
    v.part(name, inner);
    v.number("value", value);
  }
};

struct Dotted {
  Named part{.name = "layers.0.conv"};
  std::int64_t last = 0;
  void state(StateVisitor& v) {
    v.part("a.b", part);
    v.number("last", last);
  }
};

TEST(State, NamesOfPartsMayHoldDots) {
  Dotted dotted;
  dotted.part.value = 3;
  dotted.last = 4;
  const StateDict saved = snapshot(dotted);
  EXPECT_EQ(names_of(saved),
            (std::vector<std::string>{"a.b.layers.0.conv.weight", "a.b.layers.0.conv.lazy",
                                      "a.b.value", "last"}));
  Dotted other;
  restore(other, saved);
  EXPECT_EQ(other.part.value, 3);
  EXPECT_EQ(other.last, 4);
}

TEST(State, SnapshotIsACopyAndRestoreKeepsStorageAndGraphLeaves) {
  Outer outer;
  const StateDict saved = snapshot(outer);
  const void* const storage = outer.a.weight.data_ptr();
  outer.a.weight.detach().fill_(5);
  outer.a.lazy = at::ones({3});
  outer.count = 9;
  outer.level = -1;
  outer.word = "";
  restore(outer, saved);
  EXPECT_TRUE(outer.a.weight.equal(at::ones({2, 2})));
  EXPECT_EQ(outer.a.weight.data_ptr(), storage);
  EXPECT_TRUE(outer.a.weight.requires_grad());
  EXPECT_FALSE(outer.a.lazy.defined());
  EXPECT_EQ(outer.count, 3);
  EXPECT_EQ(outer.level, 0.1);
  EXPECT_EQ(outer.word, "caf\xc3\xa9");
}

TEST(State, UndefinedTensorsTakeWhatWasSaved) {
  Outer full;
  full.a.lazy = at::full({3}, 7.0);
  const StateDict saved = snapshot(full);
  Outer fresh;
  restore(fresh, saved);
  EXPECT_TRUE(fresh.a.lazy.equal(full.a.lazy));
  EXPECT_FALSE(fresh.a.lazy.is_same(saved[1].tensor));
}

TEST(State, SharingSaverSeesLaterWrites) {
  Outer outer;
  StateSaver saver(/*clone=*/false);
  outer.state(saver);
  const StateDict shared = saver.take();
  outer.a.weight.detach().fill_(5);
  EXPECT_EQ(shared[0].tensor.sum().item<double>(), 20);
}

TEST(State, SurvivesAFile) {
  Outer outer;
  outer.a.weight.detach().fill_(2.5);
  outer.count = (std::int64_t{1} << 62) + 1;
  outer.level = 0.30000000000000004;
  const std::string bytes = safetensors_bytes(snapshot(outer));
  Outer other;
  restore(other, parse_safetensors(bytes, "memory").tensors);
  EXPECT_TRUE(other.a.weight.equal(outer.a.weight));
  EXPECT_EQ(other.count, outer.count);
  EXPECT_EQ(other.level, outer.level);
  EXPECT_EQ(other.word, outer.word);
}

TEST(State, WhatDoesNotFitIsNamed) {
  Outer outer;
  StateDict dict = snapshot(outer);
  const StateDict good = dict;
  dict[3].tensor = at::ones({3, 2});
  EXPECT_EQ(message_of([&] { restore(outer, dict); }),
            "[state] entry 'b.weight' does not fit: got Float [3,2], expected Float [2,2]");
  dict = good;
  dict[3].tensor = at::ones({2, 2}, at::kDouble);
  EXPECT_EQ(message_of([&] { restore(outer, dict); }),
            "[state] entry 'b.weight' does not fit: got Double [2,2], expected Float [2,2]");
  dict = good;
  dict[2].tensor = at::ones({}, at::kFloat);
  EXPECT_EQ(message_of([&] { restore(outer, dict); }),
            "[state] entry 'count' does not fit: got Float [], expected a 0-dim Long tensor");
  dict = good;
  dict[5].tensor = at::ones({1}, at::kDouble);
  EXPECT_EQ(message_of([&] { restore(outer, dict); }),
            "[state] entry 'level' does not fit: got Double [1], expected a 0-dim Double tensor");
  dict = good;
  dict[6].tensor = at::ones({1}, at::kDouble);
  EXPECT_EQ(message_of([&] { restore(outer, dict); }),
            "[state] entry 'word' does not fit: got Double [1], expected a 1-dim Byte tensor");
  dict = good;
  dict.erase(dict.begin() + 3);
  EXPECT_EQ(message_of([&] { restore(outer, dict); }),
            "[state] entry 'b.weight' is missing; the state was saved by another version or for "
            "another configuration");
  dict = good;
  dict.push_back({"c", at::ones({1})});
  EXPECT_EQ(message_of([&] { restore(outer, dict); }),
            "[state] entry 'c' is not known here; the state was saved by another version or for "
            "another configuration");
  EXPECT_NE(message_of([&] { restore(outer, StateDict{}); }), "");
}

TEST(State, OrderDoesNotMatter) {
  Outer outer;
  outer.count = 11;
  StateDict dict = snapshot(outer);
  std::reverse(dict.begin(), dict.end());
  Outer other;
  restore(other, dict);
  EXPECT_EQ(other.count, 11);
}

TEST(State, ANameUsedTwiceIsABug) {
  struct Twice {
    std::int64_t n = 0;
    void state(StateVisitor& v) {
      v.number("n", n);
      v.number("n", n);
    }
  } twice;
  EXPECT_EQ(message_of([&] { snapshot(twice); }), "[state] entry 'n' is listed twice");
}

}  // namespace
}  // namespace saddle
