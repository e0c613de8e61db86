// The table of layers: small examples of each class, by the class's name.
//
// layer_table_test.cpp checks the gradients of every row in its inputs and in all its variables,
// first and second order, and fails when a class that derives from Layer has no row. A new layer
// gets rows in layer_table.cpp: one for each way through it (layouts, paddings, training and
// inference), with inputs away from kinks.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <reel/layers/base/layer.h>

namespace layer_table {

struct Row {
  std::string layer;  // the class, without its namespace
  std::function<std::unique_ptr<reel::Layer>()> make;
  std::vector<reel::Tensor> inputs;  // float64
  bool training = false;
  bool of_inputs = true;  // whether y has gradients in them; else they are constants
};

std::vector<Row> rows();

}  // namespace layer_table
