// What the library's model chooses for a row, as the column `kernel` shows it: of each pass, where
// there are several; empty where there is nothing to choose. Read before: workload.h,
// dense_choice.h.
#pragma once

#include <string>

#include <reel/core/kernels/convolution/dense_choice.h>
#include <reel/core/kernels/convolution/point_windows.h>

#include "workload.h"

inline std::string chosen_kernel(const Workload& w) {
  using namespace reel::kernels;
  if (w.kind != Kind::dense || w.groups != 1) return "";
  const Window given{w.batch, WindowAxis::make(w.rows, w.kernel_rows, w.stride, w.dilation, true),
                     WindowAxis::make(w.columns, w.kernel_columns, w.stride, w.dilation, true),
                     w.channels_first};
  const auto kernel = [&](DensePass pass) {
    const bool from_dy = pass == DensePass::input_gradient;
    const Window window = with_long_rows(given, from_dy ? w.filters : w.channels);
    return std::string(
        name_of(dense_kernel(pass, window, w.channels, w.filters, w.float64 ? 8 : 4)));
  };
  const std::string forward = kernel(DensePass::forward);
  if (!w.training) return forward;
  return forward + " " + kernel(DensePass::input_gradient) + " " +
         kernel(DensePass::filter_gradient);
}
