#include "saddle/data/digit_shapes.h"

// Proportions below were set by eye against handwriting; x to the right, y down, height 1.
namespace saddle::data {

namespace {

void trace_zero(int style, StrokePath& p) {
  const double width = p.between(0.2, 0.52);
  const double from = p.between(-140, -40);
  const double sweep = p.between(325, 395);
  p.arc(0.5, 0.5, width, 0.5, from, from - sweep, p.between(0.75, 1.08), true);
  if (style == 1) p.to(0.5 + p.between(-0.1, 0.2), p.between(0.12, 0.3));
}

void trace_one(int style, StrokePath& p) {
  const double bow = p.about(0, 0.035);
  const double bottom = p.about(0.5, 0.02);
  if (style == 0) {
    p.start(0.5, 0);
  } else {
    p.start(0.5 - p.between(0.1, 0.32), p.between(0.1, 0.3));
    p.corner(0.5, 0);
  }
  p.to(0.5 + bow, 0.5);
  p.to(bottom, 1);
  if (style == 2) {
    p.start(bottom - p.between(0.15, 0.35), p.about(1, 0.02));
    p.to(bottom + p.between(0.15, 0.35), p.about(0.99, 0.02));
  }
}

void trace_two(int style, StrokePath& p) {
  const double right = p.between(0.62, 0.86);
  const double top = p.between(0, 0.04);
  const double shoulder = p.between(0.2, 0.34);
  const double left = p.between(0.0, 0.14);
  if (p.chance(0.12)) {
    p.start(p.between(0.2, 0.34), p.between(0.26, 0.4));
    p.to(p.between(0.0, 0.12), p.between(0.2, 0.3));
  } else {
    p.start(p.between(0, 0.22), p.between(0.04, 0.36));
  }
  p.to(p.between(0.24, 0.34), top + p.between(0.03, 0.08));
  p.to(right - p.between(0.14, 0.24), top + p.between(0, 0.06));
  p.to(right, shoulder);
  if (style == 0) {
    p.to(p.between(0.42, 0.56), p.between(0.58, 0.7));
    p.corner(left, p.between(0.92, 1));
    const double end = p.between(0.75, 1.08);
    p.to((left + end) / 2, p.about(0.94, 0.04));
    p.to(end, p.about(0.94, 0.05));
  } else if (style == 1) {
    p.to(p.between(0.46, 0.6), p.between(0.6, 0.7));
    p.to(p.between(0.2, 0.3), p.between(0.9, 0.98));
    p.to(left, p.between(0.88, 0.96));
    p.to(left + p.between(0.02, 0.12), p.between(0.62, 0.82));
    p.to(p.between(0.28, 0.46), p.between(0.66, 0.86));
    p.to(p.between(0.56, 0.7), p.between(0.9, 1));
    p.to(p.between(0.84, 1.1), p.between(0.78, 0.96));
  } else {
    p.to(p.between(0.46, 0.6), p.between(0.58, 0.7));
    p.to(left + 0.12, p.between(0.84, 0.92));
    p.to(left + 0.1, p.between(0.95, 1));
    p.to(p.between(0.4, 0.5), p.between(0.92, 0.98));
    p.to(p.between(0.75, 1), p.between(0.88, 0.98));
  }
}

void trace_three(int style, StrokePath& p) {
  const double waist = p.between(0.36, 0.56);
  const double waist_x = p.between(0.2, 0.5);
  const double top_right = p.between(0.46, 0.86);
  const double right = p.between(0.58, 0.94);
  if (style == 2) {
    p.start(p.between(0.06, 0.18), p.about(0.06, 0.03));
    p.corner(top_right, p.between(0, 0.06));
    p.corner(waist_x, waist - 0.04);
  } else {
    p.start(p.between(-0.04, 0.22), p.between(0.02, 0.26));
    p.to(p.between(0.3, 0.42), p.between(0, 0.05));
    p.to(top_right - 0.04, p.between(0.08, 0.16));
    p.to(top_right - 0.05, p.between(0.24, 0.32));
    if (style == 0) {
      p.corner(waist_x, waist);
    } else {
      p.to(waist_x, waist);
      p.to(waist_x - p.between(0.04, 0.12), waist + p.between(-0.02, 0.04));
      p.to(waist_x + 0.02, waist + p.between(0.02, 0.06));
    }
  }
  p.to(right - 0.08, p.between(0.54, 0.62));
  p.to(right, p.between(0.7, 0.8));
  p.to(p.between(0.44, 0.56), p.between(0.95, 1));
  p.to(p.between(0.2, 0.28), p.between(0.95, 1));
  p.to(p.between(-0.12, 0.12), p.between(0.72, 0.98));
}

void trace_four(int style, StrokePath& p) {
  const double bar = p.between(0.42, 0.64);
  const double stem = p.between(0.58, 0.78);
  if (style == 2) {
    p.start(stem - p.between(0, 0.1), p.between(0, 0.06));
    p.to(p.between(0.28, 0.4), bar * 0.55);
    p.corner(p.between(0, 0.1), bar + p.between(-0.02, 0.06));
    p.to(p.between(0.8, 1.04), bar + p.between(-0.06, 0.04));
    p.start(stem, p.between(0, 0.16));
    p.to(stem + p.about(-0.02, 0.03), 0.55);
    p.to(stem + p.about(-0.02, 0.06), 1);
    return;
  }
  const double left = p.between(0.02, 0.2);
  p.start(left + p.between(0, 0.14), p.between(0, 0.16));
  p.to(left + p.between(-0.03, 0.06), bar * 0.55);
  if (style == 0) {
    p.corner(left - p.between(0, 0.06), bar);
  } else {
    p.to(left + 0.04, bar - 0.05);
    p.to(left + p.between(0.16, 0.24), bar + p.between(0, 0.05));
  }
  p.to((left + stem) / 2 + 0.1, bar + p.about(0, 0.025));
  if (style == 3) {
    // One flowing line: the bar turns up into the stem and down again.
    p.to(stem - 0.03, bar - p.between(0.1, 0.2));
    p.corner(stem + p.between(0, 0.08), p.between(0, 0.14));
  } else {
    p.to(stem + p.between(-0.02, 0.3), bar + p.between(-0.08, 0.02));
    p.start(stem + p.between(-0.04, 0.1), p.between(-0.02, 0.22));
  }
  p.to(stem + p.about(0, 0.025), 0.55);
  p.to(stem + p.about(-0.03, 0.06), 1);
}

void trace_five(int style, StrokePath& p) {
  const double left = p.between(0.12, 0.3);
  const double top = p.between(0, 0.08);
  const double waist = p.between(0.3, 0.54);
  const double right = p.between(0.54, 0.9);
  const double bar_end = p.between(0.5, 1.15);
  if (style == 0) {
    p.start(bar_end, top + p.about(-0.02, 0.05));
    p.corner(left + p.between(0, 0.1), top + 0.02);
    p.corner(left, waist);
  } else if (style == 1) {
    p.start(bar_end, top + p.between(-0.06, 0.02));
    p.to((left + bar_end) / 2, top + 0.01);
    p.to(left + p.between(0.06, 0.12), top + p.between(0.06, 0.12));
    p.to(left - 0.02, waist - p.between(0.06, 0.12));
    p.to(left + 0.1, waist + p.between(-0.02, 0.04));
  } else {
    p.start(left + p.between(0, 0.1), p.between(0, 0.06));
    p.corner(left, waist);
  }
  p.to((left + right) / 2 + 0.04, waist + p.between(-0.06, 0.03));
  p.to(right, p.between(0.62, 0.72));
  p.to(right - p.between(0.06, 0.14), p.between(0.86, 0.93));
  p.to(p.between(0.34, 0.44), p.between(0.97, 1.02));
  p.to(p.between(-0.02, 0.14), p.between(0.84, 0.98));
  if (style == 2) {
    p.start(left + p.between(-0.02, 0.08), p.between(0.02, 0.1));
    p.to((left + bar_end) / 2, p.about(0.04, 0.03));
    p.to(bar_end, p.about(0.02, 0.05));
  }
}

void trace_six(int style, StrokePath& p) {
  const double loop = p.between(0.15, 0.31);
  const double wide = p.between(0.2, 0.4);
  const double x = wide + p.between(-0.02, 0.04);
  const double y = 1 - loop;
  if (style == 0) {
    p.start(x + p.between(0.0, 0.4), p.between(0, 0.05));
    p.to(x - p.between(-0.06, 0.14), p.between(0.18, 0.32));
  } else if (style == 1) {
    p.start(x + p.between(-0.28, 0.1), p.between(0, 0.05));
    p.to(x - wide * p.between(0.8, 1.05), p.between(0.22, 0.34));
  } else {
    p.start(x + p.between(0.2, 0.5), p.between(0.04, 0.14));
    p.to(x + p.between(0.05, 0.2), p.between(0, 0.03));
    p.to(x - wide * p.between(0.5, 0.8), p.between(0.22, 0.34));
  }
  p.to(x - wide * p.between(0.85, 1.05), y - loop * p.between(0.3, 0.7));
  p.arc(x, y, wide, loop, 170, p.between(-60, -20), 1);
  const double close_x = wide * p.between(0.6, 0.95);
  const double close_y = loop * p.between(0.7, 1.05);
  p.arc(x + p.between(-0.04, 0.04), y + p.between(-0.04, 0.05), close_x, close_y, -75,
        p.between(-240, -110), p.between(0.8, 1.05));
}

void trace_seven(int style, StrokePath& p) {
  const double right = p.between(0.54, 0.96);
  const double top = p.between(0, 0.1);
  const double foot = p.between(0.1, 0.62);
  if (style == 2) {
    p.start(p.between(-0.04, 0.1), p.between(0.16, 0.42));
    p.corner(p.between(0.02, 0.1), p.between(0.05, 0.12));
  } else {
    p.start(p.between(-0.04, 0.12), top + p.between(0, 0.1));
  }
  p.to(right * 0.5, top + p.about(0.02, 0.03));
  if (style == 3) {
    p.to(right - 0.08, top + p.between(-0.02, 0.03));
    p.to(right, top + p.between(0.06, 0.14));
  } else {
    p.corner(right, top + p.about(0, 0.03));
  }
  const double bend = p.between(-0.16, 0.08);
  p.to((right + foot) / 2 + bend, p.between(0.48, 0.6));
  p.to(foot, 1);
  if (style == 1) {
    const double middle = (right + foot) / 2 + bend;
    const double y = p.between(0.46, 0.58);
    p.start(middle - p.between(0.16, 0.3), y + p.about(0.02, 0.03));
    p.to(middle + p.between(0.14, 0.3), y + p.about(-0.02, 0.03));
  }
}

void trace_eight(int style, StrokePath& p) {
  const double top = p.between(0.12, 0.31);
  const double bottom = p.between(0.15, 0.36);
  const double waist = p.between(0.38, 0.58);
  const double lean = p.about(0, 0.06);
  if (style == 1) {
    const double from = p.between(-140, 0);
    p.arc(0.5 + lean, waist / 2, top, waist / 2, from, from - p.between(330, 385), 1, true);
    p.arc(0.5 - lean, (1 + waist) / 2, bottom, (1 - waist) / 2, -90, -90 + p.between(335, 385),
          p.between(0.9, 1.1), true);
    return;
  }
  if (style == 2) {
    // Down one side and up the other with an open top.
    p.start(0.5 + top * p.between(0.6, 1.3), p.between(0.02, 0.16));
    p.to(0.5 + lean - top * p.between(0.2, 0.6), p.between(0, 0.05));
    p.to(0.5 + lean - top, waist * p.between(0.4, 0.6));
  } else {
    p.start(0.5 + lean + top * p.between(0.4, 1.1), p.between(0.04, 0.18));
    p.to(0.5 + lean + top * p.between(-0.2, 0.2), p.between(0, 0.04));
    p.to(0.5 + lean - top, waist * p.between(0.36, 0.55));
  }
  p.to(0.5 + p.about(0, 0.04), waist + p.about(0, 0.02));
  p.to(0.5 - lean + bottom, waist + (1 - waist) * p.between(0.4, 0.62));
  p.to(0.5 - lean + p.about(0, 0.05), 1);
  p.to(0.5 - lean - bottom, waist + (1 - waist) * p.between(0.4, 0.65));
  p.to(0.5 + p.about(0.02, 0.05), waist + p.about(0, 0.03));
  p.to(0.5 + lean + top * p.between(0.6, 1.2), waist * p.between(0.3, 0.6));
  if (style == 2) {
    p.to(0.5 + lean + top * p.between(1, 2), p.between(-0.02, 0.1));
  } else {
    p.to(0.5 + lean + top * p.between(0.1, 1.1), p.between(0, 0.14));
  }
}

void trace_nine(int style, StrokePath& p) {
  const double loop = p.between(0.16, 0.33);
  const double wide = p.between(0.16, 0.36);
  const double right = 0.44 + wide;
  if (p.chance(0.5)) {
    const double from = p.between(-75, 5);
    p.arc(0.44, loop, wide, loop, from, from - p.between(270, 370), p.between(0.85, 1.05), true);
    p.to(right + p.about(-0.01, 0.03), loop * p.between(0.5, 1.2));
  } else {
    // A drop: flat on top, its lower side climbs to the stem.
    p.start(right + p.between(-0.12, 0.06), loop * p.between(0.1, 0.6));
    p.to(0.44 + wide * p.between(-0.2, 0.6), loop * p.between(0, 0.1));
    p.to(0.44 - wide * p.between(0.7, 1), loop * p.between(0.8, 1.4));
    p.to(0.44 - wide * p.between(0.1, 0.8), loop * p.between(1.8, 2.05));
    p.to(0.44 + wide * p.between(0.3, 0.7), loop * p.between(1.2, 1.8));
    p.to(right + p.between(-0.06, 0.04), loop * p.between(0.3, 1));
  }
  if (p.chance(0.5)) p.corner(right + p.about(0, 0.03), loop * p.between(0.1, 0.6));
  if (style == 0) {
    p.to(right + p.about(-0.02, 0.04), 0.6);
    p.to(right + p.about(-0.06, 0.09), 1);
  } else if (style == 1) {
    p.to(right + p.about(0, 0.04), p.between(0.48, 0.62));
    p.to(right - p.between(0.04, 0.18), p.between(0.8, 0.93));
    p.to(right - p.between(0.2, 0.4), p.between(0.95, 1));
    if (p.chance(0.6)) p.to(p.between(-0.02, 0.22), p.between(0.8, 0.97));
  } else {
    p.to(right - p.between(0.02, 0.12), p.between(0.46, 0.6));
    p.to(right - p.between(0.15, 0.45), 1);
  }
}

constexpr std::array<std::array<double, kMaxDigitStyles>, 10> kStyleShares = {{
    {0.85, 0.15, 0, 0},        // closed, with an inner tail
    {0.84, 0.09, 0.07, 0},     // plain, with a flag, with flag and foot
    {0.5, 0.32, 0.18, 0},      // sharp corner, loop, round corner
    {0.6, 0.28, 0.12, 0},      // cusp, loop, flat top
    {0.34, 0.36, 0.08, 0.22},  // open and sharp, open and round, closed, one line
    {0.38, 0.34, 0.28, 0},     // sharp, one round line, separate bar
    {0.5, 0.3, 0.2, 0},        // straight stem, upright stem, hooked stem
    {0.46, 0.16, 0.16, 0.22},  // plain, with bar, with serif, round
    {0.6, 0.15, 0.25, 0},      // one line, two rings, open top
    {0.54, 0.18, 0.28, 0},     // straight tail, curved tail, leaning tail
}};

}  // namespace

std::span<const double, kMaxDigitStyles> digit_style_shares(int label) {
  return kStyleShares[static_cast<std::size_t>(label)];
}

void trace_digit(int label, int style, StrokePath& path) {
  constexpr std::array kTrace = {trace_zero, trace_one, trace_two,   trace_three, trace_four,
                                 trace_five, trace_six, trace_seven, trace_eight, trace_nine};
  kTrace[static_cast<std::size_t>(label)](style, path);
}

}  // namespace saddle::data
