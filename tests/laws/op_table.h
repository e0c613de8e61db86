// The table of ops: a small example of each, by the name that a tape records.
//
// op_table_test.cpp checks every row's gradients, first and second order, and fails when an op that
// can be recorded has no row. A new op gets a row in the file of its family: inputs in float64,
// small, no two alike, away from kinks; several rows where an op has several ways (layouts,
// paddings). An op that only stands in gradients (the scattering behind a pooling, say) has a row
// by `gradient_of`; one without a gradient is a factor beside something that has one.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include <reel/core/derivatives/grad_check.h>
#include <reel/core/tensor.h>

namespace op_table {

using Function = std::function<reel::Tensor(const std::vector<reel::Tensor>&)>;

struct Row {
  std::string name;
  Function f;
  std::vector<reel::Tensor> inputs;
  reel::GradCheckOptions options = {};
};

using Rows = std::vector<Row>;

/// The table, from all families.
Rows rows();

void add_elementwise(Rows& rows);
void add_reductions(Rows& rows);
void add_shape_ops(Rows& rows);
void add_convolutions(Rows& rows);
void add_windows(Rows& rows);
void add_normalizations_and_losses(Rows& rows);

/// Numbers evenly spread over (low, high), no two closer than 1e-3 of it; another `draw`, others.
reel::Tensor spread(const reel::Shape& shape, double low = -1, double high = 1, int draw = 0);

/// The gradient of f with respect to one of its inputs, as a function of f's inputs and dy.
Function gradient_of(Function f, std::size_t input = 0);

}  // namespace op_table
