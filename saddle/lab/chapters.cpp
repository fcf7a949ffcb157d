#include "saddle/lab/chapters.h"

#include <array>

namespace saddle::lab {
namespace {

constexpr std::array<Chapter, 8> kChapters = {{
    {1, "The optimal discriminator",
     "Before anything moves: fix the generator and train the discriminator to the end. What it "
     "then knows is a log ratio of densities, and what it tells the generator is a divergence. "
     "Which divergence, and whether it has a slope where data and fakes do not overlap, decides "
     "if the generator can learn at all."},
    {2, "Rotation, and how the players move",
     "Now let both move. The smallest adversarial game is L = σxy: x minimises, y maximises, and "
     "the equilibrium is the origin. Its Jacobian has no potential part at all. It only turns, and "
     "gradient descent, which follows the arrows in straight steps, leaves every circle on the "
     "outside. Everything in this chapter is a way to move that turns less: look ahead, remember, "
     "average, or anticipate the other player.\n\n"
     "Because the game is linear, each method is a matrix, and the modulus of its largest "
     "eigenvalue, the radius, says what one step does to the distance from the equilibrium: below "
     "1 it comes home, above 1 it leaves."},
    {3, "Dirac-GAN, and what regularises",
     "The smallest GAN with a loss: one datum at 0, one generated point at θ, a linear "
     "discriminator with slope ψ. Unregularised it has the same purely imaginary spectrum as the "
     "bilinear game. A penalty on the discriminator's gradient at the data adds what is missing, a "
     "negative real part, and one can compute how much is right: more than the critical amount "
     "makes it slow again.\n\n"
     "Then come the limits of that picture. A step that is too large does not diverge but ends on "
     "a cycle. Momentum adds rotation. Constraints that hold the slope at 1 instead of 0 do not "
     "converge at all."},
    {4, "Stable is not Nash",
     "Where gradient play settles need not be an equilibrium of the game, and an equilibrium need "
     "not attract. Time scales matter, and a method that damps rotation by making the gradient "
     "small likes maxima as much as minima."},
    {5, "Averages",
     "In a game with bounded strategies the last iterate may run in circles for ever while the "
     "average of all iterates walks to the equilibrium. Playing against the history of the other "
     "player is something else: it is delay, and delay makes rotation worse."},
    {6, "Geometry and diversity",
     "A GAN maps a connected latent to data that may lie in pieces, with a network of finite "
     "slope, judged by a critic of finite size, from batches of finite number. Each of these "
     "limits leaves a mark that can be computed."},
    {7, "Trained GANs",
     "The same effects in networks: small GANs on mixtures whose modes are known, over several "
     "seeds. These numbers carry the noise of training; what is checked are bounds and orders, not "
     "digits."},
    {8, "Measuring",
     "A perfect sampler does not score perfectly: every statistic of n samples has a floor. And a "
     "remedy that stabilises training may move the solution it converges to. Know both before "
     "you compare numbers."},
}};

constexpr std::string_view kIntroduction =
    "A generative adversarial network is a game of two players. The generator G turns random "
    "numbers into fakes; the discriminator D tells fakes from data. Each has parameters and a loss "
    "of its own, and each descends its own loss while the other moves too. That last clause is the "
    "whole subject.\n\n"
    "Write all parameters as one vector z and let v(z) be the direction in which the players move: "
    "minus the gradient of each player's own loss. An equilibrium is a place where v is zero. What "
    "happens near it is in the Jacobian J of v. In ordinary minimisation J is minus a Hessian: "
    "symmetric, its eigenvalues real, and small steps go downhill. In a game J is not symmetric. "
    "Split it into a symmetric part S, the potential part, and an antisymmetric part A, the "
    "rotation. S pulls towards the equilibrium or pushes away; A drives in circles around it. The "
    "eigenvalues of J become complex: the real part says whether the distance shrinks, the "
    "imaginary part how fast the players go round.\n\n"
    "Most of what goes wrong in training a GAN, and most of what helps, is a statement about these "
    "two matrices. The experiments below are small enough to be computed exactly. Each states a "
    "fact, computes it, and holds the number against the theory; each ends with commands that "
    "change it. Read it in order, and try them.";

constexpr std::array<std::string_view, 3> kIntroductionFormulas = {
    "min over x, max over y of L(x, y);   z = (x, y),   v(z) = (-∂L/∂x, +∂L/∂y)",
    "J = ∂v/∂z = S + A,   S = (J + Jᵀ)/2,   A = (J - Jᵀ)/2",
    "one simultaneous step of size η: z ← z + η v(z), which near an equilibrium is z ← (I + ηJ) z"};

}  // namespace

std::span<const Chapter> chapters() {
  return kChapters;
}

std::string_view introduction() {
  return kIntroduction;
}

std::span<const std::string_view> introduction_formulas() {
  return kIntroductionFormulas;
}

}  // namespace saddle::lab
