// Prints what the discriminator and the generator pay under one objective, for given logits.
#include <ATen/ops/tensor.h>

#include <cstdio>

#include "saddle/objective/objective.h"

int main() {
  const saddle::nn::Scores real{.logits = at::tensor({2.0F, 0.5F})};
  const saddle::nn::Scores fake{.logits = at::tensor({-3.0F, 0.0F})};
  const saddle::objective::ObjectiveConfig hinge = saddle::objective::Hinge{};
  std::printf("discriminator %.3f, generator %.3f\n",
              saddle::objective::discriminator_loss(hinge, real, fake).item<float>(),
              saddle::objective::generator_loss(hinge, real, fake).item<float>());
}
