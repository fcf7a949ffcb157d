// E26, E27: the rows; what they run needs LibTorch and stands in mode_zoo.cpp and
// stacked_digits.cpp.
#include "saddle/lab/rows.h"

namespace saddle::lab {

Experiment mode_zoo() {
  return {
      .id = "E26",
      .title = "Eight modes, twenty-five modes, and what keeps them",
      .chapter = 7,
      .kind = Kind::kTrained,
      .teaches =
          "A ring of 8 Gaussians and a grid of 25 are the smallest data in which a GAN can lose "
          "something. Networks of two hidden layers are trained on them in four ways, each with "
          "several seeds. With the relativistic pairing loss and a penalty on the "
          "discriminator's slope at data and fakes (R1 + R2), every mode is found. The plain loss "
          "without a penalty leaves out some of the grid. And a discriminator that learns a "
          "hundred times slower than the generator lets it run to wherever the discriminator "
          "happens to point: next to nothing is covered.\n\n"
          "Look at two numbers. The count of modes saturates: one sample is enough to tick a mode "
          "off. The KL from the histogram of modes to even counts goes on telling good from poor "
          "when all modes are there. Neither has a value that would hold elsewhere: they move "
          "with the initialisation, the length of training and the seed. What carries over is the "
          "order, and so only the order is checked for the runs without a penalty.",
      .formulas = {"D: E sp(-(D(x) - D(G(z)))) + (γ/2) E |∇D(x)|² + (γ/2) E |∇D(G(z))|²",
                   "G: E sp(-(D(G(z)) - D(x))),   sp(t) = ln(1 + exp(t))",
                   "KL = Σ pₖ ln(K pₖ), pₖ the share of samples nearest to mode k"},
      .next = {{"run E26 --set seeds=1 --plots plots", "a quicker look"},
               {"run E26 --set steps=2000 --set seeds=1", "the same, cut short"},
               {"sweep E26 --param gamma --from 0.01 --to 10 --log --steps 7",
                "too little penalty, and too much"}},
      .parameters = {{.name = "steps",
                      .initial = 20'000,
                      .low = 10,
                      .high = 1e6,
                      .doc = "steps of each training",
                      .whole = true},
                     {.name = "seeds",
                      .initial = 3,
                      .low = 1,
                      .high = 50,
                      .doc = "trainings of each kind",
                      .whole = true},
                     {.name = "gamma",
                      .initial = 0.1,
                      .low = 0,
                      .high = 1000,
                      .doc = "weight of R1 and R2 at the start; it falls to a tenth"},
                     {.name = "slow",
                      .initial = 1e-5,
                      .low = 1e-7,
                      .high = 1e-2,
                      .doc = "learning rate of the slow discriminator"}},
      .measured = {"KL on the grid", "share of the modes", "share within 3 sd"}};
}

Experiment stacked_digits() {
  return {
      .id = "E27",
      .title = "A thousand modes: stacked digits",
      .chapter = 7,
      .kind = Kind::kLong,
      .teaches =
          "Put three digits on top of each other as the red, green and blue of one picture: ten "
          "times ten times ten modes, and a classifier of single digits can count them. A loss "
          "that judges every fake by itself has a bad basin wherever several fakes share one mode; "
          "pairing each fake with a datum removes them. Both games here have the same networks, "
          "the same penalties and the same seed, and differ in that loss alone.\n\n"
          "On stacked MNIST, Huang 2024 (arXiv:2501.05441) reports 1000 modes and a KL of .078 "
          "with pairing, and 693 modes and .927 without. The digits here are drawn, not MNIST, "
          "and the networks are small, so those figures are not what is checked; the bounds are "
          "990 modes, a KL of .15 and a ratio of 3. It takes hours on a CPU, which is why it only "
          "runs when asked for. The first checks hold the judge against the data: at n = 26000 a "
          "perfect sampler has a KL of about .0193.",
      .formulas = {"mode = 100 class(red) + 10 class(green) + class(blue)",
                   "KL = Σ pₖ ln(1000 pₖ);   its floor at n = 26000: .0193"},
      .next = {{"run E27 --set steps=2000 --set n=5000", "a start: minutes instead of hours"}},
      .parameters = {{.name = "steps",
                      .initial = 50'000,
                      .low = 1,
                      .high = 1e7,
                      .doc = "steps of each training, 64 pictures each",
                      .whole = true},
                     {.name = "n",
                      .initial = 26'000,
                      .low = 100,
                      .high = 1e7,
                      .doc = "pictures that are judged",
                      .whole = true},
                     {.name = "width",
                      .initial = 64,
                      .low = 1,
                      .high = 512,
                      .doc = "channels of the networks' outer layers",
                      .whole = true},
                     {.name = "judge",
                      .initial = 50'000,
                      .low = 128,
                      .high = 1e6,
                      .doc = "digits that the classifier learns from",
                      .whole = true},
                     {.name = "seed",
                      .initial = 1,
                      .low = 0,
                      .high = 1e6,
                      .doc = "of weights, latents and data",
                      .whole = true}}};
}

}  // namespace saddle::lab
