// What the library's model chooses for a row, as the column `kernel` shows it: of each pass, where
// there are several; empty where there is nothing to choose. Read before: workload.h,
// dense_choice.h.
#pragma once

#include <string>

#include <reel/core/kernels/convolution/dense_choice.h>

#include "workload.h"

inline std::string chosen_kernel(const Workload& w) {
  using namespace reel::kernels;
  if (w.kind != Kind::dense || w.groups != 1) return "";
  const Window window =
      with_long_rows({w.batch, WindowAxis::make(w.rows, w.kernel_rows, w.stride, w.dilation, true),
                      WindowAxis::make(w.columns, w.kernel_columns, w.stride, w.dilation, true),
                      w.channels_first});
  const auto kernel = [&](DensePass pass) {
    return std::string(
        name_of(dense_kernel(pass, window, w.channels, w.filters, w.float64 ? 8 : 4)));
  };
  const std::string forward = kernel(DensePass::forward);
  if (!w.training) return forward;
  return forward + " " + kernel(DensePass::input_gradient) + " " +
         kernel(DensePass::filter_gradient);
}
