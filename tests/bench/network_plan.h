// Whole networks as words, from which every contestant builds the same net.
//
// A step is a name and numbers, joined by colons:
//   conv:F:K:S:A       convolution with bias, F filters of K x K, stride S, "same", activation A
//   convnorm:F:K:S:A   without bias, then batch normalization, then A
//   sepnorm:F:K:S:A    the same, separable
//   dwnorm:K:S:A       the same, depthwise
//   dense:N:A          N units
//   pool:K:S  mean  up  flatten  act:A    the largest of K x K; of all positions; twice the size
//   save  add  concat  shortcut:F:S       keep what is there; take it back: as a sum, or behind the
//                                         channels; the kept one by a 1 x 1 convnorm
// A loss is of classes (softmax), of squares, or binary (sigmoid). Only the standard library: peers
// include it too. Read next: network_plans.h, reel_planned_net.h.
#pragma once

#include <cstdint>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

struct NetworkStep {
  std::string name, activation;       // "none" where there is none
  std::vector<std::int64_t> numbers;  // as they stand in the step
};

struct NetworkWorkload {
  std::string name, steps, loss;
  std::vector<std::int64_t> input;  // (H, W, C) or (features)
  std::int64_t batch = 1;
  bool training = false;  // forward, loss, backward and a step of SGD; else inference
  int threads = 1;
  std::string format = "plain";  // peers only: images as (N, C, H, W), or "last"
};

inline std::vector<NetworkStep> parse_steps(const std::string& text) {
  std::vector<NetworkStep> steps;
  std::istringstream words(text);
  for (std::string word; words >> word;) {
    std::istringstream parts(word);
    NetworkStep step;
    std::getline(parts, step.name, ':');
    step.activation = "none";
    for (std::string part; std::getline(parts, part, ':');)
      if (part[0] >= '0' && part[0] <= '9')
        step.numbers.push_back(std::stoll(part));
      else
        step.activation = part;
    steps.push_back(step);
  }
  return steps;
}

/// The arguments by which a row reaches the process of a contestant, and back.
inline std::vector<std::string> to_arguments(const NetworkWorkload& w) {
  std::string input;
  for (std::int64_t extent : w.input) input += std::to_string(extent) + " ";
  return {input,
          w.steps,
          w.loss,
          std::to_string(w.batch),
          w.training ? "train" : "forward",
          std::to_string(w.threads),
          w.format};
}
inline NetworkWorkload network_from_arguments(int count, char** arguments) {
  if (count != 8)
    throw std::invalid_argument("usage: INPUT STEPS LOSS BATCH forward|train THREADS FORMAT");
  NetworkWorkload w;
  std::istringstream input(arguments[1]);
  for (std::int64_t extent = 0; input >> extent;) w.input.push_back(extent);
  w.steps = arguments[2];
  w.loss = arguments[3];
  w.batch = std::stoll(arguments[4]);
  w.training = arguments[5] == std::string("train");
  w.threads = std::stoi(arguments[6]);
  w.format = arguments[7];
  return w;
}
